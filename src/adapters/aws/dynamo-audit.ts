import * as z from 'zod';
import { type ChainEnd, chainStart, linked } from '../../app/ports/audit-chain.ts';
import { auditColumns, auditEnd, auditRow, mostLines } from '../../app/ports/journal-rows.ts';
import type { AuditEntry, AuditLedger, AuditRow } from '../../app/ports/ledger.ts';
import { parseRow, parseRows } from '../../app/ports/ledger-rows.ts';
import { auditsBegin, keyOf, listOf } from './dynamo-keys.ts';
import type { DynamoStore } from './dynamo-store.ts';
import { put } from './dynamo-writes.ts';

/**
 * The trail is a chain: line n + 1 is written by whoever has seen line n, if there is no n + 1 yet. So orders have no
 * holes, and a reader who meets one knows that a line is not seen yet, or was removed.
 */
export function auditLedger(store: DynamoStore): AuditLedger {
  /** The newest line that this process knows to be written in full; others may have gone on from there. */
  let newest = chainStart;
  let turn: Promise<unknown> = Promise.resolve();

  async function write(entry: AuditEntry): Promise<void> {
    const once = entry.onceId === undefined ? undefined : keyOf.once(entry.onceId);
    newest = await store.write(async (round) => {
      if (once && (await store.get(once))) return { answer: newest, writes: [] };
      const last = round === 0 && newest.order > 0 ? newest : await newestLine(store);
      if (last === 'underWay') return 'again';
      const row = linked(last, entry);
      const { order, releaseId } = row;
      const line = auditColumns(row);
      const copies =
        releaseId === undefined ? [] : [put(keyOf.auditOfRelease(releaseId, order), line, 'absent')];
      const marks = once ? [put(once, { order }, 'absent')] : [];
      return { answer: row, writes: [put(keyOf.audit(order), line, 'absent'), ...copies, ...marks] };
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

/**
 * Lines after `after` as far as nothing is missing that may only not be seen yet. Every line was written before those
 * behind it were begun: what a second look lacks before `seen`, of the first, was removed.
 */
async function wholeTrail(store: DynamoStore, after: number, seen = after): Promise<AuditRow[]> {
  const rows = await store.query(listOf.audit, { after: keyOf.audit(after).sk, most: mostLines });
  const lines = parseRows(auditRow, 'audit', rows);
  const gap = lines.findIndex(
    ({ order }, index) => order > seen && order !== (lines[index - 1]?.order ?? after) + 1,
  );
  if (gap === 0) return wholeTrail(store, after, lines.at(-1)?.order);
  return gap === -1 ? lines : lines.slice(0, gap);
}

const ofRelease = z.object({ releaseId: z.string().nullable() });

/**
 * The newest line, or the start of the chain. `underWay` while its copy in its release's trail is not seen
 * yet: to go on from there might show that release's readers the next line before this one.
 */
async function newestLine(store: DynamoStore): Promise<ChainEnd | 'underWay'> {
  const [found] = await store.query(listOf.audit, { most: 1, newestFirst: true });
  if (!found) return chainStart;
  const end = parseRow(auditEnd, 'audit', found);
  const { releaseId } = parseRow(ofRelease, 'audit', found);
  const copied = releaseId === null || (await store.get(keyOf.auditOfRelease(releaseId, end.order)));
  return copied ? end : 'underWay';
}
