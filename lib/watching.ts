import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { accept } from './accepted.ts';

export interface WatchingProps {
  readonly watch: lambda.Function;
  readonly reconcile: lambda.Function;
  /** Whose executions leave endpoints behind when they break. */
  readonly machine: StateMachine;
}

/** The ticks: each minute both are called and look until shortly before the next call. */
export class Watching extends Construct {
  constructor(scope: Construct, id: string, { watch, reconcile, machine }: WatchingProps) {
    super(scope, id);
    const everyMinute = new Rule(this, 'EveryMinute', {
      description: 'Watch looks at waits, queues and events; Reconcile finishes what executions left',
      schedule: Schedule.rate(Duration.minutes(1)),
      // A call that comes late is of no use: the next one looks at the same things.
      targets: [watch, reconcile].map(
        (called) =>
          new LambdaFunction(called, { event: RuleTargetInput.fromObject({ forS: 50 }), retryAttempts: 0 }),
      ),
    });
    accept(
      everyMinute,
      'Serverless-EventBusDLQ',
      'A tick that is lost is made up for by the next one; alarms tell of a function that is not called.',
    );
    // Such events arrive on the default bus, and only there.
    const ended = new Rule(this, 'ExecutionBroken', {
      description: 'An execution ended without success: Reconcile looks whether it left its endpoint behind',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [machine.stateMachineArn],
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
        },
      },
      targets: [new LambdaFunction(reconcile, { retryAttempts: 2 })],
    });
    accept(
      ended,
      'Serverless-EventBusDLQ',
      'The event only makes it sooner: the call of the next minute finds the same endpoint.',
    );
  }
}
