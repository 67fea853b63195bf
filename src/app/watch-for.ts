import { after, millis, seconds } from '../domain/units.ts';
import type { Ports } from './ports/ports.ts';
import { type Tick, tick } from './watch.ts';

/**
 * Looks at everything, and again after each pause of the environment's tick while there is something to wait for and
 * `forS` seconds are not over: the last look begins before its end, and may end after it. Two at once do no harm.
 * @param tell Told of every trouble as it comes; it is looked at again.
 * @returns What the last look saw, and how much all of them decided.
 */
export async function watchFor(
  ports: Ports,
  forS: number,
  tell: (trouble: Tick['troubles'][number]) => void,
): Promise<Tick> {
  const until = after(ports.clock.now(), seconds(forS));
  const pause = millis(ports.environment.tick);
  for (let decided = 0; ; ) {
    const seen = await tick(ports);
    for (const trouble of seen.troubles) tell(trouble);
    decided += seen.decided;
    const inTime = after(ports.clock.now(), pause) < until;
    if (!inTime || !(await somethingOpen(ports, seen))) return { ...seen, decided };
    await ports.clock.sleep(pause);
  }
}

/** Between two waits a release has none; its next one comes within seconds. */
async function somethingOpen({ ledger }: Ports, { waits }: Tick): Promise<boolean> {
  return waits > 0 || (await ledger.releases({ phase: 'running' })).length > 0;
}
