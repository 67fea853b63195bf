import { errors, isReleaseError } from '../../contracts/errors.ts';
import type { StateInput, StateOutput } from '../../contracts/states.ts';
import { followed } from '../../domain/exposure.ts';
import { type Lease, lastArrival } from '../../domain/lease.ts';
import type { Release } from '../../domain/release.ts';
import { shareOf } from '../../domain/traffic.ts';
import { type Instant, instant, millis } from '../../domain/units.ts';
import { certify } from '../certificate.ts';
import { deadlineOf, type Exposure, judge, type Snapshot } from '../judge.ts';
import { answer, ask, type OpenQuestion, questionOf } from '../look.ts';
import { type PlanDocument, readPlan } from '../plan-document.ts';
import type { Wait, WaitDecision } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import type { ObservedEndpoint } from '../ports/workspace.ts';
import { tellReadiness } from '../readiness.ts';
import { brief, note } from '../trail.ts';
import { aboutWait, standStill, stopped } from '../wait.ts';
import { observedOrGone } from '../write/configurations.ts';
import { strayed } from '../write/forward.ts';

/** Standing under traffic: the watcher looks at every tick, and the machine moves only when there is a decision. */

/** What the watcher needs to look for a wait: kept in the wait's reference. */
export interface Looking {
  readonly release: Release;
  readonly lease: Lease;
  readonly plan: Parameters<typeof readPlan>[1];
  readonly step: number;
  readonly since: number;
  readonly deadline: number;
  readonly exposure: readonly Exposure[];
  /** Not before this is the evidence asked for again. */
  readonly nextLook: number;
  readonly open?: OpenQuestion;
  /** Where people set the shares: when they were looked at last. */
  readonly seenAt?: number;
  /** Of a hold in a freeze window: it ends with it. */
  readonly untilOpen?: true;
}

export async function bake(ports: Ports, input: StateInput<'Bake'>): Promise<void> {
  const document = await readPlan(ports, input.plan);
  const now = ports.clock.now();
  const since = sinceOf(input.exposure, input.step) ?? now;
  const deadline = deadlineOf(document, input.step, since, now);
  await standStill(ports, input, 'Bake', {
    kind: 'traffic',
    reference: looking(input, since, deadline),
    // The watcher decides at the deadline, or when the last write is drained; the row's own comes later than both, for
    // the case that no evidence can be had.
    within: millis(
      Math.max(deadline, lastArrival(now)) -
        now +
        document.policy.evidence.lag +
        2 * document.policy.evidence.every,
    ),
    exposed: true,
    says:
      input.step < document.plan.steps.length
        ? `step ${input.step + 1}: looking at ${document.plan.steps[input.step]?.candidate} %`
        : 'soak: the baseline stays warm, the gates stay armed',
  });
}

/** Judges the watcher's snapshot under the epoch and writes the certificate. */
export async function judgeHealth(
  ports: Ports,
  input: StateInput<'JudgeHealth'>,
): Promise<StateOutput<'JudgeHealth'>> {
  await ports.ledger.assertLease(input.lease);
  const document = await readPlan(ports, input.plan);
  // The digest proves that these are the bytes that the watcher froze.
  const content = JSON.parse(await ports.evidence.get(input.snapshot)) as Snapshot;
  const judgement = judge(document, content);
  const reference = { reference: input.snapshot, content };
  const certificate = await certify(
    ports,
    input.release,
    input.plan.document,
    document,
    reference,
    judgement,
  );
  await ports.ledger.attachFile(input.release.releaseId, certificate);
  const { kind, says } = judgement.decision;
  await note(ports, input.release, 'JudgeHealth', `${kind}: ${brief(says)}`, {
    evidence: certificate,
    once: `${input.step}/${input.snapshot.digest}`,
  });
  // The watcher froze a look that decides; one that says "wait" stands for nothing and goes to a person.
  const decision = { kind: kind === 'wait' ? ('hold' as const) : kind, says: brief(says, 3_900) };
  const moving = decision.kind !== 'hold';
  const exposure = (content.exposure ?? input.exposure).map((one) =>
    moving && one.until === null && decision.kind !== 'retire' ? { ...one, until: content.at } : one,
  );
  return { decision, certificate, exposure };
}

