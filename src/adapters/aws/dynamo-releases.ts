import type { ReleaseLedger, ReleaseRecord } from '../../app/ports/ledger.ts';
import { knownRelease, startsRunning } from '../../app/ports/ledger-command-rules.ts';
import { parseRow } from '../../app/ports/ledger-rows.ts';
import { heldByOther } from '../../app/ports/ledger-rules.ts';
import { readEndpoint } from './dynamo-endpoints.ts';
import { beginningWith, keyOf, listOf } from './dynamo-keys.ts';
import { endRecord, putRelease, readRelease, storedRelease } from './dynamo-release-row.ts';
import type { DynamoStore } from './dynamo-store.ts';
import { check, point, pointedTo } from './dynamo-writes.ts';

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
