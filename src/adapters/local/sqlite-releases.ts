import * as z from 'zod';
import type { ReleaseLedger, ReleaseRecord } from '../../app/ports/ledger.ts';
import { knownRelease, startsRunning } from '../../app/ports/ledger-command-rules.ts';
import {
  evidenceRef,
  json,
  parseRow,
  parseRows,
  type Row,
  releaseRow,
  text,
} from '../../app/ports/ledger-rows.ts';
import { heldByOther } from '../../app/ports/ledger-rules.ts';
import type { Outcome } from '../../domain/release.ts';
import type { Instant } from '../../domain/units.ts';
import { rejectPending } from './sqlite-pending.ts';
import { where } from './sqlite-rows.ts';
import type { SqliteStore } from './sqlite-store.ts';

const fileRow = z.object({ file: json(evidenceRef) }).transform((row) => row.file);

export function releaseLedger(store: SqliteStore): ReleaseLedger {
  return {
    async addRelease(release) {
      return store.write(() => {
        const known = readRelease(store, release.releaseId);
        if (known) return { record: known, added: false };
        const row = store.row(
          `INSERT INTO releases (releaseId, endpoint, model, version, intent, generation, requestedBy, requestedAt, phase)
           VALUES (:releaseId, :endpoint, :model, :version, :intent, :generation, :requestedBy, :requestedAt, 'queued')
           RETURNING *`,
          {
            releaseId: release.releaseId,
            endpoint: release.endpoint,
            model: release.model,
            version: release.version,
            intent: release.intent,
            generation: release.generation,
            requestedBy: release.requestedBy,
            requestedAt: release.requestedAt,
          },
        );
        return { record: recordOf(store, row ?? {}), added: true };
      });
    },

    async release(releaseId) {
      return store.read(() => readRelease(store, releaseId));
    },

    async releases(filter = {}) {
      const { sql, values } = where({
        endpoint: filter.endpoint,
        version: filter.version,
        phase: filter.phase,
      });
      return store.read(() =>
        store
          .rows(`SELECT * FROM releases WHERE ${sql} ORDER BY requestedAt, seq`, values)
          .map((row) => recordOf(store, row)),
      );
    },

    async markRunning(releaseId, executionArn) {
      store.write(() => {
        const record = knownRelease(readRelease(store, releaseId), releaseId);
        if (!startsRunning(record, executionArn)) return;
        store.run(
          `UPDATE releases SET phase = 'running', executionArn = :executionArn
           WHERE releaseId = :releaseId`,
          { releaseId, executionArn },
        );
      });
    },

    async endRelease(releaseId, ending, at) {
      store.write(() => {
        const record = knownRelease(readRelease(store, releaseId), releaseId);
        if (record.phase === 'ended') return;
        requireNoEndpoint(store, releaseId);
        endRecord(store, releaseId, ending, at);
        rejectPending(store, releaseId, ending);
      });
    },

    async attachFile(releaseId, file) {
      store.write(() => {
        knownRelease(readRelease(store, releaseId), releaseId);
        store.run(
          `INSERT INTO releaseFiles (releaseId, ref, file) VALUES (:releaseId, :ref, :file)
           ON CONFLICT (releaseId, ref) DO NOTHING`,
          { releaseId, ref: file.ref, file: text(file) },
        );
      });
    },
  };
}

/** Undefined for a release that was never written. */
export function phaseOf(store: SqliteStore, releaseId: string): ReleaseRecord['phase'] | undefined {
  const row = store.row('SELECT phase FROM releases WHERE releaseId = :releaseId', { releaseId });
  return row && parseRow(releaseRow.pick({ phase: true }), 'releases', row).phase;
}

/** A record that ended keeps its first outcome; an endpoint without a record of its release can still be closed. */
export function endRecord(store: SqliteStore, releaseId: string, ending: Outcome, at: Instant): void {
  store.run(
    `UPDATE releases SET phase = 'ended', outcome = :outcome, endedAt = :at
     WHERE releaseId = :releaseId AND phase <> 'ended'`,
    { releaseId, outcome: text(ending), at },
  );
}

/** Ending the record of an owner would leave its endpoint owned by nobody who is alive. */
function requireNoEndpoint(store: SqliteStore, releaseId: string): void {
  const row = store.row(
    'SELECT endpoint, releaseId, executionArn FROM endpoints WHERE releaseId = :releaseId',
    {
      releaseId,
    },
  );
  if (!row) return;
  const owned = z.object({ endpoint: z.string(), releaseId: z.string(), executionArn: z.string() });
  const owner = parseRow(owned, 'endpoints', row);
  throw heldByOther(owner.endpoint, owner);
}

function readRelease(store: SqliteStore, releaseId: string): ReleaseRecord | undefined {
  const row = store.row('SELECT * FROM releases WHERE releaseId = :releaseId', { releaseId });
  return row && recordOf(store, row);
}

function recordOf(store: SqliteStore, row: Row): ReleaseRecord {
  const record = parseRow(releaseRow, 'releases', row);
  const files = store.rows('SELECT file FROM releaseFiles WHERE releaseId = :releaseId ORDER BY seq', {
    releaseId: record.releaseId,
  });
  return { ...record, files: parseRows(fileRow, 'releaseFiles', files) };
}
