import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import type { FunctionName, WebhookSender } from '../src/contracts/functions.ts';
import type { EnvironmentConfig } from '../src/contracts/policy.ts';
import { Alarms } from './alarms.ts';
import { Functions } from './functions.ts';
import { Intake } from './intake.ts';
import { namesIn, stackName } from './names.ts';
import { ShippedMachine } from './shipped-machine.ts';
import { Stores } from './stores.ts';
import { Subscribers, Undelivered } from './subscribers.ts';
import { Vault } from './vault.ts';
import { Watching } from './watching.ts';

export interface HeadgateProps extends StackProps {
  readonly environment: EnvironmentConfig;
  /** Each function's bundle: a folder with `index.mjs`. */
  readonly code: Readonly<Record<FunctionName, { readonly folder: string }>>;
}

/**
 * One environment's controller.
 *
 *   webhooks -> intake -> bus -> StartRelease -> release machine -> Databricks
 *                             -> RespondToAlert -> alert response -> commands to releases
 *   every minute -> Watch: looks at waits, publishes what is unpublished, starts what is queued
 *   every minute, and when an execution broke -> Reconcile: endpoints converge to the ledger
 *   people -> Operate
 */
export class Headgate extends Stack {
  constructor(scope: Construct, { environment, code, ...props }: HeadgateProps) {
    const id = stackName(environment.environment);
    super(scope, id, {
      description: `Headgate: releases to the ${environment.environment} endpoints`,
      ...props,
    });
    const names = namesIn(this, environment.environment);

    const stores = new Stores(this, 'Stores');
    const vault = new Vault(this, 'Vault', environment);
    const bus = new EventBus(this, 'Bus', { eventBusName: names.bus, description: 'Events of the intake' });
    const undelivered = new Undelivered(this, 'Undelivered').queues;
    const functions = new Functions(this, 'Functions', { names, stores, vault, bus, undelivered, code })
      .byName;

    const { machine } = new ShippedMachine(this, 'Release', {
      which: 'release',
      machineName: names.machine,
      functions,
    });
    const { machine: alertMachine } = new ShippedMachine(this, 'AlertResponse', {
      which: 'alertResponse',
      machineName: names.alertMachine,
      functions,
    });
    new Subscribers(this, 'Subscribers', bus, functions, undelivered);
    const senders = Object.keys(environment.intake) as WebhookSender[];
    const intake = new Intake(this, 'Intake', { name: id, senders, functions });
    const { Watch: watch, Reconcile: reconcile } = functions;
    new Watching(this, 'Watching', { watch, reconcile, machine });
    new Alarms(this, 'Alarms', { watch, reconcile, alertMachine, undelivered });

    const outputs: Readonly<Record<string, string>> = {
      IntakeUrl: intake.url,
      MachineArn: names.machineArn,
      AlertMachineArn: names.alertMachineArn,
      BusName: names.bus,
      LedgerTable: stores.ledger.tableName,
      EvidenceBucket: stores.evidence.bucketName,
      OperateFunction: names.functionOf('Operate'),
      SecretsToFill: vault.toFill.join(' ') || '(none)',
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
