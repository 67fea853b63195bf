import { describe, expect, it } from 'vitest';
import { brokenAt } from '../../src/app/ports/audit-chain.ts';
import type { AuditEntry, Ledger } from '../../src/app/ports/ledger.ts';
import { expectNoChange } from './ledger-expectations.ts';
import { at, file } from './ledger-fixtures.ts';

type Delivery = Parameters<Ledger['acceptDelivery']>[0];

const delivery = (change: Partial<Delivery> = {}): Delivery => ({
  source: 'mlflow',
  deliveryId: 'delivery-1',
  contentDigest: 'digest-1',
  eventId: 'event-1',
  event: { type: 'ModelVersionRegistered', nested: ['ü', null, 0.5] },
  receivedAt: at(5),
  ...change,
});

const withoutId = (change: Partial<Delivery> = {}): Delivery => {
  const { deliveryId: _, ...rest } = delivery(change);
  return rest;
};

const entry = (change: Partial<AuditEntry> = {}): AuditEntry => ({
  at: at(5),
  actor: 'ana',
  action: 'approve',
  says: 'looks good',
  ...change,
});

const quarantined = (quarantineId: string, ms: number) => ({
  quarantineId,
  source: 'monteCarlo',
  why: 'unknown type',
  message: { raw: quarantineId },
  at: at(ms),
});

