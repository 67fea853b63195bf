import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/app/ports/ledger.ts';
import { expectNoChange, expectRefused } from './ledger-expectations.ts';
import { at, command, good, newRelease, outcome, owner, owning } from './ledger-fixtures.ts';

export function closingContract(ledger: () => Ledger): void {
  describe('closing an endpoint', () => {
    it('frees the endpoint, ends the record and rejects what is pending, all at once', async () => {
      const lease = await owning(ledger());
      await ledger().addCommand(command('rel-1', 'resume'));
      await ledger().settleCommand('rel-1-resume', 'applied', 'resumed');
      await ledger().addCommand(command('rel-1', 'hold'));
      await ledger().close(lease, 'rel-1', outcome('promoted'), at(60));
      expect(await ledger().endpoint('fraud')).toMatchObject({
        phase: 'closed',
        owner: null,
        epoch: lease.epoch,
      });
      expect(await ledger().release('rel-1')).toMatchObject({
        phase: 'ended',
        outcome: outcome('promoted'),
        endedAt: at(60),
      });
      const [resume, hold] = await ledger().commands('rel-1');
      expect(resume).toMatchObject({ phase: 'applied', says: 'resumed' });
      expect(hold).toMatchObject({ phase: 'rejected' });
      expect(hold?.says).toContain(outcome('promoted').says);
    });

    it('closes no promotion once the way back has begun, though what asked for that was obeyed', async () => {
      const lease = await owning(ledger());
      await ledger().beginRestore(lease);
      const promoted = () => ledger().close(lease, 'rel-1', outcome('promoted'), at(60));
      await expectRefused(ledger(), promoted, 'ReleaseInterrupted', { phase: 'restoring' });
      await ledger().close(lease, 'rel-1', outcome('rolledBack'), at(60));
      expect(await ledger().release('rel-1')).toMatchObject({ outcome: outcome('rolledBack') });
    });

    it.each(['rollback', 'alert', 'abort', 'supersede'] as const)(
      'closes no promotion past a pending %s, and any other ending all the same',
      async (kind) => {
        const lease = await owning(ledger());
        await ledger().addCommand(command('rel-1', kind));
        const promoted = () => ledger().close(lease, 'rel-1', outcome('promoted'), at(60));
        await expectRefused(ledger(), promoted, 'ReleaseInterrupted');
        await ledger().close(lease, 'rel-1', outcome('rolledBack'), at(60));
        expect(await ledger().release('rel-1')).toMatchObject({ phase: 'ended' });
      },
    );

    it('leaves the commands of other releases pending', async () => {
      const lease = await owning(ledger());
      await owning(ledger(), 'rel-2', 'churn');
      const pending = await ledger().addCommand(command('rel-2', 'hold'));
      await ledger().close(lease, 'rel-1', outcome(), at(60));
      expect(await ledger().commands('rel-2')).toEqual([pending]);
    });

    it('changes nothing when it is closed again with the same lease', async () => {
      const lease = await owning(ledger());
      await ledger().close(lease, 'rel-1', outcome('rolledBack'), at(60));
      const good2 = { configuration: good('2'), by: 'promotion' } as const;
      await expectNoChange(ledger(), () =>
        ledger().close(lease, 'rel-1', outcome('promoted'), at(90), good2),
      );
    });

    it('refuses to close for a release that does not own the endpoint', async () => {
      const lease = await owning(ledger());
      await ledger().addRelease(newRelease('rel-2'));
      await expectRefused(ledger(), () => ledger().close(lease, 'rel-2', outcome(), at(60)), 'LeaseLost');
    });

    it('keeps lastGood and previousGood when no configuration is given', async () => {
      await ledger().adopt('fraud', good('0'));
      const lease = await owning(ledger());
      await ledger().close(lease, 'rel-1', outcome('rolledBack'), at(60));
      expect(await ledger().endpoint('fraud')).toMatchObject({
        lastGood: good('1'),
        previousGood: good('0'),
      });
    });

    it('keeps the lastGood before a promotion as previousGood', async () => {
      const lease = await owning(ledger());
      await ledger().close(lease, 'rel-1', outcome(), at(60), { configuration: good('2'), by: 'promotion' });
      expect(await ledger().endpoint('fraud')).toMatchObject({
        lastGood: good('2'),
        previousGood: good('1'),
      });
    });

    it('forgets the lastGood before a rollback, so that a rollback is never rolled back', async () => {
      const first = await owning(ledger());
      await ledger().close(first, 'rel-1', outcome(), at(60), { configuration: good('2'), by: 'promotion' });
      const back = await ledger().claim('fraud', owner('rel-2'), good('1'));
      await ledger().close(back, 'rel-2', outcome('restored'), at(70), {
        configuration: good('1'),
        by: 'rollback',
      });
      expect(await ledger().endpoint('fraud')).toMatchObject({ lastGood: good('1'), previousGood: null });
    });

    it('keeps previousGood when a rollback only verified the lastGood anew', async () => {
      const first = await owning(ledger());
      await ledger().close(first, 'rel-1', outcome(), at(60), { configuration: good('2'), by: 'promotion' });
      const failed = await ledger().claim('fraud', owner('rel-2'), good('2'));
      const again = { ...good('2'), verifiedAt: at(69) };
      await ledger().close(failed, 'rel-2', outcome('rolledBack'), at(70), {
        configuration: again,
        by: 'rollback',
      });
      expect(await ledger().endpoint('fraud')).toMatchObject({ lastGood: again, previousGood: good('1') });
    });

    it('frees an endpoint whose release has no record', async () => {
      await ledger().adopt('fraud', good('1'));
      const lease = await ledger().claim('fraud', owner('rel-9'), good('1'));
      await ledger().close(lease, 'rel-9', outcome(), at(60));
      expect(await ledger().endpoint('fraud')).toMatchObject({ phase: 'closed' });
      expect(await ledger().release('rel-9')).toBeUndefined();
    });
  });
}
