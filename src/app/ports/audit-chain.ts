import { instant } from '../../domain/units.ts';
import { canonicalJson, sha256 } from '../digest.ts';
import type { AuditEntry, AuditRow } from './journal.ts';

/**
 * The audit trail as a hash chain: each row carries the digest of the row before, and its own digest over that and all
 * that it says. Who changes, drops or slips in a row must write every later one anew; so whoever has kept the digest
 * of a later row elsewhere finds it. It does not show that rows were cut off at the end: that shows the kept digest too.
 */

/** A row that is followed by the next one: the newest, or the last one that was looked at. */
export type ChainEnd = Pick<AuditRow, 'order' | 'digest'>;

/** What the first row follows. */
export const chainStart: ChainEnd = { order: 0, digest: '0'.repeat(64) };

/**
 * The row of `entry` behind `end`, with the fields of an entry and no others: a store keeps no others. Its time in whole
 * milliseconds, as a text shows it: what is told of a row is what its digest was made of.
 */
export function linked(end: ChainEnd, entry: AuditEntry): AuditRow {
  const row = {
    ...said({ ...entry, at: instant(Math.floor(entry.at)) }),
    order: end.order + 1,
    previous: end.digest,
  };
  return { ...row, digest: digestOf(row) };
}

export interface ChainBreak {
  /** Of the first row that does not fit. */
  readonly order: number;
  /** `gap`: rows before it are missing, or it is out of order. `link`: it follows another row than the one before it. */
  readonly why: 'gap' | 'link' | 'changed';
  readonly says: string;
}

/**
 * The first of `rows` that does not fit; undefined when all do.
 * @param rows Of the whole trail, in order; a trail of one release has gaps.
 * @param from What the first of them follows: the last row of the page before.
 */
export function brokenAt(rows: readonly AuditRow[], from: ChainEnd = chainStart): ChainBreak | undefined {
  let end = from;
  for (const row of rows) {
    const broken = misfit(end, row);
    if (broken) return { order: row.order, ...broken };
    end = row;
  }
  return undefined;
}

function misfit(end: ChainEnd, row: AuditRow): Omit<ChainBreak, 'order'> | undefined {
  const { order } = row;
  if (order !== end.order + 1)
    return { why: 'gap', says: `after line ${end.order} comes line ${order}: what was between is missing` };
  if (row.previous !== end.digest)
    return {
      why: 'link',
      says: `line ${order} was written behind another line ${end.order} than there is now`,
    };
  if (row.digest !== digestOf(row))
    return { why: 'changed', says: `line ${order} does not say what it said when it was written` };
  return undefined;
}

/** SHA-256 of the canonical JSON of a row without its digest; fields that are absent are absent there. */
function digestOf(row: Omit<AuditRow, 'digest'>): string {
  return sha256(canonicalJson({ ...said(row), order: row.order, previous: row.previous }));
}

function said(entry: AuditEntry): AuditEntry {
  const { at, actor, action, says, endpoint, releaseId, evidence, onceId } = entry;
  return {
    at,
    actor,
    action,
    says,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(releaseId === undefined ? {} : { releaseId }),
    ...(evidence === undefined ? {} : { evidence: file(evidence) }),
    ...(onceId === undefined ? {} : { onceId }),
  };
}

const file = ({ ref, digest, summary }: NonNullable<AuditEntry['evidence']>) => ({ ref, digest, summary });
