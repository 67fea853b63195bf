import type { Instant } from '../../src/domain/units.ts';
import type { DrivenClock } from '../clock.ts';
import type { HistoryEvent } from './history.ts';
import type { JsonValue } from './json.ts';
import { stateMachineArn } from './names.ts';
import type { ExecutionStatus } from './position.ts';
import type { ExecutionRow } from './store.ts';
import type { Handler } from './task.ts';

export interface EngineOptions {
  readonly clock: DrivenClock;
  /** A file, or `:memory:`. */
  readonly store: string;
  /** Definitions by name of the machine, function names filled in. */
  readonly machines: Readonly<Record<string, unknown>>;
  /** Handlers by FunctionName. */
  readonly functions: Readonly<Record<string, Handler>>;
  /** 0 (included) to 1 (excluded); for jitter, `$random` and `$shuffle`. */
  readonly random?: () => number;
  /** Task tokens are made of these: outside of tests they must not be guessable. */
  readonly uuid?: () => string;
  /** Called after the change is stored; a crash in between loses the call, as an event bus may. */
  readonly onStatusChange?: (change: ExecutionChange) => void;
  readonly onEvent?: (executionArn: string, event: HistoryEvent) => void;
}

/** The detail of the event "Step Functions Execution Status Change"; input and output are JSON text. */
export interface ExecutionChange {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly machine: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startDate: Instant;
  readonly stopDate: Instant | undefined;
  readonly input: string;
  readonly output: string | undefined;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly redriveCount: number;
  readonly redriveDate: Instant | undefined;
}

/** The answer of DescribeExecution, times in milliseconds; the last two fields are this engine's own. */
export interface ExecutionDescription extends ExecutionChange {
  readonly redriveStatus: 'REDRIVABLE' | 'NOT_REDRIVABLE';
  readonly redriveStatusReason: string | undefined;
  /** The state it is in, or ended in. */
  readonly state: string;
  readonly outputValue: JsonValue | undefined;
}

// "Executions that closed within the last 14 days"; the history must keep room for a redrive.
const REDRIVE_PERIOD = 14 * 24 * 3_600_000;
const REDRIVE_MAX_EVENTS = 24_999;

export const changeOf = (row: ExecutionRow): ExecutionChange => ({
  executionArn: row.arn,
  stateMachineArn: stateMachineArn(row.machine),
  machine: row.machine,
  name: row.name,
  status: row.status,
  startDate: row.startDate,
  stopDate: row.stopDate,
  input: JSON.stringify(row.input),
  output: row.output === undefined ? undefined : JSON.stringify(row.output),
  error: row.error,
  cause: row.cause,
  redriveCount: row.redriveCount,
  redriveDate: row.redriveDate,
});

export function descriptionOf(row: ExecutionRow, at: Instant): ExecutionDescription {
  const objection = objectionToRedrive(row, at);
  return {
    ...changeOf(row),
    redriveStatus: objection === undefined ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    redriveStatusReason: objection,
    state: row.position.state,
    outputValue: row.output,
  };
}

/** Why an execution cannot be redriven. https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html */
export function objectionToRedrive(row: ExecutionRow, at: Instant): string | undefined {
  if (row.status === 'RUNNING') return 'Execution is RUNNING and cannot be redriven';
  if (row.status === 'SUCCEEDED') return 'Execution is SUCCEEDED and cannot be redriven';
  if (at - (row.stopDate ?? at) > REDRIVE_PERIOD)
    return 'Execution has exceeded the redrivable period of 14 days';
  if (row.lastEvent >= REDRIVE_MAX_EVENTS) return 'Execution history has no room for a redrive';
  return undefined;
}
