import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/app/ports/ledger.ts';
import type { CommandKind } from '../../src/domain/release.ts';
import { expectNoChange, expectRefused } from './ledger-expectations.ts';
import { at, command, newRelease, outcome, owning } from './ledger-fixtures.ts';

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
