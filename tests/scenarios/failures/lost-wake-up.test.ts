import { describe, expect, it, vi } from 'vitest';
import { accept } from '../../../src/app/command.ts';
import type { CommandRow } from '../../../src/app/ports/ledger.ts';
import { ReleaseError } from '../../../src/contracts/errors.ts';
import { seconds } from '../../../src/domain/units.ts';
import { endpoint, healthy, openStage, type Running, type Stage } from '../stage.ts';
import { at, inWords, type Moment } from './moments.ts';
import { today, todays } from './rotation.ts';
import { configurationOf, endRightly, share, short } from './short-release.ts';

const both = (moment: Omit<Moment, 'side'>): Moment[] => [
  { ...moment, side: 'before' },
  { ...moment, side: 'after' },
];

/** Bake comes twice: at the step, and as the soak. */
const waits = [
  { about: 'WarmCandidate' },
  { about: 'Bake' },
  { about: 'Bake', time: 2 },
  { about: 'RetireBaseline' },
] as const;

const moments: readonly Moment[] = [
  ...(['warm', 'shift', 'promote', 'retire'] as const).flatMap((about) =>
    both({ method: 'recordIntent', about }),
  ),
  ...(['registerWait', 'decideWait', 'closeWait'] as const).flatMap((method) =>
    waits.flatMap((wait) => both({ method, ...wait })),
  ),
];

async function injectAbort(stage: Stage, { releaseId }: Running): Promise<CommandRow> {
  const { ports } = stage.controller;
  const commandId = 'abort-in-the-middle';
  const command = { commandId, releaseId, kind: 'abort', actor: 'ada', reason: 'stop' } as const;
  return accept(ports, { ...command, at: ports.clock.now() });
}

describe('a command that is accepted between two durable steps', () => {
  it.each(todays(moments, 2).map((moment) => [inWords(moment), moment] as const))(
    `takes effect %s (${today})`,
    async (_words, moment) => {
      const stage = await openStage(short());
      const good = await configurationOf(stage);
      let allowed = Number.NaN;
      let commanded = Number.NaN;
      const release = await stage.register(healthy);
      at(stage, moment, async () => {
        await injectAbort(stage, release);
        const row = await stage.controller.ports.ledger.endpoint(endpoint);
        commanded = stage.clock.now();
        // What was already recorded as an intent is being sent; nothing beyond it may follow.
        allowed = row?.intent?.candidateShare ?? 0;
      });

      const { view, faults } = await endRightly(stage, release, good);

      expect(commanded).toBeGreaterThan(0);
      expect(faults).toEqual([]);
      const [command] = await stage.ledger((ledger) => ledger.commands(release.releaseId));
      expect(command?.phase).toBe('applied');
      expect(['rolledBack', 'rejected']).toContain(view.outcome?.kind);
      const { activations } = await stage.workspace.truth(endpoint);
      const later = activations.filter((one) => one.at > commanded).flatMap(({ routes }) => routes);
      const increases = later.filter(
        (route) => route.entityVersion === release.version && route.percentage > allowed,
      );
      expect(increases).toEqual([]);
    },
  );
});

describe('a decision of a wait', () => {
  it.each(['is lost on its way', 'arrives, but its receipt is lost'])(
    'is delivered again by the next tick when it %s',
    async (how) => {
      const stage = await openStage(short());
      const good = await configurationOf(stage);
      const { machine } = stage.controller.ports;
      const real = machine.succeed.bind(machine);
      let sent = 0;
      vi.spyOn(machine, 'succeed').mockImplementation(async (token, output) => {
        // Every other message, so that what is sent again arrives.
        sent++;
        if (sent % 2 === 0) return real(token, output);
        if (how !== 'is lost on its way') await real(token, output);
        throw new Error('the line to the machine broke');
      });
      const release = await stage.register(healthy);

      const { view, faults } = await endRightly(stage, release, good);

      expect(faults).toEqual([]);
      expect(view.outcome?.kind).toBe('promoted');
      expect(sent).toBeGreaterThanOrEqual(8);
      const { entered } = await stage.journey(release);
      expect(entered.filter((state) => state === 'Bake')).toHaveLength(2);
    },
  );

  it('reaches the task that was tried again after its first token had been answered in vain', async () => {
    const stage = await openStage(short());
    const good = await configurationOf(stage);
    const release = await stage.register(healthy);
    const { machine } = stage.controller.ports;
    at(stage, { side: 'before', method: 'audit', about: 'Bake' }, async () => {
      // The wait is registered; between this attempt and the next nobody holds its token.
      vi.spyOn(machine, 'fail').mockResolvedValueOnce('gone');
      await injectAbort(stage, release);
      throw new ReleaseError('LedgerUnavailable', 'the trail cannot be written');
    });

    const { view, faults } = await endRightly(stage, release, good);

    expect(faults).toEqual([]);
    expect(view.outcome?.kind).toBe('rolledBack');
    expect((view.endedAt ? Date.parse(view.endedAt) : 0) - Date.parse(view.requestedAt)).toBeLessThan(
      seconds(600),
    );
  });

  it('is made once, however many ticks look at the same time', async () => {
    const stage = await openStage(short());
    const good = await configurationOf(stage);
    const { ledger } = stage.controller.ports;
    const real = ledger.decideWait.bind(ledger);
    const decided: string[] = [];
    vi.spyOn(ledger, 'decideWait').mockImplementation(async (key, decision) => {
      const first = await real(key, decision);
      if (first) decided.push(`${key.state}/${key.visit}`);
      return first;
    });
    const release = await stage.register(healthy);
    for (let round = 0; round < 40; round++) {
      await Promise.all([1, 2, 3].map(() => stage.controller.tick()));
      await stage.pass(seconds(10));
    }

    const { view, faults } = await endRightly(stage, release, good);

    expect(faults).toEqual([]);
    expect(view.outcome?.kind).toBe('promoted');
    expect(new Set(decided).size).toBe(decided.length);
    const { entered } = await stage.journey(release);
    expect(entered.filter((state) => ['ShiftTraffic', 'Promote', 'RetireBaseline'].includes(state))).toEqual([
      'ShiftTraffic',
      'Promote',
      'RetireBaseline',
    ]);
    expect(await stage.shares(release.version)).toEqual([0, share, 100, 100]);
  });
});
