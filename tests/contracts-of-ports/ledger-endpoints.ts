import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/app/ports/ledger.ts';
import { expectNoChange, expectRefused } from './ledger-expectations.ts';
import { at, good, intent, never, newRelease, outcome, owner, owning } from './ledger-fixtures.ts';

const closedRow = { phase: 'closed', owner: null } as const;

export function endpointsContract(ledger: () => Ledger): void {
  describe('endpoints: adoption and ownership', () => {
    it('knows no endpoint before it is adopted', async () => {
      expect(await ledger().endpoint('fraud')).toBeUndefined();
      expect(await ledger().endpoints()).toEqual([]);
    });

    it('starts an adopted endpoint closed, at epoch 0, with what was verified as lastGood', async () => {
      const row = await ledger().adopt('fraud', good('1'));
      expect(row).toEqual({
        endpoint: 'fraud',
        epoch: 0,
        ...closedRow,
        lastGood: good('1'),
        previousGood: null,
        target: null,
        intent: null,
        exposed: false,
        writesUntil: never,
        freeze: null,
        drift: null,
      });
      expect(await ledger().endpoint('fraud')).toEqual(row);
      expect(await ledger().endpoints()).toEqual([row]);
    });

    it('adopts another configuration while the endpoint is closed, and keeps the one before it', async () => {
      await ledger().adopt('fraud', good('1'));
      expect(await ledger().adopt('fraud', good('2'))).toMatchObject({
        lastGood: good('2'),
        previousGood: good('1'),
      });
    });

    it('does not take the same configuration, adopted again, for the one before it', async () => {
      await ledger().adopt('fraud', good('1'));
      await ledger().adopt('fraud', good('2'));
      const again = { ...good('2'), verifiedAt: at(500) };
      expect(await ledger().adopt('fraud', again)).toMatchObject({
        lastGood: again,
        previousGood: good('1'),
      });
    });

    it('gives a late claim of a release that has ended nothing', async () => {
      await ledger().adopt('fraud', good('1'));
      await ledger().addRelease(newRelease('rel-1'));
      await ledger().endRelease('rel-1', outcome('rejected'), at(50));
      const late = () => ledger().claim('fraud', owner('rel-1'), good('1'));
      await expectRefused(ledger(), late, 'LeaseLost', { endpoint: 'fraud', releaseId: 'rel-1' });
    });

    it('refuses to adopt while a release owns the endpoint', async () => {
      await owning(ledger());
      await expectRefused(
        ledger(),
        () => ledger().adopt('fraud', good('2')),
        'LeaseHeldByOther',
        owner('rel-1'),
      );
    });

    it('makes the claimer the only writer under the next epoch, with nothing written yet', async () => {
      await ledger().adopt('fraud', good('1'));
      expect(await ledger().claim('fraud', owner('rel-1'), good('0'))).toEqual({
        endpoint: 'fraud',
        epoch: 1,
      });
      expect(await ledger().endpoint('fraud')).toMatchObject({
        epoch: 1,
        owner: owner('rel-1'),
        phase: 'forward',
        target: good('0'),
        intent: null,
        exposed: false,
        lastGood: good('1'),
      });
    });

    it('gives each claim a higher epoch and a clean start', async () => {
      const first = await owning(ledger());
      await ledger().recordIntent(first, intent());
      await ledger().close(first, 'rel-1', outcome('rolledBack'), at(50));
      expect(await ledger().claim('fraud', owner('rel-2'), good('1'))).toEqual({
        endpoint: 'fraud',
        epoch: 2,
      });
      expect(await ledger().endpoint('fraud')).toMatchObject({
        phase: 'forward',
        intent: null,
        exposed: false,
      });
    });

    it('answers the same lease and changes nothing when the same execution claims again', async () => {
      const lease = await owning(ledger());
      await ledger().recordIntent(lease, intent());
      await ledger().beginRestore(lease);
      await expectNoChange(ledger(), async () => {
        expect(await ledger().claim('fraud', owner('rel-1'), good('9'))).toEqual(lease);
      });
    });

    it('refuses a claim while another release or another execution owns the endpoint, and says which', async () => {
      await owning(ledger());
      for (const other of [owner('rel-2'), owner('rel-1', 'arn:another'), owner('rel-2', 'arn:rel-1')]) {
        await expectRefused(
          ledger(),
          () => ledger().claim('fraud', other, good('1')),
          'LeaseHeldByOther',
          owner('rel-1'),
        );
      }
    });

    it('refuses a claim on an endpoint that was never adopted', async () => {
      await expectRefused(ledger(), () => ledger().claim('fraud', owner('rel-1'), good('1')), 'NoLastGood');
    });

    it('keeps endpoints apart', async () => {
      await owning(ledger(), 'rel-1', 'fraud');
      expect(await owning(ledger(), 'rel-2', 'churn')).toEqual({ endpoint: 'churn', epoch: 1 });
      expect((await ledger().endpoints()).map((row) => row.endpoint).sort()).toEqual(['churn', 'fraud']);
    });

    it('affirms a lease that holds, and answers the row', async () => {
      const lease = await owning(ledger());
      expect(await ledger().assertLease(lease)).toEqual(await ledger().endpoint('fraud'));
    });

    it('tells every call under a lost lease that it is lost', async () => {
      const lost = await owning(ledger());
      await ledger().close(lost, 'rel-1', outcome(), at(50));
      await ledger().addRelease(newRelease('rel-2'));
      await ledger().claim('fraud', owner('rel-2'), good('1'));
      const leases = [
        lost,
        { endpoint: 'fraud', epoch: 0 },
        { endpoint: 'fraud', epoch: 3 },
        { endpoint: 'x', epoch: 1 },
      ];
      for (const lease of leases) {
        for (const call of [
          () => ledger().assertLease(lease),
          () => ledger().recordIntent(lease, intent()),
          () => ledger().recordIntent(lease, intent({ direction: 'restore', candidateShare: 0 })),
          () => ledger().beginRestore(lease),
          () => ledger().close(lease, 'rel-2', outcome(), at(60)),
          () => ledger().close(lease, 'rel-1', outcome(), at(60)),
          () => ledger().takeOver(lease, owner('rel-3')),
        ]) {
          await expectRefused(ledger(), call, 'LeaseLost');
        }
      }
    });

    it('tells the owner of a closed endpoint that its lease is lost', async () => {
      const lease = await owning(ledger());
      await ledger().close(lease, 'rel-1', outcome(), at(50));
      for (const call of [
        () => ledger().assertLease(lease),
        () => ledger().recordIntent(lease, intent({ direction: 'restore' })),
        () => ledger().beginRestore(lease),
        () => ledger().takeOver(lease, owner('rel-2')),
      ]) {
        await expectRefused(ledger(), call, 'LeaseLost');
      }
    });

    it('takes epoch 0 for no lease, also on an endpoint that was never claimed', async () => {
      await ledger().adopt('fraud', good('1'));
      const nobody = { endpoint: 'fraud', epoch: 0 };
      await expectRefused(ledger(), () => ledger().assertLease(nobody), 'LeaseLost');
      await expectRefused(ledger(), () => ledger().close(nobody, 'rel-1', outcome(), at(5)), 'LeaseLost');
    });
  });
}
