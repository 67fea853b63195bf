import { deliveryRow, quarantineRow } from '../../app/ports/journal-rows.ts';
import type { DeliveryLedger } from '../../app/ports/ledger.ts';
import { parseRows } from '../../app/ports/ledger-rows.ts';
import type { SqliteStore } from './sqlite-store.ts';

export function deliveryLedger(store: SqliteStore): DeliveryLedger {
  return {
    async acceptDelivery(delivery) {
      const event = JSON.stringify(delivery.event ?? null);
      // The three unique keys decide: event id, (source, delivery id), (source, content). SQL's null equals nothing,
      // so deliveries without an id are told apart by their content alone.
      const inserted = store.write(() =>
        store.run(
          `INSERT INTO deliveries (eventId, source, deliveryId, contentDigest, event, receivedAt, published)
           VALUES (:eventId, :source, :deliveryId, :contentDigest, :event, :receivedAt, 0)
           ON CONFLICT DO NOTHING`,
          {
            eventId: delivery.eventId,
            source: delivery.source,
            deliveryId: delivery.deliveryId ?? null,
            contentDigest: delivery.contentDigest,
            event,
            receivedAt: delivery.receivedAt,
          },
        ),
      );
      return inserted === 1 ? 'accepted' : 'duplicate';
    },

    async unpublishedDeliveries() {
      return store.read(() =>
        parseRows(
          deliveryRow,
          'deliveries',
          store.rows(
            'SELECT eventId, event, receivedAt, published FROM deliveries WHERE published = 0 ORDER BY receivedAt, seq',
          ),
        ),
      );
    },

    async markPublished(eventId) {
      store.write(() =>
        store.run('UPDATE deliveries SET published = 1 WHERE eventId = :eventId', { eventId }),
      );
    },

    async quarantine(entry) {
      const message = JSON.stringify(entry.message ?? null);
      store.write(() =>
        store.run(
          `INSERT INTO quarantine (quarantineId, source, why, message, at)
           VALUES (:quarantineId, :source, :why, :message, :at) ON CONFLICT DO NOTHING`,
          { quarantineId: entry.quarantineId, source: entry.source, why: entry.why, message, at: entry.at },
        ),
      );
    },

    async quarantined() {
      return store.read(() =>
        parseRows(
          quarantineRow,
          'quarantine',
          store.rows('SELECT quarantineId, source, why, at FROM quarantine ORDER BY at, seq'),
        ),
      );
    },
  };
}
