import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/app/ports/ledger.ts';
import { intents } from '../../src/domain/release.ts';
import { expectNoChange, expectRefused } from './ledger-expectations.ts';
import { at, command, file, newRelease, outcome, owner, owning } from './ledger-fixtures.ts';

export function releasesContract(ledger: () => Ledger): void {
  describe('releases', () => {
    it('writes a new record as queued, once', async () => {
      const { record, added } = await ledger().addRelease(newRelease('rel-1'));
      expect(added).toBe(true);
      expect(record).toEqual({
        ...newRelease('rel-1'),
        phase: 'queued',
        executionArn: null,
        outcome: null,
        endedAt: null,
        files: [],
      });
      expect(await ledger().release('rel-1')).toEqual(record);
      await ledger().markRunning('rel-1', 'arn:1');
      await expectNoChange(ledger(), async () => {
        const again = await ledger().addRelease({ ...newRelease('rel-1'), requestedBy: 'ana', version: '8' });
        expect(again).toEqual({
          added: false,
          record: { ...record, phase: 'running', executionArn: 'arn:1' },
        });
      });
      expect(await ledger().release('rel-2')).toBeUndefined();
    });

    it.each(intents)('keeps a release of intent %s as such', async (each) => {
      await ledger().addRelease({ ...newRelease('rel-1'), intent: each });
      expect(await ledger().release('rel-1')).toMatchObject({ intent: each });
    });

    it('lists releases in order of request, by any conjunction of endpoint, version and phase', async () => {
      await ledger().addRelease(newRelease('c', { at: at(30) }));
      await ledger().addRelease(newRelease('a', { at: at(10), version: '8' }));
      await ledger().addRelease(newRelease('b', { at: at(20), endpoint: 'churn' }));
      await ledger().addRelease(newRelease('d', { at: at(30), version: '8' }));
      await ledger().markRunning('d', 'arn:d');
      const ids = async (filter?: Parameters<Ledger['releases']>[0]) =>
        (await ledger().releases(filter)).map((release) => release.releaseId);
      expect(await ids()).toEqual(['a', 'b', 'c', 'd']);
      expect(await ids({})).toEqual(['a', 'b', 'c', 'd']);
      expect(await ids({ endpoint: 'fraud' })).toEqual(['a', 'c', 'd']);
      expect(await ids({ version: '8' })).toEqual(['a', 'd']);
      expect(await ids({ phase: 'queued' })).toEqual(['a', 'b', 'c']);
      expect(await ids({ endpoint: 'fraud', version: '8', phase: 'running' })).toEqual(['d']);
      expect(await ids({ endpoint: 'churn', version: '8' })).toEqual([]);
    });

    it('runs a queued release under one execution', async () => {
      await ledger().addRelease(newRelease('rel-1'));
      await ledger().markRunning('rel-1', 'arn:1');
      expect(await ledger().release('rel-1')).toMatchObject({ phase: 'running', executionArn: 'arn:1' });
      await expectNoChange(ledger(), () => ledger().markRunning('rel-1', 'arn:1'));
      await expectRefused(ledger(), () => ledger().markRunning('rel-1', 'arn:2'), 'LeaseHeldByOther', {
        releaseId: 'rel-1',
        executionArn: 'arn:1',
      });
    });

    it('does not run a release that ended', async () => {
      await ledger().addRelease(newRelease('rel-1'));
      await ledger().endRelease('rel-1', outcome('superseded'), at(60));
      await expectNoChange(ledger(), () => ledger().markRunning('rel-1', 'arn:1'));
    });

    it('ends a release that owns no endpoint once, and leaves none of its commands pending', async () => {
      await ledger().addRelease(newRelease('rel-1'));
      await ledger().markRunning('rel-1', 'arn:1');
      await ledger().addCommand(command('rel-1', 'hold'));
      await ledger().endRelease('rel-1', outcome('rejected'), at(60));
      expect(await ledger().release('rel-1')).toMatchObject({
        phase: 'ended',
        outcome: outcome('rejected'),
        endedAt: at(60),
      });
      expect(await ledger().commands('rel-1')).toMatchObject([{ phase: 'rejected' }]);
      await expectNoChange(ledger(), () => ledger().endRelease('rel-1', outcome('superseded'), at(70)));
    });

    it('refuses to end a release that owns its endpoint', async () => {
      await owning(ledger());
      const end = () => ledger().endRelease('rel-1', outcome('rejected'), at(60));
      await expectRefused(ledger(), end, 'LeaseHeldByOther', owner('rel-1'));
    });

    it('attaches files newest last, each reference once, also after the end', async () => {
      await ledger().addRelease(newRelease('rel-1'));
      await ledger().attachFile('rel-1', file('b'));
      await ledger().endRelease('rel-1', outcome('rejected'), at(60));
      await ledger().attachFile('rel-1', file('a'));
      await expectNoChange(ledger(), () => ledger().attachFile('rel-1', { ...file('b'), summary: 'again' }));
      expect((await ledger().release('rel-1'))?.files).toEqual([file('b'), file('a')]);
    });

    it('refuses to run, end or add to a release that it does not know', async () => {
      for (const call of [
        () => ledger().markRunning('rel-1', 'arn:1'),
        () => ledger().endRelease('rel-1', outcome(), at(60)),
        () => ledger().attachFile('rel-1', file('a')),
      ]) {
        await expectRefused(ledger(), call, 'CommandRejected', { phase: 'unknown' });
      }
    });
  });
}
