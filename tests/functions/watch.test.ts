import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { create } from '../../functions/watch.ts';
import { VirtualClock } from '../../local/clock.ts';
import type { Ledger, ReleaseRecord } from '../../src/app/ports/ledger.ts';
import type { Ports } from '../../src/app/ports/ports.ts';
import { type Instant, instant, millis } from '../../src/domain/units.ts';
import { aLedger, environmentWith, portsAtHand } from '../app/ports-at-hand.ts';
import { context, written } from './lambda.ts';

const start = instant(1_700_000_000_000);
const release: ReleaseRecord = {
  releaseId: 'rel-1',
  endpoint: 'fraud-prod',
  model: 'prod.ml.fraud',
  version: '2',
  intent: 'release',
  generation: 1,
  requestedBy: 'ada',
  requestedAt: start,
  phase: 'running',
  executionArn: 'arn:rel-1',
  outcome: null,
  endedAt: null,
  files: [],
};

/** @param lookMs How long one look takes. */
function watching(open: (at: Instant) => boolean, lookMs = 0) {
  const clock = new VirtualClock(start);
  const looks: number[] = [];
  const kept = aLedger();
  const ledger: Ledger = {
    ...kept,
    unclosedWaits: async () => {
      looks.push((clock.now() - start) / 1000);
      await clock.sleep(millis(lookMs));
      return [];
    },
    releases: async (filter) => (filter?.phase === 'running' && open(clock.now()) ? [release] : []),
  };
  const executions = new Map([['rel-1', 'running' as const]]);
  const ports: Ports = {
    ...portsAtHand({ now: start, ledger, executions, environment: { ...environmentWith(), tick: 15_000 } }),
    clock,
  };
  return { watch: (event: unknown) => clock.busy(() => create(ports)(event, context)), looks, ports };
}

describe('the watcher', () => {
  let log: ReturnType<typeof written>;
  beforeEach(() => {
    log = written();
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('looks once when it is not told for how long', async () => {
    const { watch, looks } = watching(() => true);
    expect(await watch({})).toEqual({ waits: 0, decided: 0, troubles: [] });
    expect(looks).toEqual([0]);
  });

  it('looks again at every tick while a release is under way, and begins no look after its time', async () => {
    const { watch, looks } = watching(() => true);
    await watch({ forS: 50 });
    expect(looks).toEqual([0, 15, 30, 45]);
  });

  it('counts its pauses from the end of a look', async () => {
    const { watch, looks } = watching(() => true, 20_000);
    await watch({ forS: 50 });
    expect(looks).toEqual([0, 35]);
  });

  it('leaves when there is nothing to wait for', async () => {
    const { watch, looks } = watching((at) => at < start + 20_000);
    await watch({ forS: 50 });
    expect(looks).toEqual([0, 15, 30]);
    const idle = watching(() => false);
    await idle.watch({ forS: 50 });
    expect(idle.looks).toEqual([0]);
  });

  it('goes on while a wait is open, and adds up what it decided', async () => {
    const { ports } = watching(() => false);
    const wait = { releaseId: 'rel-1', state: 'Bake', phase: 'open' };
    let asked = 0;
    const ledger: Ledger = {
      ...ports.ledger,
      // Gone when it is looked at more closely: nothing to decide, and nothing is wrong.
      unclosedWaits: async () => (asked++ < 2 ? [JSON.parse(JSON.stringify(wait))] : []),
      commands: async () => [],
      wait: async () => undefined,
    };
    await create({ ...ports, ledger, clock: ports.clock })({ forS: 50 }, context);
    expect(asked).toBe(3);
  });

  it('logs what it could not do as it goes', async () => {
    const { watch, ports } = watching(() => true);
    vi.spyOn(ports.machine, 'phase').mockRejectedValue(new Error('Step Functions sleeps'));
    await watch({ forS: 20 });
    expect(log.lines().filter(({ level }) => level === 'WARN')).toEqual([
      expect.objectContaining({ message: 'Watch: fraud-prod: Error: Step Functions sleeps' }),
      expect.objectContaining({ message: 'Watch: fraud-prod: Error: Step Functions sleeps' }),
    ]);
  });

  it.each([{ forS: 56 }, { forS: -1 }, { forS: '50' }, null])('does not watch for %j', async (event) => {
    const { watch } = watching(() => true);
    await expect(watch(event)).rejects.toMatchObject({ name: 'ContractBroken' });
  });
});
