import * as z from 'zod';
import { deliveryRow, quarantineRow } from '../../app/ports/journal-rows.ts';
import type { DeliveryLedger } from '../../app/ports/ledger.ts';
import { parseRow, parseRows, type Row } from '../../app/ports/ledger-rows.ts';
import { keyOf, listOf } from './dynamo-keys.ts';
import type { DynamoStore } from './dynamo-store.ts';
import { guardOf, point, pointedTo, put, remove } from './dynamo-writes.ts';

export function deliveryLedger(store: DynamoStore): DeliveryLedger {
  return {
    acceptDelivery: (delivery) =>
      store.write(async () => {
        const { source, deliveryId, contentDigest, eventId, receivedAt } = delivery;
        const row = keyOf.delivery(eventId);
        // Three keys tell a delivery: event id, (source, delivery id) where it has one, (source, content).
        const seen = [
          keyOf.content(source, contentDigest),
          ...(deliveryId === undefined ? [] : [keyOf.deliveryId(source, deliveryId)]),
        ];
        if ((await store.getAll([row, ...seen])).length > 0) return { answer: 'duplicate', writes: [] };
        const columns = {
          eventId,
          source,
          // For people only: its key keeps apart what has half of a character, which no column takes.
          deliveryId: deliveryId?.toWellFormed() ?? null,
          contentDigest,
          event: JSON.stringify(delivery.event ?? null),
          receivedAt,
          published: 0,
          seq: await store.next(keyOf.arrivals),
        };
        return {
          answer: 'accepted',
          writes: [
            put(row, columns, 'absent'),
            ...seen.map((key) => put(key, { eventId }, 'absent')),
            point(keyOf.unpublished(eventId), row),
          ],
        };
      }),

    async unpublishedDeliveries() {
      const listed = await store.query(listOf.unpublished);
      const rows = inOrderOf('receivedAt', 'deliveries', await store.getAll(listed.map(pointedTo)));
      return parseRows(deliveryRow, 'deliveries', rows).filter(({ published }) => !published);
    },

    markPublished: (eventId) =>
      store.write(async () => {
        const row = await store.get(keyOf.delivery(eventId));
        if (!row || row['published'] === 1) return { answer: undefined, writes: [] };
        const columns = { ...parseRow(wholeDelivery, 'deliveries', row), published: 1 };
        return {
          answer: undefined,
          writes: [
            put(keyOf.delivery(eventId), columns, guardOf('deliveries', row)),
            remove(keyOf.unpublished(eventId)),
          ],
        };
      }),

    quarantine: (entry) =>
      store.write(async () => {
        const key = keyOf.quarantined(entry.quarantineId);
        if (await store.get(key)) return { answer: undefined, writes: [] };
        const { quarantineId, source, why, at } = entry;
        const message = JSON.stringify(entry.message ?? null);
        const seq = await store.next(keyOf.arrivals);
        return {
          answer: undefined,
          writes: [put(key, { quarantineId, source, why: why.toWellFormed(), message, at, seq }, 'absent')],
        };
      }),

    async quarantined() {
      const rows = await store.query(listOf.quarantined);
      return parseRows(quarantineRow, 'quarantine', inOrderOf('at', 'quarantine', rows));
    },
  };
}

/** The columns of a delivery as they are stored, to be written again. */
const wholeDelivery = z.object({
  eventId: z.string(),
  source: z.string(),
  deliveryId: z.string().nullable(),
  contentDigest: z.string(),
  event: z.string(),
  receivedAt: z.number(),
  seq: z.int(),
});

/** By a moment, and within that in order of arrival. */
function inOrderOf(moment: 'receivedAt' | 'at', table: string, rows: readonly Row[]): Row[] {
  const sortable = z.looseObject({ [moment]: z.number(), seq: z.number() });
  const order = (row: Row) => parseRow(sortable, table, row);
  return rows
    .map((row) => ({ row, ...{ at: Number(order(row)[moment]), seq: Number(row['seq']) } }))
    .sort((a, b) => a.at - b.at || a.seq - b.seq)
    .map(({ row }) => row);
}