export function journalContract(ledger: () => Ledger): void {
  describe('deliveries', () => {
    it('commits a delivery before it says so, and shows it until it is published', async () => {
      expect(await ledger().acceptDelivery(delivery())).toBe('accepted');
      const { eventId, event, receivedAt } = delivery();
      expect(await ledger().unpublishedDeliveries()).toEqual([
        { eventId, event, receivedAt, published: false },
      ]);
      await ledger().markPublished('event-1');
      expect(await ledger().unpublishedDeliveries()).toEqual([]);
      await expectNoChange(ledger(), () => ledger().markPublished('event-1'));
      await expectNoChange(ledger(), () => ledger().markPublished('event-9'));
    });

    it.each([
      ['delivery id', delivery({ contentDigest: 'digest-2', eventId: 'event-2' })],
      ['content', delivery({ deliveryId: 'delivery-2', eventId: 'event-2' })],
      ['content, without a delivery id', withoutId({ eventId: 'event-2' })],
      ['event id', delivery({ deliveryId: 'delivery-2', contentDigest: 'digest-2', source: 'manual' })],
    ])('takes a known %s for a duplicate that leaves no trace, published or not', async (_, second) => {
      await ledger().acceptDelivery(delivery());
      const again = async () => expect(await ledger().acceptDelivery(second)).toBe('duplicate');
      await expectNoChange(ledger(), again);
      await ledger().markPublished('event-1');
      await expectNoChange(ledger(), again);
    });

    it('does not remember the ids of a duplicate', async () => {
      await ledger().acceptDelivery(delivery());
      await ledger().acceptDelivery(delivery({ deliveryId: 'delivery-2', eventId: 'event-2' }));
      const fresh = delivery({ deliveryId: 'delivery-2', contentDigest: 'digest-2', eventId: 'event-2' });
      expect(await ledger().acceptDelivery(fresh)).toBe('accepted');
    });

    it('tells sources apart, and deliveries without an id by their content', async () => {
      expect(await ledger().acceptDelivery(delivery())).toBe('accepted');
      expect(await ledger().acceptDelivery(delivery({ source: 'manual', eventId: 'event-2' }))).toBe(
        'accepted',
      );
      for (const index of [3, 4]) {
        const other = withoutId({ contentDigest: `digest-${index}`, eventId: `event-${index}` });
        expect(await ledger().acceptDelivery(other)).toBe('accepted');
      }
    });

    it('publishes oldest first', async () => {
      for (const [name, ms] of [
        ['b', 20],
        ['a', 10],
        ['c', 20],
      ] as const) {
        await ledger().acceptDelivery(
          delivery({ deliveryId: name, contentDigest: name, eventId: name, receivedAt: at(ms) }),
        );
      }
      expect((await ledger().unpublishedDeliveries()).map((row) => row.eventId)).toEqual(['a', 'b', 'c']);
    });

    it('keeps what it could not understand, once per id', async () => {
      const { message: _, ...shown } = quarantined('q-1', 10);
      await ledger().quarantine(quarantined('q-1', 10));
      await expectNoChange(ledger(), () => ledger().quarantine({ ...quarantined('q-1', 20), why: 'again' }));
      await ledger().quarantine({ ...quarantined('q-2', 5), why: 'cut \ud83d' });
      const rows = await ledger().quarantined();
      expect(rows).toHaveLength(2);
      expect(rows).toContainEqual(shown);
    });
  });

  describe('audit trail', () => {
    it('keeps every line as it was written, in order', async () => {
      const entries = [
        entry(),
        entry({ releaseId: 'rel-1', endpoint: 'fraud', evidence: file('certificate'), onceId: 'once-1' }),
        entry({ at: at(1), says: 'written later about earlier' }),
        entry(),
      ];
      for (const each of entries) await ledger().audit(each);
      const trail = await ledger().auditTrail();
      expect(
        trail.map(({ order: _order, previous: _previous, digest: _digest, ...rest }) => rest),
      ).toStrictEqual(entries);
      expect(trail.map(({ order }) => order)).toEqual([1, 2, 3, 4]);
    });

    it('links each line to the one before it, so that what was read can be checked', async () => {
      await ledger().audit(entry({ onceId: 'once-1' }));
      await ledger().audit(entry({ onceId: 'once-1', says: 'again' }));
      const odd = {
        says: 'cut \ud83d, \u0000 and \u2028',
        at: at(0.25),
        evidence: { ...file('certificate'), size: 3 },
      };
      await ledger().audit(entry({ ...odd, releaseId: 'rel-1', endpoint: 'fraud' }));
      await ledger().audit(entry());
      const trail = await ledger().auditTrail();
      expect(trail).toHaveLength(3);
      expect(trail[0]?.previous).toBe('0'.repeat(64));
      expect(trail.slice(1).map(({ previous }) => previous)).toEqual(
        trail.slice(0, -1).map(({ digest }) => digest),
      );
      expect(brokenAt(trail)).toBeUndefined();
      expect(await ledger().auditTrail({ releaseId: 'rel-1' })).toEqual(trail.slice(1, 2));
    });

    it('writes an entry with a onceId once', async () => {
      await ledger().audit(entry({ onceId: 'once-1' }));
      await expectNoChange(ledger(), () => ledger().audit(entry({ onceId: 'once-1', says: 'again' })));
    });

    it('answers the lines of one release, and those after an order', async () => {
      for (const releaseId of ['rel-1', 'rel-2', 'rel-1', 'rel-1'])
        await ledger().audit(entry({ releaseId }));
      await ledger().audit(entry());
      const mine = await ledger().auditTrail({ releaseId: 'rel-1' });
      expect(mine.map((row) => row.releaseId)).toEqual(['rel-1', 'rel-1', 'rel-1']);
      const afterOrder = mine[0]?.order ?? 0;
      expect(await ledger().auditTrail({ releaseId: 'rel-1', afterOrder })).toEqual(mine.slice(1));
      expect(await ledger().auditTrail({ afterOrder })).toHaveLength(4);
    });

    it('answers at most 1,000 lines at a time, and the next ones after the last of these', async () => {
      for (let index = 0; index < 1001; index += 1) await ledger().audit(entry({ says: `${index}` }));
      const first = await ledger().auditTrail();
      expect(first).toHaveLength(1000);
      const rest = await ledger().auditTrail({ afterOrder: first.at(-1)?.order ?? 0 });
      expect(rest.map((row) => row.says)).toEqual(['1000']);
    });
  });
}