/** What the watcher does where the candidate has traffic: looks when it is time, decides when there is something to. */
export async function watchTraffic(ports: Ports, wait: Wait): Promise<WaitDecision | undefined> {
  const known = aboutWait<Looking>(wait);
  const now = ports.clock.now();
  if (!known.open && now < known.nextLook) return undefined;
  const document = await readPlan(ports, known.plan);
  const seen = await observedOrGone(ports, wait.endpoint).catch((error: unknown) => {
    // A hold looks for harm in the request log, whatever the endpoint answers.
    if (wait.kind === 'hold' && isReleaseError(error)) return null;
    throw error;
  });
  if (wait.kind === 'traffic') {
    // Counts under shares that nobody here set prove nothing. A release that is held already stays held.
    const foreign = await strayed(ports, wait, document.candidate.entity, seen);
    if (foreign.length > 0) {
      return stopped('ForeignChange', `${wait.endpoint} was changed by somebody else: ${foreign.join('; ')}`);
    }
  }
  const about = seen && document.mode === 'observe' ? sharesSeen(known, document, seen, now) : known;
  const open = about.open ?? (await askWhenClosed(ports, document, about.exposure));
  if (!open) {
    if (about !== known) await noteShares(ports, wait, about, document);
    return undefined;
  }
  const snapshot = await freshSnapshot(ports, about, open).catch(async (error: unknown) => {
    // What this question can never answer is asked anew at the next look.
    const { open: _failed, ...unasked } = about;
    if (isReleaseError(error) && errors[error.name].retry === 'never')
      await ports.ledger.noteWait(wait, { reference: unasked });
    throw error;
  });
  if (snapshot === 'running') {
    await ports.ledger.noteWait(wait, { reference: { ...about, open } });
    return undefined;
  }
  const { decision } = judge(document, snapshot);
  const { open: _answered, ...rest } = about;
  await ports.ledger.noteWait(wait, {
    reference: { ...rest, nextLook: now + document.policy.evidence.every },
    lastLook: { at: now, says: brief(decision.says) },
  });
  if (!decides(wait, decision.kind) || !(await mayMove(ports, wait, decision.kind, now))) {
    // After the judge: what keeps a rollback from being ready must not keep one from being decided.
    if (seen) await tellReadiness(ports, document, seen);
    return undefined;
  }
  const shares = document.mode === 'observe' ? { exposure: about.exposure } : {};
  return freeze(ports, document, wait, { ...snapshot, ...shares });
}

/** Any other way but back begins with a write that would have to wait: in this wait a stop is heeded at once. */
async function mayMove(ports: Ports, { endpoint }: Wait, kind: string, now: Instant): Promise<boolean> {
  return kind === 'rollback' || now >= ((await ports.ledger.endpoint(endpoint))?.writesUntil ?? 0);
}

async function noteShares(ports: Ports, wait: Wait, about: Looking, document: PlanDocument): Promise<void> {
  const at = ports.clock.now();
  const says = `observe-only: ${document.candidate.entity} has no requests to look at yet`;
  const reference = { ...about, nextLook: at + document.policy.evidence.every };
  await ports.ledger.noteWait(wait, { reference, lastLook: { at, says } });
}

function sharesSeen(about: Looking, document: PlanDocument, seen: ObservedEndpoint, at: Instant): Looking {
  const { step, seenAt } = about;
  const share = shareOf(seen.traffic, document.candidate.entity);
  return { ...about, seenAt: at, exposure: followed(about.exposure, { step, share, at, seenAt }) };
}

/** Undefined while no window is closed, or nobody gave the candidate traffic: a warehouse is not woken for nothing. */
async function askWhenClosed(ports: Ports, document: PlanDocument, exposures: readonly Exposure[]) {
  if (exposures.length === 0) return undefined;
  const question = questionOf(ports, document, exposures);
  return question.until > question.from ? ask(ports, question) : undefined;
}

async function freshSnapshot(
  ports: Ports,
  about: Looking,
  open: OpenQuestion,
): Promise<Snapshot | 'running'> {
  const { step, since, deadline } = about;
  const { releaseId } = about.release;
  return answer(ports, open, { releaseId, step, since, deadline, exposures: about.exposure });
}

/** What a step becomes that could not even be looked at until its deadline: by policy, as when it stays undecided. */
export async function atDeadline(ports: Ports, wait: Wait): Promise<'DeadlinePassed' | 'HoldRequested'> {
  const { plan } = aboutWait<Looking>(wait);
  const { policy } = await readPlan(ports, plan);
  return policy.atDeadline === 'hold' ? 'HoldRequested' : 'DeadlinePassed';
}

/** A hold is ended by harm only: everything else waits for the person it was made for. */
function decides(wait: Wait, kind: string): boolean {
  return wait.kind === 'hold' ? kind === 'rollback' : kind !== 'wait';
}

async function freeze(
  ports: Ports,
  document: PlanDocument,
  wait: Wait,
  snapshot: Snapshot,
): Promise<WaitDecision> {
  const path = `releases/${wait.releaseId}/snapshots/${wait.state.toLowerCase()}-${wait.visit}.json`;
  const totals = snapshot.observation.windows.filter((window) => window.step === snapshot.step);
  const requests = totals.reduce((total, window) => total + (window.candidate?.requests ?? 0), 0);
  const summary = `step ${snapshot.step + 1} of ${document.plan.steps.length}: ${totals.length} windows, ${requests} candidate requests`;
  const reference = await ports.evidence.put(path, `${JSON.stringify(snapshot)}\n`, summary);
  const output = wait.kind === 'hold' ? { next: 'judge', snapshot: reference } : { snapshot: reference };
  return { kind: 'done', says: summary, output };
}

export function looking(input: StateInput<'Bake'> | StateInput<'Hold'>, since: number, deadline: number) {
  const { release, lease, plan, step, exposure } = input;
  return { release, lease, plan, step, since, deadline, exposure, nextLook: 0 };
}

export function sinceOf(exposures: readonly Exposure[], step: number) {
  const from = exposures.find((one) => one.step === step)?.from;
  return from === undefined ? undefined : instant(from);
}

/** A handler's error arrives as JSON text {errorType, errorMessage}; a decision as plain words. */
export function reasonOf(failure: { readonly cause: string; readonly error: string }): string {
  try {
    const parsed: unknown = JSON.parse(failure.cause);
    if (typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed)
      return String(parsed.errorMessage);
  } catch (error) {
    if (!(error instanceof SyntaxError) && !isReleaseError(error)) throw error;
  }
  return failure.cause || failure.error;
}
