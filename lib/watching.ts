import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { accept } from './accepted.ts';

/** The tick: each minute the watcher is called and looks until shortly before the next call. */
export class Watching extends Construct {
  constructor(scope: Construct, id: string, watch: lambda.Function) {
    super(scope, id);
    const rule = new Rule(this, 'EveryMinute', {
      description: 'Watch looks at open waits, queues and unpublished events',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [
        // A call that comes late is of no use: the next one looks at the same things.
        new LambdaFunction(watch, {
          event: RuleTargetInput.fromObject({ forS: 50 }),
          retryAttempts: 0,
        }),
      ],
    });
    accept(
      rule,
      'Serverless-EventBusDLQ',
      'A tick that is lost is made up for by the next one; alarms tell of a watcher that does not run.',
    );
  }
}
