import { Duration } from 'aws-cdk-lib';
import { type EventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type BusEvent, eventSource } from '../src/contracts/events.ts';
import type { FunctionName } from '../src/contracts/functions.ts';
import { accept } from './accepted.ts';

/** Who hears of what. */
export const subscriptions = {
  StartRelease: 'ModelVersionRegistered',
  RespondToAlert: 'DataAlertRaised',
} as const satisfies Partial<Record<FunctionName, BusEvent['type']>>;
type Subscriber = keyof typeof subscriptions;

/** For each subscriber, the queue of events that neither the bus nor the function could bring to an end. */
export class Undelivered extends Construct {
  readonly queues: Readonly<Record<Subscriber, Queue>>;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const queue = (subscriber: Subscriber) => {
      const made = new Queue(this, subscriber, {
        enforceSSL: true,
        encryption: QueueEncryption.SQS_MANAGED,
        retentionPeriod: Duration.days(14),
      });
      accept(made, 'AwsSolutions-SQS3', 'This is a dead-letter queue.');
      accept(made, 'Serverless-SQSRedrivePolicy', 'This is a dead-letter queue.');
      return made;
    };
    this.queues = { StartRelease: queue('StartRelease'), RespondToAlert: queue('RespondToAlert') };
  }
}

/** The rules of our bus. Events come at least once, so subscribers are idempotent. */
export class Subscribers extends Construct {
  constructor(
    scope: Construct,
    id: string,
    bus: EventBus,
    functions: Readonly<Record<Subscriber, lambda.Function>>,
    queues: Readonly<Record<Subscriber, Queue>>,
  ) {
    super(scope, id);
    for (const subscriber of Object.keys(subscriptions) as Subscriber[]) {
      new Rule(this, subscriber, {
        eventBus: bus,
        description: `${subscriptions[subscriber]} -> ${subscriber}`,
        eventPattern: { source: [eventSource], detailType: [subscriptions[subscriber]] },
        targets: [
          new LambdaFunction(functions[subscriber], {
            deadLetterQueue: queues[subscriber],
            // EventBridge's own bounds, written down: it gives up after a day.
            maxEventAge: Duration.hours(24),
            retryAttempts: 185,
          }),
        ],
      });
    }
  }
}
