import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { EndpointTruth, Simulator } from './controller.ts';
import type { Promises } from './promises.ts';
import { query } from './standing.ts';
import type { Subject } from './world.ts';

/** What is left at the end: the ledger's rows, the machine's executions, and what the simulator really served. */

const json = z.string().transform((text): unknown => JSON.parse(text));
const outcome = z.object({ kind: z.string(), says: z.string() });
const good = z.object({
  entity: z.string(),
  version: z.string(),
  configuration: z.object({ ref: z.string(), digest: z.string() }),
});

const endpointRow = z.object({
  endpoint: z.string(),
  phase: z.string(),
  lastGood: json.pipe(good),
});
const releaseRow = z.object({
  releaseId: z.string(),
  endpoint: z.string(),
  version: z.string(),
  intent: z.string(),
  phase: z.string(),
  endedAt: z.number().nullable(),
  outcome: z.union([z.null(), json.pipe(outcome)]),
});
const waitRow = z.object({ releaseId: z.string(), state: z.string(), phase: z.string() });
const commandRow = z.object({
  commandId: z.string(),
  releaseId: z.string(),
  kind: z.string(),
  at: z.number(),
  phase: z.string(),
  says: z.string(),
});
const deliveryRow = z.object({
  source: z.string(),
  deliveryId: z.string().nullable(),
  event: json.pipe(z.object({ type: z.string(), data: z.record(z.string(), z.unknown()) })),
  published: z.number(),
});
const quarantineRow = z.object({ quarantineId: z.string() });
const auditRow = z.object({
  seq: z.number(),
  onceId: z.string().nullable(),
  entry: json.pipe(z.object({ action: z.string(), says: z.string(), releaseId: z.string().optional() })),
});
const executionRow = z.object({ name: z.string(), status: z.string() });

export interface Ledger {
  readonly endpoints: z.output<typeof endpointRow>[];
  readonly releases: z.output<typeof releaseRow>[];
  readonly waits: z.output<typeof waitRow>[];
  readonly commands: z.output<typeof commandRow>[];
  readonly deliveries: z.output<typeof deliveryRow>[];
  readonly quarantine: z.output<typeof quarantineRow>[];
  readonly audit: z.output<typeof auditRow>[];
}

export interface Served extends EndpointTruth {
  /** As a GET of the endpoint shows it. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** The configuration that the ledger calls the last good one, from the evidence store. */
  readonly good: unknown;
  /** The version that the alias `champion` names. */
  readonly champion: string;
}

export interface Seen {
  readonly promises: Pick<Promises, 'deliveries' | 'commands' | 'starts' | 'versions'>;
  readonly ledger: Ledger;
  readonly executions: readonly z.output<typeof executionRow>[];
  readonly served: readonly Served[];
  /** What SQLite says of the integrity of its two files: `ok`, or what is wrong. */
  readonly integrity: readonly string[];
}

/** Everything is asked after the last process has ended. */
export async function see(
  folder: string,
  simulator: Simulator,
  all: readonly Subject[],
  promises: Promises,
): Promise<Seen> {
  const file = join(folder, 'ledger.sqlite');
  const machine = join(folder, 'machine.sqlite');
  const ledger: Ledger = {
    endpoints: query(file, endpointRow, 'SELECT endpoint, phase, lastGood FROM endpoints'),
    releases: query(file, releaseRow, 'SELECT * FROM releases ORDER BY seq'),
    waits: query(file, waitRow, 'SELECT releaseId, state, phase FROM waits'),
    commands: query(file, commandRow, 'SELECT * FROM commands ORDER BY seq'),
    deliveries: query(file, deliveryRow, 'SELECT * FROM deliveries ORDER BY seq'),
    quarantine: query(file, quarantineRow, 'SELECT quarantineId FROM quarantine'),
    audit: query(file, auditRow, 'SELECT seq, onceId, entry FROM audit ORDER BY seq'),
  };
  const served: Served[] = [];
  // One after the other: the simulator computes each answer from all requests that ever were.
  for (const { endpoint, model } of all) {
    const row = ledger.endpoints.find((one) => one.endpoint === endpoint);
    const text = row && readFileSync(join(folder, 'evidence', row.lastGood.configuration.ref), 'utf8');
    served.push({
      ...(await simulator.truth(endpoint)),
      configuration: await simulator.configuration(endpoint),
      good: text === undefined ? undefined : (JSON.parse(text) as unknown),
      champion: await simulator.alias(model, 'champion'),
    });
  }
  const integrity = [file, machine].map(
    (path) => query(path, z.object({ integrity_check: z.string() }), 'PRAGMA integrity_check')[0],
  );
  return {
    promises,
    ledger,
    executions: query(
      machine,
      executionRow,
      `SELECT fixed ->> '$.name' AS name, status FROM execution ORDER BY name`,
    ),
    served,
    integrity: integrity.map((row) => row?.integrity_check ?? 'not answered'),
  };
}
