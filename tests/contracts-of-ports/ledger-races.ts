import { describe, expect, it } from 'vitest';
import { isReleaseError } from '../../src/contracts/errors.ts';
import { dump, type OpenedLedger } from './ledger-expectations.ts';
import {
  at,
  command,
  done,
  file,
  good,
  intent,
  keyOf,
  newRelease,
  newWait,
  outcome,
  owner,
  owning,
  stopped,
} from './ledger-fixtures.ts';

const key = keyOf(newWait('rel-1'));
const many = Array.from({ length: 20 }, (_, index) => index);

/** Two ledgers on one store where the adapter has that; otherwise one, called many times at once. */
async function writers({ ledger, reopen }: OpenedLedger) {
  const second = reopen ? await reopen() : ledger;
  return (index: number) => (index % 2 === 0 ? ledger : second);
}

export function racesContract(opened: () => OpenedLedger): void {
  describe('racing writers', () => {
    it('lets one of many claims win and tells all others who holds the endpoint', async () => {
      const writer = await writers(opened());
      await writer(0).adopt('fraud', good('1'));
      const claims = await Promise.allSettled(
        many.map((index) => writer(index).claim('fraud', owner(`rel-${index}`), good('1'))),
      );
      const holder = (await writer(1).endpoint('fraud'))?.owner;
      const won = many.filter((index) => claims[index]?.status === 'fulfilled');
      expect(won.map((index) => owner(`rel-${index}`))).toEqual([holder]);
      for (const claim of claims) {
        if (claim.status === 'fulfilled') continue;
        expect(isReleaseError(claim.reason, 'LeaseHeldByOther')).toBe(true);
        expect(claim.reason).toMatchObject({ facts: holder });
      }
      expect((await writer(0).endpoint('fraud'))?.epoch).toBe(1);
    });

    it('gives one lease to one execution that claims many times at once', async () => {
      const writer = await writers(opened());
      await writer(0).adopt('fraud', good('1'));
      const leases = await Promise.all(
        many.map((index) => writer(index).claim('fraud', owner('rel-1'), good('1'))),
      );
      expect(new Set(leases.map((lease) => lease.epoch))).toEqual(new Set([1]));
    });

    it('lets one of many deciders decide a wait, and keeps that decision', async () => {
      const writer = await writers(opened());
      await writer(0).registerWait(await owning(writer(0)), newWait('rel-1'));
      const decided = await Promise.all(
        many.map((index) => writer(index).decideWait(key, { ...stopped, says: `decider ${index}` })),
      );
      expect(decided.filter(Boolean)).toHaveLength(1);
      expect((await writer(1).wait(key))?.decision?.says).toBe(`decider ${decided.indexOf(true)}`);
    });

    it('accepts one of many equal deliveries, and adds one of many equal releases, commands and lines', async () => {
      const writer = await writers(opened());
      await owning(writer(0));
      const accepted = await Promise.all(
        many.map((index) =>
          writer(index).acceptDelivery({
            source: 'mlflow',
            contentDigest: 'digest',
            eventId: `event-${index}`,
            event: {},
            receivedAt: at(1),
          }),
        ),
      );
      expect(accepted.filter((answer) => answer === 'accepted')).toHaveLength(1);
      const added = await Promise.all(many.map((index) => writer(index).addRelease(newRelease('rel-2'))));
      expect(added.filter((answer) => answer.added)).toHaveLength(1);
      const rows = await Promise.all(many.map((index) => writer(index).addCommand(command('rel-1', 'hold'))));
      expect(new Set(rows.map((row) => row.order)).size).toBe(1);
      const line = { at: at(1), actor: 'ana', action: 'hold', says: 'wait', onceId: 'once' };
      await Promise.all(many.map((index) => writer(index).audit(line)));
      expect(await writer(1).auditTrail()).toHaveLength(1);
    });

    it('never accepts a forward intent or a wait after a command that stops the release', async () => {
      const writer = await writers(opened());
      const lease = await owning(writer(0));
      const calls = many.map((index) =>
        index === 7
          ? writer(index).addCommand(command('rel-1', 'abort'))
          : index % 3 === 0
            ? writer(index).registerWait(lease, newWait('rel-1', { visit: index }))
            : writer(index).recordIntent(lease, intent({ purpose: `write ${index}` })),
      );
      await Promise.allSettled(calls);
      for (const index of [0, 1]) {
        await expect(writer(index).recordIntent(lease, intent())).rejects.toMatchObject({
          name: 'ReleaseInterrupted',
        });
        await expect(
          writer(index).registerWait(lease, newWait('rel-1', { visit: 99 })),
        ).rejects.toMatchObject({
          name: 'ReleaseInterrupted',
        });
      }
    });

    it('shows everything to whoever opens the store again', async () => {
      const { ledger, reopen } = opened();
      const lease = await owning(ledger);
      await ledger.registerWait(lease, newWait('rel-1'));
      await ledger.noteWait(key, { lastLook: { at: at(41.5), says: 'nothing yet' } });
      await ledger.recordIntent(lease, intent());
      await ledger.addCommand(command('rel-1', 'alert'));
      await ledger.decideWait(key, done);
      await ledger.attachFile('rel-1', file('certificate'));
      await ledger.addRelease(newRelease('rel-2'));
      await ledger.audit({ at: at(1), actor: 'ana', action: 'look', says: 'seen' });
      const again = reopen ? await reopen() : ledger;
      expect(await dump(again, [key])).toEqual(await dump(ledger, [key]));
      await again.close(lease, 'rel-1', outcome('rolledBack'), at(60));
      expect(await dump(ledger, [key])).toEqual(await dump(again, [key]));
    });
  });
}
