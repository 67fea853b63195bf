import { after, type Millis, millis, seconds } from '../domain/units.ts';
import type { Ports } from './ports/ports.ts';
import { type Reconciled, reconcile } from './reconcile.ts';
import { type Tick, tick } from './watch.ts';

/** A schedule calls once a minute at most: the rest of the minute is looked through from inside. */

type Tell = (trouble: { readonly where: string; readonly says: string }) => void;

/**
 * Looks at everything, and again after each pause of the environment's tick while there is something to wait for and
 * `forS` seconds are not over: the last look begins before its end, and may end after it. Two at once do no harm.
 * @param tell Told of every trouble as it comes; it is looked at again.
 * @returns What the last look saw, and how much all of them decided.
 */
export async function watchFor(ports: Ports, forS: number, tell: Tell): Promise<Tick> {
  let decided = 0;
  const last = await again(ports, seconds(forS), async () => {
    const seen = await tick(ports);
    for (const trouble of seen.troubles) tell(trouble);
    decided += seen.decided;
    return { seen, more: await somethingOpen(ports, seen) };
  });
  return { ...last, decided };
}

/** Between two waits a release has none; its next one comes within seconds. */
async function somethingOpen({ ledger }: Ports, { waits }: Tick): Promise<boolean> {
  return waits > 0 || (await ledger.releases({ phase: 'running' })).length > 0;
}

/** Converges every endpoint, and again as `watchFor` does while an orphan is not finished; one at rest once at most. */
export async function reconcileFor(
  ports: Ports,
  { forS, drift }: { readonly forS: number; readonly drift: boolean },
  tell: Tell,
): Promise<Reconciled> {
  let look = { drift };
  return again(ports, seconds(forS), async () => {
    const seen = await reconcile(ports, look);
    look = { drift: false };
    for (const trouble of seen.troubles) tell(trouble);
    return { seen, more: seen.orphans > 0 || seen.troubles.length > 0 };
  });
}

async function again<Seen>(
  { clock, environment }: Ports,
  within: Millis,
  look: () => Promise<{ readonly seen: Seen; readonly more: boolean }>,
): Promise<Seen> {
  const until = after(clock.now(), within);
  const pause = millis(environment.tick);
  for (;;) {
    const { seen, more } = await look();
    if (!more || after(clock.now(), pause) >= until) return seen;
    await clock.sleep(pause);
  }
}
