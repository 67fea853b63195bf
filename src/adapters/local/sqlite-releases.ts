import * as z from 'zod';
import type { ReleaseLedger, ReleaseRecord } from '../../app/ports/ledger.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import type { Outcome } from '../../domain/release.ts';
import type { Instant } from '../../domain/units.ts';
import { heldByOther } from './sqlite-ownership.ts';
import { rejectPending } from './sqlite-pending.ts';
import { evidenceRef, json, moment, outcome, parseRow, parseRows, text, where } from './sqlite-rows.ts';
import type { Row, SqliteStore } from './sqlite-store.ts';

const phases = z.enum(['queued', 'running', 'ended']);
const releaseRow = z.object({
  releaseId: z.string(),
  endpoint: z.string(),
  model: z.string(),
  version: z.string(),
  intent: z.enum(['release', 'rollback']),
  generation: z.int(),
  requestedBy: z.string(),
  requestedAt: moment,
  phase: phases,
  executionArn: z.string().nullable(),
  outcome: json(outcome).nullable(),
  endedAt: moment.nullable(),
});
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
        const record = knownRelease(store, releaseId);
        if (record.phase === 'running' && record.executionArn !== executionArn) {
          throw new ReleaseError(
            'LeaseHeldByOther',
            `release ${releaseId} already runs as execution ${record.executionArn}`,
            { facts: { releaseId, executionArn: record.executionArn } },
          );
        }
        store.run(
          `UPDATE releases SET phase = 'running', executionArn = :executionArn
           WHERE releaseId = :releaseId AND phase = 'queued'`,
          { releaseId, executionArn },
        );
      });
    },

    async endRelease(releaseId, ending, at) {
      store.write(() => {
        const record = knownRelease(store, releaseId);
        if (record.phase === 'ended') return;
        requireNoEndpoint(store, releaseId);
        endRecord(store, releaseId, ending, at);
        rejectPending(store, releaseId, ending);
      });
    },

    async attachFile(releaseId, file) {
      store.write(() => {
        knownRelease(store, releaseId);
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
  return row && parseRow(z.object({ phase: phases }), 'releases', row).phase;
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

function knownRelease(store: SqliteStore, releaseId: string): ReleaseRecord {
  const record = readRelease(store, releaseId);
  if (record) return record;
  throw new ReleaseError('CommandRejected', `the ledger has no release ${releaseId}`, {
    facts: { releaseId, phase: 'unknown' },
  });
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
