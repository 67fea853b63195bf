import { type Millis, millis } from '../../src/domain/units.ts';
import type { Catcher, Retrier } from './asl-schema.ts';

/** https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
const STATES_ERRORS = new Set([
  'States.ALL',
  'States.BranchFailed',
  'States.DataLimitExceeded',
  'States.ExceedToleratedFailureThreshold',
  'States.HeartbeatTimeout',
  'States.Http.Socket',
  'States.IntrinsicFailure',
  'States.ItemReaderFailed',
  'States.NoChoiceMatched',
  'States.ParameterPathFailure',
  'States.Permissions',
  'States.QueryEvaluationError',
  'States.ResultPathMatchFailure',
  'States.ResultWriterFailed',
  'States.Runtime',
  'States.TaskFailed',
  'States.Timeout',
]);

export interface Failure {
  readonly error: string;
  readonly cause: string;
  /** A missed heartbeat: reported as `States.Timeout`, matched by `States.HeartbeatTimeout` too. */
  readonly missedHeartbeat?: boolean;
}

/** Whether one name of an ErrorEquals list covers the failure. */
function covers(name: string, failure: Failure): boolean {
  // "A States.Runtime error isn't retriable and will always cause the execution to fail."
  if (failure.error === 'States.Runtime') return false;
  if (name === failure.error) return true;
  if (failure.error === 'States.DataLimitExceeded') return false;
  if (name === 'States.ALL') return true;
  if (name === 'States.TaskFailed') return failure.error !== 'States.Timeout';
  return name === 'States.HeartbeatTimeout' && failure.missedHeartbeat === true;
}

export const matches = (names: readonly string[], failure: Failure): boolean =>
  names.some((name) => covers(name, failure));

/** What is wrong with the ErrorEquals lists of one Retry or Catch, or undefined. */
export function objectionToErrorNames(lists: readonly (readonly string[])[]): string | undefined {
  for (const [index, names] of lists.entries()) {
    if (names.includes('States.ALL') && (names.length > 1 || index < lists.length - 1)) {
      return 'States.ALL must stand alone, in the last rule';
    }
    const unknown = names.find((name) => name.startsWith('States.') && !STATES_ERRORS.has(name));
    if (unknown !== undefined) return `${unknown} is not a name of Step Functions, which reserves "States."`;
  }
  return undefined;
}

export const catcherFor = (catchers: readonly Catcher[] | undefined, failure: Failure): number =>
  (catchers ?? []).findIndex((catcher) => matches(catcher.ErrorEquals, failure));

export interface RetryPlan {
  readonly delay: Millis;
  /** Attempts used of each retrier, this one counted. */
  readonly used: readonly number[];
}

/**
 * The next try that Retry grants, or undefined when none does. Only the first retrier that matches is asked;
 * each one counts its own attempts.
 * @param used Attempts used so far of each retrier, in order; missing entries are 0.
 * @param random 0 (included) to 1 (excluded), for JitterStrategy FULL.
 */
export function planRetry(
  retriers: readonly Retrier[] | undefined,
  failure: Failure,
  used: readonly number[],
  random: () => number,
): RetryPlan | undefined {
  const index = (retriers ?? []).findIndex((retrier) => matches(retrier.ErrorEquals, failure));
  const retrier = retriers?.[index];
  const before = used[index] ?? 0;
  if (retriers === undefined || retrier === undefined || before >= retrier.MaxAttempts) return undefined;
  return {
    delay: retryDelay(retrier, before, random),
    used: retriers.map((_, at) => (used[at] ?? 0) + (at === index ? 1 : 0)),
  };
}

/** IntervalSeconds x BackoffRate^before, at most MaxDelaySeconds; FULL jitter takes a random part of it. */
function retryDelay(retrier: Retrier, before: number, random: () => number): Millis {
  const grown = retrier.IntervalSeconds * retrier.BackoffRate ** before;
  const seconds = Math.min(grown, retrier.MaxDelaySeconds ?? Number.MAX_SAFE_INTEGER / 1000);
  return millis(Math.round(1000 * seconds * (retrier.JitterStrategy === 'FULL' ? random() : 1)));
}
