import type { StateInput } from '../../contracts/states.ts';
import { stillThere } from '../../domain/exposure.ts';
import { frozenUntil } from '../../domain/freeze-window.ts';
import { days, type Millis, millis } from '../../domain/units.ts';
import { heldBy as askedToHold, settle } from '../command.ts';
import { type PlanDocument, readPlan } from '../plan-document.ts';
import type { Wait, WaitDecision } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import { brief, note } from '../trail.ts';
import { aboutWait, standStill } from '../wait.ts';
import { type Looking, looking, reasonOf, sinceOf, watchTraffic } from './health.ts';

/** Standing still without giving up: for a person, for a window's end, and never past evidence of harm. */

/** Waits for a person, or for the evidence to turn bad. */
export async function hold(ports: Ports, input: StateInput<'Hold'>): Promise<void> {
  const document = await readPlan(ports, input.plan);
  const since = sinceOf(input.exposure, input.step) ?? ports.clock.now();
  const within = holdsFor(ports, input, document);
  const exposure = unmoved(input) ? stillThere(input.exposure) : input.exposure;
  const untilOpen = input.failure.error === 'FreezeWindow' ? { untilOpen: true } : {};
  const why = `${input.failure.error}: ${brief(reasonOf(input.failure), 600)}`;
  await standStill(ports, input, 'Hold', {
    kind: 'hold',
    reference: {
      ...looking({ ...input, exposure }, since, ports.clock.now() + within),
      ...untilOpen,
      why,
      ...(await heldBy(ports, input)),
    },
    within,
    exposed: exposure.some((one) => one.until === null),
    says: `held in ${input.resume}: ${why}`,
  });
  await settle(ports, input.release.releaseId, 'hold', `held in ${input.resume}`);
}

/** A window may last longer than a person is given; the deadline comes after it. */
function holdsFor(ports: Ports, { failure }: StateInput<'Hold'>, { policy }: PlanDocument): Millis {
  const now = ports.clock.now();
  const frozen = failure.error === 'FreezeWindow' ? frozenUntil(policy.freezeWindows, now) : undefined;
  // The state itself ends after thirty days.
  return millis(Math.min(policy.holdDeadline + (frozen ? frozen.until - now : 0), days(29)));
}

/** Held before an increase that was not written: the candidate has the share that it was judged at. */
function unmoved({ resume, failure }: StateInput<'Hold'>): boolean {
  const increase = resume === 'ShiftTraffic' || resume === 'Promote';
  return increase && failure.error !== 'ForeignChange';
}

/** The command that asked for the hold, where one did: every other hold is ended by a person only. */
async function heldBy(
  ports: Ports,
  { release, failure }: StateInput<'Hold'>,
): Promise<{ readonly heldBy?: string }> {
  if (failure.error !== 'HoldRequested') return {};
  const commands = await ports.ledger.commands(release.releaseId);
  const asked = commands.find((one) => one.kind === 'hold' && one.phase === 'pending');
  return asked ? { heldBy: asked.commandId } : {};
}

/**
 * A hold is ended by harm, where the candidate has traffic; one in a freeze window also by the window's end, unless
 * somebody asked for a hold as well.
 */
export async function watchHold(ports: Ports, wait: Wait): Promise<WaitDecision | undefined> {
  // From its deadline on it ends in the restore, whatever a look would say: the restore does not wait for one.
  if (ports.clock.now() >= wait.deadline) return undefined;
  const harm = wait.exposed ? await watchTraffic(ports, wait) : undefined;
  if (harm) return harm;
  const { untilOpen, plan, release } = aboutWait<Looking>(wait);
  if (!untilOpen) return undefined;
  const { policy } = await readPlan(ports, plan);
  if (frozenUntil(policy.freezeWindows, ports.clock.now()) !== undefined) return undefined;
  const row = await ports.ledger.assertLease(wait);
  if (row.freeze !== null || (await askedToHold(ports, release.releaseId)).length > 0) return undefined;
  const says = 'the freeze window is over';
  await note(ports, release, 'Resumed', says, { once: String(wait.visit) });
  return { kind: 'done', says, output: { next: 'resume' } };
}
