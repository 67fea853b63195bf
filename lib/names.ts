import { Arn, ArnFormat, type Stack } from 'aws-cdk-lib';
import type { FunctionName } from '../src/contracts/functions.ts';

/** What things are called on AWS: by environment, so that several of them fit into one account. */
export interface Names {
  readonly bus: string;
  readonly machine: string;
  /** Composed, not asked of the machine: the machine names its functions, and some of them name the machine. */
  readonly machineArn: string;
  readonly executionArns: string;
  /** The machine that responds to alerts. */
  readonly alertMachine: string;
  readonly alertMachineArn: string;
  readonly functionOf: (name: FunctionName) => string;
}

export const stackName = (environment: string): string => `headgate-${environment}`;

export function namesIn(stack: Stack, environment: string): Names {
  const own = stackName(environment);
  const machine = `${own}-release`;
  const alertMachine = `${own}-alert-response`;
  const states = (resource: string, resourceName: string) =>
    Arn.format(
      { service: 'states', resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME },
      stack,
    );
  return {
    bus: own,
    machine,
    machineArn: states('stateMachine', machine),
    executionArns: states('execution', `${machine}:*`),
    alertMachine,
    alertMachineArn: states('stateMachine', alertMachine),
    functionOf: (name) => `${own}-${name}`,
  };
}
