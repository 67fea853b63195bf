import { isReleaseError, ReleaseError } from '../contracts/errors.ts';
import type { WaitState } from '../contracts/states.ts';
import type { WorkspaceRole } from '../contracts/workspace-roles.ts';
import type { EvidenceRef } from '../domain/evidence.ts';
import type { Lease } from '../domain/lease.ts';
import type { Release } from '../domain/release.ts';
import { after, type Millis, millis } from '../domain/units.ts';
import type { Wait, WaitDecision, WaitKey, WaitKind } from './ports/ledger.ts';
import type { Ports } from './ports/ports.ts';
import { brief, note } from './trail.ts';

/** The only way to stand still: a row is registered, decided once, and its token answered until the row is closed. */

/** What a waiting state is called with. */
export interface Standing {
  readonly release: Release;
  readonly lease: Lease;
  readonly visit: number;
  readonly token: string;
}

export const waitKey = (standing: Standing, state: WaitState): WaitKey => ({
  releaseId: standing.release.releaseId,
  state,
  visit: standing.visit,
});

/**
 * Opens the wait of a state. When the row was decided already (the task was retried), the new token is answered.
 * @throws `LeaseLost`, `ReleaseInterrupted`, `HoldRequested`: then nothing was opened.
 */
export async function standStill(
  ports: Ports,
  standing: Standing,
  state: WaitState,
  about: {
    readonly kind: WaitKind;
    readonly reference: Readonly<Record<string, unknown>>;
    readonly within: Millis;
    readonly exposed?: boolean;
    readonly says: string;
  },
): Promise<void> {
  const now = ports.clock.now();
  const wait = await ports.ledger.registerWait(standing.lease, {
    ...waitKey(standing, state),
    kind: about.kind,
    token: standing.token,
    reference: about.reference,
    exposed: about.exposed ?? false,
    since: now,
    deadline: after(now, about.within),
  });
  await note(ports, standing.release, state, about.says, { once: String(standing.visit) });
  // Answered before, but to a token that was lost with the attempt it belonged to: this one is waiting now.
  if (wait.phase !== 'open') await deliver(ports, { ...wait, token: standing.token });
}

/** Why a stage is off, in the policy's words where it has some. */
export function whyOff({ why }: { readonly why?: string | undefined }): string {
  return why ?? 'switched off in the policy';
}

/** A stage that policy switched off: recorded with its reason, and passed at once. */
export async function skipStage(
  ports: Ports,
  standing: Standing,
  state: WaitState,
  stage: { readonly why?: string | undefined },
): Promise<void> {
  const says = `skipped by policy: ${whyOff(stage)}`;
  const within = millis(ports.environment.tick);
  await standStill(ports, standing, state, { kind: 'skipped', reference: {}, within, says });
  await decideWait(ports, waitKey(standing, state), stageDone(says));
}

/** The success that every stage hands on. */
export function stageDone(says: string, evidence: EvidenceRef | null = null): WaitDecision {
  return { kind: 'done', says: brief(says), output: { says: brief(says), evidence } };
}

export function stopped(
  error:
    | 'StageFailed'
    | 'EvidenceInvalid'
    | 'DeadlinePassed'
    | 'EndpointUpdateFailed'
    | 'ForeignChange'
    | 'ReleaseInterrupted'
    | 'HoldRequested',
  says: string,
  facts?: unknown,
): WaitDecision {
  return { kind: 'stopped', error, says: brief(says), ...(facts === undefined ? {} : { facts }) };
}

/**
 * Decides the row if it is still open, and answers its token either way. Whoever decides may not be allowed into the
 * workspace where the wait's job runs, so a job that was stopped is left to the next tick, which cancels it and closes
 * the row.
 */
export async function decideWait(ports: Ports, key: WaitKey, decision: WaitDecision): Promise<boolean> {
  const first = await ports.ledger.decideWait(key, decision);
  const wait = await ports.ledger.wait(key);
  if (wait?.phase === 'decided') {
    if (leavesJob(wait)) await send(ports, wait);
    else await deliver(ports, wait);
  }
  return first;
}

/**
 * Sends a decision to the machine and closes the row. Called again and again until it is closed: a token that the
 * machine no longer knows was answered before, or its execution is over.
 */
export async function deliver(ports: Ports, wait: Wait): Promise<void> {
  await send(ports, wait);
  if (leavesJob(wait)) await cancelJob(ports, wait);
  await ports.ledger.closeWait(wait, wait.token);
}

const leavesJob = ({ kind, decision }: Wait): boolean => kind === 'job' && decision?.kind === 'stopped';

/** To every attempt that registered: all but one of them are over, and their tokens answer nothing. */
async function send(ports: Ports, { decision, state, token, earlierTokens }: Wait): Promise<void> {
  if (decision === null) throw new ReleaseError('LedgerUnavailable', `${state}: decided without a decision`);
  for (const one of [token, ...earlierTokens]) await answer(ports, one, decision);
}

async function answer(ports: Ports, token: string, decision: WaitDecision): Promise<void> {
  if (decision.kind === 'done') await heard(() => ports.machine.succeed(token, decision.output));
  else {
    const cause = { errorType: decision.error, errorMessage: decision.says, facts: decision.facts ?? {} };
    await heard(() => ports.machine.fail(token, decision.error, JSON.stringify(cause)));
  }
}

/** A handler whose message got lost is tried again, as with any store that does not answer. */
async function heard<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (cause) {
    if (isReleaseError(cause)) throw cause;
    const says = `the state machine did not take a decision: ${cause instanceof Error ? cause.message : cause}`;
    throw new ReleaseError('LedgerUnavailable', says, { cause });
  }
}

/**
 * What a wait was opened about, in its kind's own words. The ledger carries it as JSON; only the state that opened the
 * wait writes it, so its kind says its shape.
 */
export function aboutWait<About>(wait: Wait): About {
  return wait.reference as unknown as About;
}

/** A job that was ended from outside is not left running. One that cannot be cancelled ends by itself, and is told. */
async function cancelJob(ports: Ports, wait: Wait): Promise<void> {
  const { role, runId } = aboutWait<{ role: WorkspaceRole; runId: string }>(wait);
  try {
    await ports.workspace(role).jobs.cancel(runId);
  } catch (error) {
    if (!isReleaseError(error)) throw error;
    await note(ports, wait, 'JobNotCancelled', `run ${runId}: ${error.message}`, { once: runId });
  }
}
