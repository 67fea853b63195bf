import { errors, isReleaseError } from '../../contracts/errors.ts';
import type { StateInput, StateOutput } from '../../contracts/states.ts';
import type { Lease } from '../../domain/lease.ts';
import { describeTraffic, shareOf, split, traffic } from '../../domain/traffic.ts';
import { millis, percent } from '../../domain/units.ts';
import { configOf } from '../environment.ts';
import { refuseFrozen } from '../freeze.ts';
import { heedStop } from '../heed.ts';
import type { Exposure } from '../judge.ts';
import { type PlanDocument, readPlan } from '../plan-document.ts';
import type { Wait, WaitDecision } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import { requireReady } from '../readiness.ts';
import { note } from '../trail.ts';
import { aboutWait, skipStage, stageDone, standStill } from '../wait.ts';
import { hiddenFields } from '../write/configurations.ts';
import { type ForwardGoal, readBack, writeForward } from '../write/forward.ts';
import { refuseChangedArtefact } from './before-traffic.ts';

/** States that move production traffic towards the candidate. */

export async function shiftTraffic(
  ports: Ports,
  input: StateInput<'ShiftTraffic'>,
): Promise<StateOutput<'ShiftTraffic'>> {
  await heedStop(ports, input.release);
  const document = await readPlan(ports, input.plan);
  const { baseline, candidate, plan } = document;
  const share = percent(plan.steps[input.step]?.candidate ?? 100);
  const wanted = split(baseline.entity, candidate.entity, share);
  await writeForward(ports, input.lease, {
    purpose: 'shift',
    candidate: candidate.entity,
    change: { traffic: wanted, ...hiddenFields(ports, input.lease) },
    ...increasing(ports, document),
  });
  if (document.mode === 'observe') return { candidate: share };
  await note(ports, input.release, 'ShiftTraffic', `step ${input.step + 1}: ${describeTraffic(wanted)}`, {
    once: String(input.step),
  });
  return { candidate: share };
}

/** @throws `TrafficSettling` until the share is observed; `ReleaseInterrupted` when it need not be any more. */
export async function verifyTraffic(
  ports: Ports,
  input: StateInput<'VerifyTraffic'>,
): Promise<StateOutput<'VerifyTraffic'>> {
  await heedStop(ports, input.release);
  const { candidate } = await readPlan(ports, input.plan);
  const seen = await readBack(ports, input.lease, candidate.entity);
  const share = shareOf(seen.traffic, candidate.entity);
  await note(ports, input.release, 'TrafficObserved', describeTraffic(seen.traffic), {
    once: String(input.step),
  });
  return { candidate: share, exposure: opened(input.exposure, input.step, share, ports.clock.now()) };
}

/** All traffic, read back; then the alias. The exposure of the soak begins here. */
export async function promote(ports: Ports, input: StateInput<'Promote'>): Promise<StateOutput<'Promote'>> {
  await heedStop(ports, input.release);
  const document = await readPlan(ports, input.plan);
  const { baseline, candidate, plan } = document;
  await refuseChangedArtefact(ports, document);
  await writeForward(ports, input.lease, {
    purpose: 'promote',
    candidate: candidate.entity,
    polled: true,
    change: {
      traffic: split(baseline.entity, candidate.entity, percent(100)),
      ...hiddenFields(ports, input.lease),
    },
    ...increasing(ports, document),
  });
  const seen = await readBack(ports, input.lease, candidate.entity);
  const share = shareOf(seen.traffic, candidate.entity);
  if (document.mode !== 'observe') {
    await note(ports, input.release, 'Promote', `observed: ${describeTraffic(seen.traffic)}`, { once: '1' });
    await moveAlias(ports, input);
  }
  return {
    candidate: share,
    exposure: opened(input.exposure, plan.steps.length, share, ports.clock.now()),
  };
}

async function moveAlias(ports: Ports, { release, lease }: StateInput<'Promote'>): Promise<void> {
  const { alias } = configOf(ports.environment, release.endpoint);
  if (alias === undefined) return;
  await ports.ledger.announce(lease, { direction: 'forward', at: ports.clock.now() });
  await ports.workspace('production').registry.setAlias(release.model, alias, release.version);
  await note(ports, release, 'AliasMoved', `${alias} names version ${release.version}`, { once: '1' });
}

