import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/app/ports/ledger.ts';
import type { CommandKind } from '../../src/domain/release.ts';
import { expectNoChange, expectRefused } from './ledger-expectations.ts';
import { command, intent, owning, seenBy } from './ledger-fixtures.ts';

export function intentsContract(ledger: () => Ledger): void {
  describe('endpoints: intents', () => {
    it('records the newest intent of the epoch', async () => {
      const lease = await owning(ledger());
      await ledger().recordIntent(lease, intent({ purpose: 'warm', candidateShare: 0 }));
      const row = await ledger().recordIntent(lease, intent());
      expect(row.intent).toEqual(intent());
      expect(await ledger().endpoint('fraud')).toEqual(row);
    });

    it('calls the candidate exposed from the first forward intent with a share above 0, and ever after', async () => {
      const lease = await owning(ledger());
      const exposed = async (change: Parameters<typeof intent>[0]) =>
        (await ledger().recordIntent(lease, intent(change))).exposed;
      expect(await exposed({ candidateShare: 0 })).toBe(false);
      expect(await exposed({ direction: 'restore', candidateShare: 5 })).toBe(false);
      expect(await exposed({ candidateShare: 1, at: seenBy(20) })).toBe(true);
      expect(await exposed({ candidateShare: 0 })).toBe(true);
      expect(await exposed({ direction: 'restore', candidateShare: 0 })).toBe(true);
    });

    const obeyed: [CommandKind, 'ReleaseInterrupted' | 'HoldRequested'][] = [
      ['rollback', 'ReleaseInterrupted'],
      ['alert', 'ReleaseInterrupted'],
      ['abort', 'ReleaseInterrupted'],
      ['supersede', 'ReleaseInterrupted'],
      ['hold', 'HoldRequested'],
    ];
    it.each(obeyed)('refuses a forward intent while a command %s is pending, by %s', async (kind, name) => {
      const lease = await owning(ledger());
      await ledger().addCommand(command('rel-1', kind));
      const { commandId, actor, reason } = command('rel-1', kind);
      await expectRefused(ledger(), () => ledger().recordIntent(lease, intent()), name, {
        commandId,
        kind,
        actor,
        reason,
      });
      await ledger().recordIntent(lease, intent({ direction: 'restore', candidateShare: 0 }));
    });

    it.each<CommandKind>(['approve', 'resume'])('lets a pending %s pass a forward intent', async (kind) => {
      const lease = await owning(ledger());
      await ledger().addCommand(command('rel-1', kind));
      expect((await ledger().recordIntent(lease, intent())).intent).toEqual(intent());
    });

    it('obeys the strongest command first, and among equals the first that came', async () => {
      const lease = await owning(ledger());
      const refusedBy = (kind: CommandKind) =>
        expectRefused(
          ledger(),
          () => ledger().recordIntent(lease, intent()),
          kind === 'hold' ? 'HoldRequested' : 'ReleaseInterrupted',
          { kind },
        );
      for (const kind of ['approve', 'resume'] as const) await ledger().addCommand(command('rel-1', kind));
      for (const kind of ['hold', 'supersede', 'abort', 'alert'] as const) {
        await ledger().addCommand(command('rel-1', kind));
        await refusedBy(kind);
      }
      await ledger().addCommand(command('rel-1', 'rollback'));
      await refusedBy('alert');
    });

    it('lets settled commands and those of other releases pass', async () => {
      const lease = await owning(ledger());
      await owning(ledger(), 'rel-2', 'churn');
      await ledger().addCommand(command('rel-2', 'abort'));
      await ledger().addCommand(command('rel-1', 'hold'));
      await ledger().addCommand(command('rel-1', 'abort'));
      await ledger().settleCommand('rel-1-hold', 'applied', 'held');
      await ledger().settleCommand('rel-1-abort', 'rejected', 'too late');
      expect((await ledger().recordIntent(lease, intent())).intent).toEqual(intent());
    });

    it('accepts only restore intents once the restore has begun', async () => {
      const lease = await owning(ledger());
      expect(await ledger().beginRestore(lease)).toMatchObject({ phase: 'restoring', epoch: lease.epoch });
      await expectRefused(ledger(), () => ledger().recordIntent(lease, intent()), 'ReleaseInterrupted');
      await ledger().addCommand(command('rel-1', 'hold'));
      await expectRefused(ledger(), () => ledger().recordIntent(lease, intent()), 'ReleaseInterrupted');
      const restore = intent({ direction: 'restore', candidateShare: 0 });
      expect((await ledger().recordIntent(lease, restore)).intent).toEqual(restore);
    });

    it('begins a restore once, however often it is asked', async () => {
      const lease = await owning(ledger());
      const row = await ledger().beginRestore(lease);
      await expectNoChange(ledger(), async () => expect(await ledger().beginRestore(lease)).toEqual(row));
    });
  });
}
