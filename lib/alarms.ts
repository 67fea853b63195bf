import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

export interface AlarmsProps {
  readonly watch: lambda.Function;
  readonly reconcile: lambda.Function;
  readonly alertMachine: StateMachine;
  readonly undelivered: Readonly<Record<string, Queue>>;
}

const period = Duration.minutes(5);

/** What the controller cannot tell by itself: that it does not run, or lost something. Whom to tell is the account's. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { watch, reconcile, alertMachine, undelivered }: AlarmsProps) {
    super(scope, id);
    // ExecutionsFailed is no alarm: a release that was rolled back ends as Failed, on purpose. What an execution that
    // was stopped or broke leaves behind is the reconciler's to finish, so it is the reconciler that must run.
    this.ticks('Watch', watch, 'no release moves, no alert is obeyed in a wait');
    this.ticks('Reconcile', reconcile, 'what a broken execution left is not put back');
    // It fails only where it could not even keep an alert for a person; stopped or broken, nobody goes on with it.
    for (const [end, metric] of [
      ['Failed', alertMachine.metricFailed({ period })],
      ['Aborted', alertMachine.metricAborted({ period })],
      ['TimedOut', alertMachine.metricTimedOut({ period })],
    ] as const) {
      this.atLeast(
        `AlertResponse${end}`,
        1,
        metric,
        'An alert was not answered: see the execution, and act by hand',
      );
    }
    for (const [subscriber, queue] of Object.entries(undelivered))
      this.atLeast(
        `${subscriber}Undelivered`,
        1,
        queue.metricApproximateNumberOfMessagesVisible({ period, statistic: 'max' }),
        `An event that ${subscriber} could not handle waits in its dead-letter queue`,
      );
  }

  /** Of a function that a schedule calls each minute. */
  private ticks(name: string, called: lambda.Function, consequence: string): void {
    this.atLeast(
      `${name}Fails`,
      3,
      called.metricErrors({ period }),
      `${name} failed three times in 5 minutes`,
    );
    new Alarm(this, `${name}Silent`, {
      alarmDescription: `${name} was not called for 10 minutes: ${consequence}`,
      metric: called.metricInvocations({ period }),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 2,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  private atLeast(id: string, threshold: number, metric: IMetric, alarmDescription: string): void {
    new Alarm(this, id, {
      alarmDescription,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