/** What every increase is asked before it is written; observe-only asks nothing and writes nothing. */
function increasing(ports: Ports, document: PlanDocument): Pick<ForwardGoal, 'guard' | 'observeOnly'> {
  return {
    observeOnly: document.mode === 'observe' ? document.release : undefined,
    guard: async (seen) => {
      refuseFrozen(ports, document);
      await requireReady(ports, document, seen);
    },
  };
}

/**
 * The baseline leaves the endpoint. The watcher does it, and goes on trying until the deadline: a release that proved
 * itself is not undone because tidying up failed.
 */
export async function retireBaseline(ports: Ports, input: StateInput<'RetireBaseline'>): Promise<void> {
  const { baseline, candidate, policy, mode } = await readPlan(ports, input.plan);
  const { retire } = policy.stages;
  if (mode === 'observe') {
    const why = `observe-only: ${baseline.entity} would leave the endpoint`;
    return skipStage(ports, input, 'RetireBaseline', { why });
  }
  if (!retire.enabled) return skipStage(ports, input, 'RetireBaseline', retire);
  await standStill(ports, input, 'RetireBaseline', {
    kind: 'endpointUpdate',
    reference: {
      lease: input.lease,
      endpoint: input.release.endpoint,
      entity: candidate.entity,
      retiring: baseline.entity,
    },
    within: millis(retire.deadline),
    exposed: true,
    says: `${baseline.entity} leaves the endpoint; from here a rollback is a new deployment`,
  });
}

interface Retirement {
  readonly lease: Lease;
  readonly endpoint: string;
  readonly entity: string;
  readonly retiring: string;
}

export async function watchRetirement(ports: Ports, wait: Wait): Promise<WaitDecision | undefined> {
  const { lease, endpoint, entity, retiring } = aboutWait<Retirement>(wait);
  const { intent, writesUntil } = await ports.ledger.assertLease(lease);
  // Neither does it begin, nor is it over, while something that was recorded before may still arrive.
  const settled = ports.clock.now() >= writesUntil;
  if (!settled && intent?.purpose !== 'retire') return undefined;
  // Tried once at least. From its deadline on it is only looked at: each try that is refused would put off its end.
  if (ports.clock.now() < wait.deadline || intent?.purpose !== 'retire') {
    await writeForward(ports, lease, {
      purpose: 'retire',
      candidate: entity,
      change: { remove: retiring, traffic: traffic({ [entity]: 100 }), ...hiddenFields(ports, lease) },
    });
  }
  const seen = await ports.workspace('production').serving.observe(endpoint);
  const gone = seen.update !== 'inProgress' && !seen.entities.some((one) => one.name === retiring);
  return gone && settled
    ? stageDone(`${entity} serves ${shareOf(seen.traffic, entity)} %, ${retiring} is retired`)
    : undefined;
}

/** Promoted all the same: what could not be tidied up is named. Undefined while it may still be. */
export async function notRetired(ports: Ports, wait: Wait): Promise<WaitDecision | undefined> {
  const { lease, endpoint, entity, retiring } = aboutWait<Retirement>(wait);
  const { writesUntil } = await ports.ledger.assertLease(lease);
  if (ports.clock.now() < writesUntil || (await updating(ports, endpoint))) return undefined;
  const seen = wait.lastLook ? ` (${wait.lastLook.says})` : '';
  return stageDone(`${entity} serves 100 %; ${retiring} could not be retired and stays at 0 %${seen}`);
}

/** An endpoint that cannot be asked any more is none that something is on its way to. */
async function updating(ports: Ports, endpoint: string): Promise<boolean> {
  try {
    return (await ports.workspace('production').serving.observe(endpoint)).update === 'inProgress';
  } catch (error) {
    if (isReleaseError(error) && errors[error.name].retry === 'never') return false;
    throw error;
  }
}

/** Adds the step's exposure once: a repeated observation keeps the first time. */
function opened(exposures: readonly Exposure[], step: number, candidate: number, from: number): Exposure[] {
  const closed = exposures.map((one) =>
    one.until === null && one.step !== step ? { ...one, until: from } : one,
  );
  if (candidate === 0 || closed.some((one) => one.step === step)) return closed;
  return [...closed, { step, candidate, from, until: null }];
}
