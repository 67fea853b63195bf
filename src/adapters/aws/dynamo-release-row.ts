import * as z from 'zod';
import type { CommandRow, ReleaseRecord } from '../../app/ports/ledger.ts';
import {
  commandRow,
  evidenceRef,
  json,
  parseRow,
  type Row,
  releaseRow,
  text,
} from '../../app/ports/ledger-rows.ts';
import type { Outcome } from '../../domain/release.ts';
import type { Instant } from '../../domain/units.ts';
import { keyOf, listOf } from './dynamo-keys.ts';
import type { DynamoStore } from './dynamo-store.ts';
import { check, type Guard, guardOf, put, remove, type Write } from './dynamo-writes.ts';

/**
 * A release as one item, read in one moment: its record, and with it the commands that nobody obeyed yet, because
 * every forward step is decided by these.
 */
export interface StoredRelease {
  readonly record: ReleaseRecord;
  /** In order of arrival. None when the record ended: whatever was left then was rejected by that. */
  readonly pending: readonly CommandRow[];
  /** Order of arrival among all releases. */
  readonly seq: number;
}

/** What was read of a release: `stored` is undefined where it has no record. */
export interface FoundRelease {
  readonly releaseId: string;
  readonly stored: StoredRelease | undefined;
  readonly guard: Guard;
}

export const storedRelease = releaseRow
  .extend({ files: json(z.array(evidenceRef)), pending: json(z.array(commandRow)), seq: z.int() })
  .transform(({ pending, seq, ...record }): StoredRelease => ({ record, pending, seq }));

export async function readRelease(store: DynamoStore, releaseId: string): Promise<FoundRelease> {
  const row: Row | undefined = await store.get(keyOf.release(releaseId));
  const stored = row && parseRow(storedRelease, 'releases', row);
  return { releaseId, stored, guard: guardOf('releases', row) };
}

/** The commands that somebody has yet to obey, in order of arrival. */
export const pendingOf = ({ stored }: FoundRelease): readonly CommandRow[] =>
  stored && stored.record.phase !== 'ended' ? stored.pending : [];

/** That the release is still as it was found: no command was added or settled, and it did not end. */
export const unchanged = ({ releaseId, guard }: FoundRelease): Write =>
  check(keyOf.release(releaseId), guard);

/**
 * Without the commands that were pending, so that no number of them leaves too little room for the end.
 * A record that ended keeps its first outcome; an endpoint without a record of its release can still be closed.
 */
export function endRecord(found: FoundRelease, outcome: Outcome, endedAt: Instant): Write[] {
  const { stored, guard } = found;
  if (!stored || stored.record.phase === 'ended') return [unchanged(found)];
  const record: ReleaseRecord = { ...stored.record, phase: 'ended', outcome, endedAt };
  return [
    putRelease({ ...stored, pending: [], record }, guard),
    remove(keyOf.listedRelease(listOf.liveReleases, record)),
  ];
}

export function putRelease({ record, pending, seq }: StoredRelease, guard: Guard): Write {
  const columns = {
    releaseId: record.releaseId,
    endpoint: record.endpoint,
    model: record.model,
    version: record.version,
    intent: record.intent,
    generation: record.generation,
    requestedBy: record.requestedBy,
    requestedAt: record.requestedAt,
    phase: record.phase,
    executionArn: record.executionArn,
    outcome: text(record.outcome),
    endedAt: record.endedAt,
    files: text(record.files),
    pending: text(pending.map(({ order, ...command }) => ({ ...command, seq: order }))),
    seq,
  };
  return put(keyOf.release(record.releaseId), columns, guard);
}
