import * as z from 'zod';
import type { AuditEntry, AuditLedger, AuditRow } from '../../app/ports/ledger.ts';
import { auditRow, mostLines, parseRow, parseRows, text } from '../../app/ports/ledger-rows.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import { auditsBegin, keyOf, listOf } from './dynamo-keys.ts';
import type { DynamoStore } from './dynamo-store.ts';
import { put } from './dynamo-writes.ts';

/**
 * The trail is a chain: line n + 1 is written by whoever has seen line n, if there is no n + 1 yet. So orders have no
 * holes, and a reader who meets one knows that a line is still on its way.
 */
export function auditLedger(store: DynamoStore): AuditLedger {
  /** The newest line that this process knows to be written in full; others may have gone on from there. */
  let newest = 0;
  let turn: Promise<unknown> = Promise.resolve();

  async function write(entry: AuditEntry): Promise<void> {
    const written = text(entry);
    const once = entry.onceId === undefined ? undefined : keyOf.once(entry.onceId);
    newest = await store.write(async (round) => {
      if (once && (await store.get(once))) return { answer: newest, writes: [] };
      const last = round === 0 && newest > 0 ? newest : await newestLine(store);
      if (last === 'underWay') return 'again';
      const order = last + 1;
      const { releaseId = null } = entry;
      const line = { seq: order, releaseId, entry: written };
      const copies = releaseId === null ? [] : [put(keyOf.auditOfRelease(releaseId, order), line, 'absent')];
      const marks = once ? [put(once, { order }, 'absent')] : [];
      return { answer: order, writes: [put(keyOf.audit(order), line, 'absent'), ...copies, ...marks] };
    });
  }

  return {
    audit(entry) {
      // One after the other: lines of one process do not race each other for the end of the chain.
      const mine = turn.then(() => write(entry));
      turn = mine.catch(() => undefined);
      return mine;
    },

    async auditTrail(filter = {}) {
      const after = Math.max(0, Math.floor(filter.afterOrder ?? 0));
      if (filter.releaseId !== undefined) {
        const rows = await store.query(listOf.release(filter.releaseId), {
          prefix: auditsBegin,
          after: keyOf.auditOfRelease(filter.releaseId, after).sk,
          most: mostLines,
        });
        return parseRows(auditRow, 'audit', rows);
      }
      return wholeTrail(store, after);
    },
  };
}

/** Lines after `after` as far as the chain has no gap. A gap that stays is a line that somebody removed. */
async function wholeTrail(store: DynamoStore, after: number): Promise<AuditRow[]> {
  const rows = await store.query(listOf.audit, { after: keyOf.audit(after).sk, most: mostLines });
  const lines = parseRows(auditRow, 'audit', rows);
  const gap = lines.findIndex((line, index) => line.order !== after + 1 + index);
  if (gap === -1) return lines;
  if (gap > 0) return lines.slice(0, gap);
  if (await store.get(keyOf.audit(after + 1))) return wholeTrail(store, after);
  throw new ReleaseError('LedgerUnavailable', `the ledger's table audit lacks line ${after + 1}`, {
    facts: { table: 'audit', order: after + 1 },
  });
}

const head = z.object({ seq: z.int(), releaseId: z.string().nullable() });

/**
 * The order of the newest line; 0 when there is none. `underWay` while its copy in its release's trail is not seen
 * yet: to go on from there might show that release's readers the next line before this one.
 */
async function newestLine(store: DynamoStore): Promise<number | 'underWay'> {
  const [found] = await store.query(listOf.audit, { most: 1, newestFirst: true });
  if (!found) return 0;
  const { seq, releaseId } = parseRow(head, 'audit', found);
  const copied = releaseId === null || (await store.get(keyOf.auditOfRelease(releaseId, seq)));
  return copied ? seq : 'underWay';
}
