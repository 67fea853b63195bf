import { describe, expect, it } from 'vitest';
import type { Drift, Freeze, Ledger } from '../../src/app/ports/ledger.ts';
import { type Instant, instant } from '../../src/domain/units.ts';
import { expectNoChange, expectRefused } from './ledger-expectations.ts';
import {
  at,
  command,
  file,
  good,
  halt,
  intent,
  never,
  outcome,
  owner,
  owning,
  seenBy,
} from './ledger-fixtures.ts';

const back = (ms: number) => intent({ direction: 'restore', candidateShare: 0, at: at(ms) });
const drift: Drift = { since: at(70), says: 'somebody sent 5 % elsewhere' };

export function freezesContract(ledger: () => Ledger): void {
  describe('endpoints: freezes', () => {
    it('freezes and lifts, and changes nothing else of the row', async () => {
      await owning(ledger());
      const before = await ledger().endpoint('fraud');
      const row = await ledger().freeze('fraud', halt());
      expect(row).toEqual({ ...before, freeze: halt() });
      expect(await ledger().endpoint('fraud')).toEqual(row);
      const renewed = { ...halt(), by: 'ben', at: at(46) };
      expect(await ledger().freeze('fraud', renewed)).toEqual({ ...before, freeze: renewed });
      expect(await ledger().freeze('fraud', { lifts: renewed })).toEqual(before);
      expect(await ledger().endpoint('fraud')).toEqual(before);
    });

    it.each<[string, Freeze]>([
      ['kind', halt('freeze')],
      ['person', { ...halt('breakglass'), by: 'ben' }],
      ['time', { ...halt('breakglass'), at: at(44) }],
    ])('lifts what was seen, and nothing of another %s that came since', async (_, seen) => {
      await ledger().adopt('fraud', good('1'));
      const row = await ledger().yieldEndpoint('fraud', halt('breakglass'), outcome('superseded'));
      await expectNoChange(ledger(), async () =>
        expect(await ledger().freeze('fraud', { lifts: seen })).toEqual(row),
      );
      const said = { ...halt('breakglass'), reason: 'in other words' };
      expect(await ledger().freeze('fraud', { lifts: said })).toMatchObject({ freeze: null });
    });

    it('freezes an endpoint that was never adopted, and keeps the freeze when it is', async () => {
      expect(await ledger().freeze('fraud', halt())).toMatchObject({ epoch: 0, lastGood: null });
      expect(await ledger().adopt('fraud', good('1'))).toMatchObject({
        freeze: halt(),
        lastGood: good('1'),
        writesUntil: never,
      });
    });

    it('refuses forward intents with words while it lasts, and lets restores and the claim of a way back pass', async () => {
      const lease = await owning(ledger());
      await ledger().freeze('fraud', halt());
      const forward = () => ledger().recordIntent(lease, intent());
      await expectRefused(ledger(), forward, 'HoldRequested', {
        kind: 'freeze',
        actor: 'ana',
        reason: halt().reason,
      });
      await expect(forward()).rejects.toThrow(/fraud: freeze by ana: freeze for the holidays/);
      expect(await ledger().recordIntent(lease, back(50))).toMatchObject({ intent: back(50) });
      await ledger().close(lease, 'rel-1', outcome('rolledBack'), at(60));
      expect(await ledger().claim('fraud', owner('rel-2'), good('1'))).toMatchObject({ epoch: 2 });
      expect(await ledger().endpoint('fraud')).toMatchObject({ freeze: halt() });
      await ledger().freeze('fraud', { lifts: halt() });
    });

    it('obeys a stop and a restore that has begun before the freeze', async () => {
      const lease = await owning(ledger());
      await ledger().freeze('fraud', halt());
      await ledger().addCommand(command('rel-1', 'abort'));
      const forward = () => ledger().recordIntent(lease, intent());
      await expectRefused(ledger(), forward, 'ReleaseInterrupted', { kind: 'abort' });
      await ledger().settleCommand('rel-1-abort', 'applied', 'obeyed');
      await ledger().beginRestore(lease);
      await expectRefused(ledger(), forward, 'ReleaseInterrupted', { phase: 'restoring' });
    });

    it('takes nothing from the person who has the endpoint', async () => {
      await ledger().adopt('fraud', good('1'));
      const row = await ledger().yieldEndpoint('fraud', halt('breakglass'), outcome('superseded'));
      await expectNoChange(ledger(), async () =>
        expect(await ledger().freeze('fraud', halt('freeze'))).toEqual(row),
      );
      const another = { ...halt('breakglass'), by: 'ben' };
      expect(await ledger().freeze('fraud', another)).toMatchObject({ freeze: another });
    });
  });

  describe('endpoints: drift', () => {
    it('keeps what was found while nobody owned the endpoint, until it is found to be gone', async () => {
      const row = await ledger().adopt('fraud', good('1'));
      await ledger().noteDrift(row, drift);
      expect(await ledger().endpoint('fraud')).toEqual({ ...row, drift });
      await ledger().noteDrift(row, null);
      expect(await ledger().endpoint('fraud')).toEqual(row);
    });

    it('is accepted by adopting what serves', async () => {
      const row = await ledger().adopt('fraud', good('1'));
      await ledger().noteDrift(row, drift);
      expect(await ledger().adopt('fraud', good('2'))).toMatchObject({ drift: null, lastGood: good('2') });
    });

    it('is forgotten when a person takes the endpoint', async () => {
      await ledger().noteDrift(await ledger().adopt('fraud', good('1')), drift);
      const row = await ledger().yieldEndpoint('fraud', halt('breakglass'), outcome('superseded'));
      expect(row.drift).toBeNull();
    });

    it('notes nothing about an endpoint that has an owner, had one since, or is unknown', async () => {
      const looked = await ledger().adopt('fraud', good('1'));
      const lease = await owning(ledger());
      const note = (at: typeof lease) => expectNoChange(ledger(), () => ledger().noteDrift(at, drift));
      await note(looked);
      await note(lease);
      await ledger().close(lease, 'rel-1', outcome('rolledBack'), at(60));
      await note(looked);
      await note({ endpoint: 'churn', epoch: 0 });
      await ledger().noteDrift(lease, drift);
      expect(await ledger().endpoint('fraud')).toMatchObject({ drift });
    });
  });

  describe('endpoints: writes that may still arrive', () => {
    it('knows until when one may, forward or back', async () => {
      const lease = await owning(ledger());
      expect(await ledger().endpoint('fraud')).toMatchObject({ writesUntil: never });
      const forward = await ledger().recordIntent(lease, intent({ at: at(20) }));
      expect(forward.writesUntil).toBe(seenBy(20));
      const restore = await ledger().recordIntent(lease, back(90));
      expect(restore.writesUntil).toBe(seenBy(90));
    });

    it('takes no other forward write before that, and the same one from another attempt', async () => {
      const lease = await owning(ledger());
      await ledger().recordIntent(lease, intent({ at: at(20) }));
      const again = await ledger().recordIntent(lease, intent({ at: at(30) }));
      expect(again.writesUntil).toBe(seenBy(30));
      const until = seenBy(30);
      const other = (when: Instant) => intent({ at: when, desired: file('another') });
      await expectRefused(
        ledger(),
        () => ledger().recordIntent(lease, other(instant(until - 1))),
        'EndpointDraining',
        { until },
      );
      expect(await ledger().recordIntent(lease, other(until))).toMatchObject({ intent: { at: until } });
    });

    it('knows of an announced move as of a write, without a drain before it, and keeps the intent', async () => {
      const lease = await owning(ledger());
      const before = await ledger().recordIntent(lease, back(20));
      const move = { direction: 'forward', at: at(30) } as const;
      const row = await ledger().announce(lease, move);
      expect(row).toEqual({ ...before, writesUntil: seenBy(30) });
      expect(await ledger().endpoint('fraud')).toEqual(row);
      await ledger().addCommand(command('rel-1', 'hold'));
      await expectRefused(ledger(), () => ledger().announce(lease, move), 'HoldRequested', { kind: 'hold' });
      await ledger().beginRestore(lease);
      await expectRefused(ledger(), () => ledger().announce(lease, move), 'ReleaseInterrupted');
      const restored = await ledger().announce(lease, { direction: 'restore', at: at(40) });
      expect(restored.writesUntil).toBe(seenBy(40));
      const lost = { ...lease, epoch: lease.epoch + 1 };
      await expectRefused(ledger(), () => ledger().announce(lost, move), 'LeaseLost');
    });

    it('does not forget a write for one that was recorded by a clock that is behind', async () => {
      const lost = await owning(ledger());
      await ledger().recordIntent(lost, intent({ at: at(20) }));
      const lease = await ledger().takeOver(lost, owner('rel-1', 'arn:second'));
      const { writesUntil } = await ledger().recordIntent(lease, back(10));
      expect(writesUntil).toBe(seenBy(20));
    });

    it('lets the next owner restore at once, and move forward only when nothing of the one before can arrive', async () => {
      const first = await owning(ledger());
      await ledger().recordIntent(first, intent({ at: at(20) }));
      await ledger().recordIntent(first, back(90));
      await ledger().close(first, 'rel-1', outcome('rolledBack'), at(95));
      const next = await ledger().claim('fraud', owner('rel-2'), good('1'));
      expect(await ledger().endpoint('fraud')).toMatchObject({ writesUntil: seenBy(90) });
      await ledger().recordIntent(next, back(100));
      const until = seenBy(100);
      const early = intent({ at: instant(until - 1) });
      await expectRefused(ledger(), () => ledger().recordIntent(next, early), 'EndpointDraining', { until });
      expect(await ledger().recordIntent(next, intent({ at: until }))).toMatchObject({ exposed: true });
    });

    it('drains an owner before also over an epoch that wrote nothing, and over a person', async () => {
      const first = await owning(ledger());
      await ledger().recordIntent(first, intent({ at: at(20) }));
      await ledger().yieldEndpoint('fraud', halt('breakglass'), outcome('superseded'));
      await ledger().freeze('fraud', { lifts: halt('breakglass') });
      const second = await ledger().claim('fraud', owner('rel-2'), good('1'));
      await ledger().close(second, 'rel-2', outcome('rejected'), at(60));
      const third = await ledger().claim('fraud', owner('rel-3'), good('1'));
      await expectRefused(
        ledger(),
        () => ledger().recordIntent(third, intent({ at: at(30) })),
        'EndpointDraining',
        { until: seenBy(20) },
      );
    });

    it('obeys a command and a freeze before it asks for patience', async () => {
      const first = await owning(ledger());
      await ledger().recordIntent(first, intent());
      await ledger().close(first, 'rel-1', outcome('rolledBack'), at(60));
      const next = await owning(ledger(), 'rel-2');
      const early = () => ledger().recordIntent(next, intent());
      await expectRefused(ledger(), early, 'EndpointDraining');
      await ledger().freeze('fraud', halt());
      await expectRefused(ledger(), early, 'HoldRequested', { kind: 'freeze' });
      await ledger().addCommand(command('rel-2', 'hold'));
      await expectRefused(ledger(), early, 'HoldRequested', { kind: 'hold' });
    });
  });
}
