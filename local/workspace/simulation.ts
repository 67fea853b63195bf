import type { DrivenClock } from '../clock.ts';
import { Access } from './access.ts';
import { Deployments } from './deployments.ts';
import { Endpoints } from './endpoints.ts';
import { Faults } from './faults.ts';
import { Jobs } from './jobs.ts';
import { payloadTableOf } from './payload-table.ts';
import { type Profile, profileSchema, type WorkspaceProfile } from './profile.ts';
import { type Chance, chance } from './random.ts';
import { Registry } from './registry.ts';
import { RequestChance } from './request-chance.ts';
import { Statements } from './statements.ts';
import { Warehouse } from './warehouse.ts';

/** The whole workspace without its HTTP server. */
export interface Simulation {
  readonly clock: DrivenClock;
  readonly profile: Profile;
  readonly access: Access;
  readonly registry: Registry;
  readonly endpoints: Endpoints;
  readonly jobs: Jobs;
  readonly statements: Statements;
  readonly warehouse: Warehouse;
  readonly faults: Faults;
  /** Request ids and delivery ids. */
  readonly ids: Chance;
  /** Requests that come in over HTTP: which arm each meets, and what becomes of it. */
  readonly requests: RequestChance;
}

/** @throws ZodError for a profile that is not one, Refusal for one whose parts do not fit together. */
export async function simulate(
  clock: DrivenClock,
  seed: number,
  given: WorkspaceProfile,
): Promise<Simulation> {
  const profile = profileSchema.parse(given);
  const warehouse = await Warehouse.open();
  const faults = new Faults(seed);
  const registry = new Registry(profile, clock, chance(seed, 'registry'));
  const endpoints = new Endpoints({
    clock,
    seed,
    profile,
    registry,
    deployments: new Deployments(chance(seed, 'served-entities'), warehouse),
    log: warehouse.requests,
    distort: (endpoint, plan) => faults.distort(endpoint, plan),
  });
  await warehouse.createCallerLog(profile.catalog, profile.schema);
  for (const record of endpoints.list()) {
    const place = payloadTableOf(record);
    if (place) await warehouse.createPayloadTable(place.catalog, place.schema, place.table, record.name);
  }
  return {
    clock,
    profile,
    warehouse,
    faults,
    registry,
    endpoints,
    access: new Access(clock, chance(seed, 'access')),
    jobs: new Jobs(profile, clock, registry, seed),
    statements: new Statements(warehouse, profile, clock, seed),
    ids: chance(seed, 'ids'),
    requests: new RequestChance(seed),
  };
}
