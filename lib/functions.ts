import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { alertStateNames } from '../src/contracts/alert-states.ts';
import {
  entryPoints,
  type FunctionEnvironment,
  type FunctionName,
  functionNames,
  functionTimeoutS,
} from '../src/contracts/functions.ts';
import { accept } from './accepted.ts';
import type { Names } from './names.ts';
import { executionRole } from './roles.ts';
import type { Stores } from './stores.ts';
import type { Vault } from './vault.ts';

export interface FunctionsProps {
  readonly names: Names;
  readonly stores: Stores;
  readonly vault: Vault;
  readonly bus: EventBus;
  /** Of subscribers of the bus: where an event goes that they could not handle. */
  readonly undelivered: Readonly<Partial<Record<FunctionName, IQueue>>>;
  /** The folder of each function's bundle. */
  readonly code: Readonly<Record<FunctionName, { readonly folder: string }>>;
}

/** Every function of the controller, each with a role and a log of its own. */
export class Functions extends Construct {
  readonly byName: Readonly<Record<FunctionName, lambda.Function>>;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    const made = functionNames.map((name) => [name, this.made(name, props)] as const);
    this.byName = Object.fromEntries(made) as Record<FunctionName, lambda.Function>;
  }

  private made(
    name: FunctionName,
    { names, stores, vault, bus, undelivered, code }: FunctionsProps,
  ): lambda.Function {
    const queue = undelivered[name];
    const log = new LogGroup(this, `${name}Log`, {
      logGroupName: `/aws/lambda/${names.functionOf(name)}`,
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const environment: FunctionEnvironment = {
      LEDGER_TABLE: stores.ledger.tableName,
      EVIDENCE_BUCKET: stores.evidence.bucketName,
      BUS_NAME: bus.eventBusName,
      RELEASE_MACHINE_ARN: names.machineArn,
      ALERT_MACHINE_ARN: names.alertMachineArn,
    };
    const made = new lambda.Function(this, name, {
      functionName: names.functionOf(name),
      description: describe(name),
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(code[name].folder),
      memorySize: 512,
      timeout: Duration.seconds(functionTimeoutS(name)),
      environment: { ...environment },
      role: executionRole(this, `${name}Role`, name, {
        ledger: stores.ledger.tableArn,
        evidence: stores.evidence.bucketArn,
        bus: bus.eventBusArn,
        machine: names.machineArn,
        executions: names.executionArns,
        alertMachine: names.alertMachineArn,
        log: log.logGroupArn,
        secrets: vault.secretsOf(name),
        ...(queue === undefined ? {} : { undelivered: queue.queueArn }),
      }),
      logGroup: log,
      tracing: lambda.Tracing.ACTIVE,
      ...(queue === undefined
        ? {}
        : { onFailure: new SqsDestination(queue), retryAttempts: 2, maxEventAge: Duration.hours(6) }),
      // The next minute's call looks at the same waits.
      ...(ticks(name) ? { retryAttempts: 0, maxEventAge: Duration.minutes(1) } : {}),
    });
    accept(made, 'Serverless-LambdaDLQ', undeliverable(name));
    if (ticks(name)) accept(made, 'Serverless-LambdaAsyncFailureDestination', undeliverable(name));
    return made;
  }
}

/** Called each minute by a schedule. */
const ticks = (name: FunctionName): boolean => name === 'Watch' || name === 'Reconcile';

function describe(name: FunctionName): string {
  if ((entryPoints as readonly FunctionName[]).includes(name)) return `Headgate: ${name}`;
  const ofAlerts = (alertStateNames as readonly FunctionName[]).includes(name);
  return `Headgate: the state ${name} of the ${ofAlerts ? 'alert response' : 'release machine'}`;
}

/** Why a function has no dead-letter queue of its own. */
function undeliverable(name: FunctionName): string {
  switch (name) {
    case 'StartRelease':
    case 'RespondToAlert':
      return 'It has a destination for failures instead, which also keeps why the event failed.';
    case 'Watch':
    case 'Reconcile':
      return 'Called every minute: a call that failed is made up for by the next, and an alarm tells of repeated ones.';
    case 'Operate':
    case 'ReceiveRegistryNews':
    case 'ReceiveDataAlert':
      return 'The caller waits for the answer and learns of the failure.';
    default:
      return 'The state machine waits for the answer; its Retry and Catch own the failure.';
  }
}
