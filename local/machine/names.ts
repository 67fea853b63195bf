import { MachineError } from './machine-error.ts';

// The account and region stand still: arns of this engine are only ever compared with its own.
const PREFIX = 'arn:aws:states:local:000000000000';
// "must not contain: white space, brackets, wildcards, special characters, control characters"
// (StartExecution, parameter `name`). Step Functions also takes non-ASCII letters, which its logs then lose.
const EXECUTION_NAME = /^[0-9A-Za-z_-]{1,80}$/;

export const executionArn = (machine: string, name: string): string =>
  `${PREFIX}:execution:${machine}:${name}`;

export const stateMachineArn = (machine: string): string => `${PREFIX}:stateMachine:${machine}`;

/** @throws MachineError `InvalidName` unless it has 1 to 80 of the characters `0-9 A-Z a-z - _`. */
export function checkName(name: string, of: 'execution' | 'state machine'): string {
  if (!EXECUTION_NAME.test(name)) {
    throw new MachineError(
      'InvalidName',
      `Invalid Name: '${name}': ${of} names have 1 to 80 of the characters 0-9 A-Z a-z - _`,
    );
  }
  return name;
}
