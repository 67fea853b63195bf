import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/app/ports/ledger.ts';
import type { CommandKind } from '../../src/domain/release.ts';
import { expectNoChange, expectRefused } from './ledger-expectations.ts';
import { at, command, file, newRelease, outcome, owning } from './ledger-fixtures.ts';

const kinds: readonly CommandKind[] = [
  'rollback',
  'alert',
  'abort',
  'supersede',
  'hold',
  'resume',
  'approve',
];

export function commandsContract(ledger: () => Ledger): void {
  describe('commands', () => {
    it('writes each kind as pending and answers in order of arrival, whatever its time says', async () => {
      await owning(ledger());
      for (const [index, kind] of kinds.entries()) {
        const row = await ledger().addCommand({ ...command('rel-1', kind), at: at(100 - index) });
        expect(row).toMatchObject({
          ...command('rel-1', kind),
          at: at(100 - index),
          phase: 'pending',
          says: '',
        });
      }
      const rows = await ledger().commands('rel-1');
      expect(rows.map((row) => row.kind)).toEqual(kinds);
      expect(rows.map((row) => row.order)).toEqual(rows.map((row) => row.order).sort((a, b) => a - b));
      expect(new Set(rows.map((row) => row.order)).size).toBe(kinds.length);
    });

    it('orders the commands of all releases in one line', async () => {
      await owning(ledger());
      await owning(ledger(), 'rel-2', 'churn');
      const first = await ledger().addCommand(command('rel-1', 'hold'));
      const second = await ledger().addCommand(command('rel-2', 'hold'));
      const third = await ledger().addCommand(command('rel-1', 'abort'));
      expect(first.order < second.order && second.order < third.order).toBe(true);
      expect(await ledger().commands('rel-1')).toEqual([first, third]);
      expect(await ledger().commands('rel-3')).toEqual([]);
    });

    it('answers the row that exists when the same command comes again, also when it was settled or all is over', async () => {
      const lease = await owning(ledger());
      const row = await ledger().addCommand(command('rel-1', 'hold'));
      const again = { ...command('rel-1', 'hold'), actor: 'ben', at: at(99) };
      await expectNoChange(ledger(), async () => expect(await ledger().addCommand(again)).toEqual(row));
      await ledger().settleCommand(row.commandId, 'applied', 'held');
      await ledger().close(lease, 'rel-1', outcome(), at(60));
      await expectNoChange(ledger(), async () =>
        expect(await ledger().addCommand(again)).toEqual({ ...row, phase: 'applied', says: 'held' }),
      );
    });

    it('refuses a command for a release that is queued, ended or unknown, and says which', async () => {
      const add = () => ledger().addCommand(command('rel-1', 'abort'));
      await expectRefused(ledger(), add, 'CommandRejected', { phase: 'unknown' });
      await ledger().addRelease(newRelease('rel-1'));
      await expectRefused(ledger(), add, 'CommandRejected', { phase: 'queued' });
      await ledger().endRelease('rel-1', outcome('rejected'), at(60));
      await expectRefused(ledger(), add, 'CommandRejected', { phase: 'ended' });
    });

    it('has room for a hundred pending commands of a release, and beyond that for one to be obeyed before them', async () => {
      await owning(ledger());
      await owning(ledger(), 'rel-2', 'churn');
      const rows: unknown[] = [];
      for (const index of Array(100).keys())
        rows.push(await ledger().addCommand(command('rel-1', 'hold', `hold-${index}`)));
      const late = () => ledger().addCommand(command('rel-1', 'hold', 'hold-late'));
      const facts = { releaseId: 'rel-1', kind: 'hold', phase: 'running', pending: 100 };
      await expectRefused(ledger(), late, 'CommandRejected', facts);
      await expect(late()).rejects.toThrow(/hold: release rel-1 has 100 commands pending/);
      await expectNoChange(ledger(), async () =>
        expect(await ledger().addCommand(command('rel-1', 'hold', 'hold-7'))).toEqual(rows[7]),
      );
      expect(await ledger().addCommand(command('rel-2', 'hold'))).toMatchObject({ phase: 'pending' });
      expect(await ledger().addCommand(command('rel-1', 'abort'))).toMatchObject({ phase: 'pending' });
      const second = () => ledger().addCommand(command('rel-1', 'abort', 'abort-late'));
      await expectRefused(ledger(), second, 'CommandRejected', { kind: 'abort', pending: 101 });
      for (const commandId of ['hold-0', 'hold-1'])
        await ledger().settleCommand(commandId, 'applied', 'held');
      expect(await late()).toMatchObject({ phase: 'pending' });
      await expectRefused(ledger(), second, 'CommandRejected', { pending: 100 });
    });

    it('has room for fewer where they are long, so that files and the end of the release fit beside them', async () => {
      const lease = await owning(ledger());
      const long = (index: number) => ({
        ...command('rel-1', 'alert', `alert-${index}`),
        reason: '語'.repeat(2_000),
      });
      // 6,000 bytes each and some words, in 256 KiB.
      for (const index of Array(42).keys()) await ledger().addCommand(long(index));
      const next = () => ledger().addCommand(long(42));
      await expectRefused(ledger(), next, 'CommandRejected', { phase: 'running', pending: 42 });
      for (const index of Array(20).keys())
        await ledger().attachFile('rel-1', { ...file(`f-${index}`), summary: '語'.repeat(1_000) });
      await ledger().close(lease, 'rel-1', outcome('rolledBack'), at(60));
      expect((await ledger().commands('rel-1')).map(({ phase }) => phase)).toEqual(
        Array(42).fill('rejected'),
      );
    });

    it('takes words that were cut within a character, with a mark for the half', async () => {
      await owning(ledger());
      const cut = { ...command('rel-1', 'abort'), actor: 'ana \ud83d', reason: 'smoke \ud83d' };
      const row = await ledger().addCommand(cut);
      expect(row).toMatchObject({ actor: 'ana \ufffd', reason: 'smoke \ufffd' });
      await ledger().settleCommand(row.commandId, 'applied', 'put out \ud83d');
      expect(await ledger().commands('rel-1')).toEqual([
        { ...row, phase: 'applied', says: 'put out \ufffd' },
      ]);
    });

    it.each(['applied', 'rejected'] as const)('settles a command once, as %s, with words', async (phase) => {
      await owning(ledger());
      const row = await ledger().addCommand(command('rel-1', 'abort'));
      await ledger().settleCommand(row.commandId, phase, 'as asked');
      expect(await ledger().commands('rel-1')).toEqual([{ ...row, phase, says: 'as asked' }]);
      await expectNoChange(ledger(), () => ledger().settleCommand(row.commandId, 'applied', 'again'));
      await expectNoChange(ledger(), () => ledger().settleCommand(row.commandId, 'rejected', 'again'));
      await expectNoChange(ledger(), () => ledger().settleCommand('no-such', 'applied', 'again'));
    });
  });
}
