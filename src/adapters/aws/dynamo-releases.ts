import * as z from 'zod';
import type { CommandRow, ReleaseLedger, ReleaseRecord } from '../../app/ports/ledger.ts';
import { knownRelease, startsRunning } from '../../app/ports/ledger-command-rules.ts';
import {
  commandRow,
  evidenceRef,
  json,
  parseRow,
  type Row,
  releaseRow,
  text,
} from '../../app/ports/ledger-rows.ts';
import { heldByOther } from '../../app/ports/ledger-rules.ts';
import type { Outcome } from '../../domain/release.ts';
import type { Instant } from '../../domain/units.ts';
import { readEndpoint } from './dynamo-endpoints.ts';
import { beginningWith, keyOf, listOf } from './dynamo-keys.ts';
import type { DynamoStore } from './dynamo-store.ts';
import { check, type Guard, guardOf, point, pointedTo, put, remove, type Write } from './dynamo-writes.ts';

/**
 * A release as one item, read in one moment: its record, and with it the commands that nobody obeyed yet, because
 * every forward step is decided by these.
 */
export interface StoredRelease {
  readonly record: ReleaseRecord;
  /** In order of arrival. Whatever is left here when the record ends was rejected by that. */
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

const storedRelease = releaseRow
  .extend({ files: json(z.array(evidenceRef)), pending: json(z.array(commandRow)), seq: z.int() })
  .transform(({ pending, seq, ...record }): StoredRelease => ({ record, pending, seq }));

export function releaseLedger(store: DynamoStore): ReleaseLedger {
  return {
    addRelease: (release) =>
      store.write<Awaited<ReturnType<ReleaseLedger['addRelease']>>>(async () => {
        const { stored } = await readRelease(store, release.releaseId);
        if (stored) return { answer: { record: stored.record, added: false }, writes: [] };
        const record: ReleaseRecord = {
          ...release,
          phase: 'queued',
          executionArn: null,
          outcome: null,
          endedAt: null,
          files: [],
        };
        const row = keyOf.release(release.releaseId);
        const added = { record, pending: [], seq: await store.next(keyOf.arrivals) };
        const lists = [listOf.releases, listOf.liveReleases];
        const pointers = lists.map((list) => point(keyOf.listedRelease(list, release), row));
        return { answer: { record, added: true }, writes: [putRelease(added, 'absent'), ...pointers] };
      }),

    release: async (releaseId) => (await readRelease(store, releaseId)).stored?.record,

    async releases(filter = {}) {
      const { endpoint, version, phase } = filter;
      const live = phase !== undefined && phase !== 'ended';
      const prefix = beginningWith(
        ...(endpoint === undefined ? [] : [endpoint, ...(version === undefined ? [] : [version])]),
      );
      const listed = await store.query(live ? listOf.liveReleases : listOf.releases, { prefix });
      return (await store.getAll(listed.map(pointedTo)))
        .map((row) => parseRow(storedRelease, 'releases', row))
        .sort((a, b) => a.record.requestedAt - b.record.requestedAt || a.seq - b.seq)
        .map(({ record }) => record)
        .filter(
          (record) =>
            (endpoint === undefined || record.endpoint === endpoint) &&
            (version === undefined || record.version === version) &&
            (phase === undefined || record.phase === phase),
        );
    },

    markRunning: (releaseId, executionArn) =>
      store.write(async () => {
        const found = await readRelease(store, releaseId);
        const stored = knownRelease(found.stored, releaseId);
        if (!startsRunning(stored.record, executionArn)) return { answer: undefined, writes: [] };
        const record: ReleaseRecord = { ...stored.record, phase: 'running', executionArn };
        return { answer: undefined, writes: [putRelease({ ...stored, record }, found.guard)] };
      }),

    endRelease: (releaseId, ending, at) =>
      store.write(async () => {
        const found = await readRelease(store, releaseId);
        const { record } = knownRelease(found.stored, releaseId);
        if (record.phase === 'ended') return { answer: undefined, writes: [] };
        const { row, guard } = await readEndpoint(store, record.endpoint);
        // Ending the record of an owner would leave its endpoint owned by nobody who is alive.
        if (row?.owner?.releaseId === releaseId) throw heldByOther(record.endpoint, row.owner);
        const unclaimed = check(keyOf.endpoint(record.endpoint), guard);
        return { answer: undefined, writes: [...endRecord(found, ending, at), unclaimed] };
      }),

    attachFile: (releaseId, file) =>
      store.write(async () => {
        const found = await readRelease(store, releaseId);
        const stored = knownRelease(found.stored, releaseId);
        const { files } = stored.record;
        if (files.some(({ ref }) => ref === file.ref)) return { answer: undefined, writes: [] };
        const record = { ...stored.record, files: [...files, file] };
        return { answer: undefined, writes: [putRelease({ ...stored, record }, found.guard)] };
      }),
  };
}

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

/** A record that ended keeps its first outcome; an endpoint without a record of its release can still be closed. */
export function endRecord(found: FoundRelease, outcome: Outcome, endedAt: Instant): Write[] {
  const { stored, guard } = found;
  if (!stored || stored.record.phase === 'ended') return [unchanged(found)];
  const record: ReleaseRecord = { ...stored.record, phase: 'ended', outcome, endedAt };
  return [putRelease({ ...stored, record }, guard), remove(keyOf.listedRelease(listOf.liveReleases, record))];
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
