import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';

export interface AlarmsProps {
  readonly watch: lambda.Function;
  readonly machine: StateMachine;
  readonly undelivered: Readonly<Record<string, Queue>>;
}

const period = Duration.minutes(5);

/** What the controller cannot tell by itself: that it does not run, or lost something. Whom to tell is the account's. */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, { watch, machine, undelivered }: AlarmsProps) {
    super(scope, id);
    this.atLeast(
      'WatchFails',
      3,
      watch.metricErrors({ period }),
      'The watcher failed three times in 5 minutes',
    );
    new Alarm(this, 'WatchSilent', {
      alarmDescription:
        'The watcher was not called for 10 minutes: no release moves, no alert is obeyed in a wait',
      metric: watch.metricInvocations({ period }),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 2,
      treatMissingData: TreatMissingData.BREACHING,
    });
    // ExecutionsFailed is no alarm: a release that was rolled back ends as Failed, on purpose.
    this.atLeast(
      'ReleaseAborted',
      1,
      machine.metricAborted({ period }),
      'An execution was stopped from outside; nothing takes over: if it owned its endpoint, put the traffic back by hand',
    );
    for (const [subscriber, queue] of Object.entries(undelivered))
      this.atLeast(
        `${subscriber}Undelivered`,
        1,
        queue.metricApproximateNumberOfMessagesVisible({ period, statistic: 'max' }),
        `An event that ${subscriber} could not handle waits in its dead-letter queue`,
      );
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
