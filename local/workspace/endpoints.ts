import type { Clock } from '../../src/app/ports/clock.ts';
import { checkEndpointName, type EndpointConfig, readConfig } from './endpoint-config.ts';
import type { EndpointRecord } from './endpoint-record.ts';
import { isObject, type JsonObject, objectsOf, without } from './json.ts';
import { type Chance, chance } from './random.ts';
import { alreadyExists, conflict, invalidParameter, missing } from './refusal.ts';
import type { Registry } from './registry.ts';
import type { RequestLog } from './request-log.ts';
import { type Arm, TrafficSource } from './traffic.ts';
import { Updates, type UpdatesWorld } from './updates.ts';

export interface EndpointsWorld extends UpdatesWorld {
  readonly clock: Clock;
  readonly registry: Registry;
  readonly log: RequestLog;
}

/** Something that will happen to an endpoint by itself, at an absolute time. */
interface Happening {
  readonly at: number;
  readonly act: () => void;
}

/**
 * The endpoints and their callers. Nothing runs by timer: `advance` brings everything up to the clock's now, in
 * order of time, and every reader calls it first.
 */
export class Endpoints {
  readonly #world: EndpointsWorld;
  readonly #records = new Map<string, EndpointRecord>();
  readonly #sources = new Map<string, TrafficSource>();
  readonly #updates: Updates;
  readonly #ids: Chance;
  #agenda: Happening[] = [];
  /** The moment of the happening that `advance` is in, while it is in one. */
  #moment: number | undefined;

  constructor(world: EndpointsWorld) {
    this.#world = world;
    this.#ids = chance(world.seed, 'endpoint-ids');
    this.#updates = new Updates(world);
    const { profile, seed, clock } = world;
    for (const { body, traffic } of profile.endpoints) {
      const record = this.create(body, profile.principal);
      this.#updates.finish(record, clock.now());
      if (!traffic) continue;
      const streams = {
        arrivals: chance(seed, `arrivals/${record.name}`),
        fates: chance(seed, `fates/${record.name}`),
        clients: chance(seed, `clients/${record.name}`),
      };
      const payload = { delay: profile.timings.payloadDelay, omits: new Set(profile.payloadOmits) };
      this.#sources.set(record.name, new TrafficSource(record.name, traffic, payload, streams, clock.now()));
    }
  }

  /** The clock's now, or the past moment that is being lived through. */
  now(): number {
    return this.#moment ?? Math.floor(this.#world.clock.now());
  }

  list(): EndpointRecord[] {
    this.advance();
    return [...this.#records.values()];
  }

  /** @throws Refusal 404 */
  get(name: string): EndpointRecord {
    this.advance();
    const found = this.#records.get(name);
    if (!found) throw missing(`The endpoint with name '${name}' does not exist.`);
    return found;
  }

  /** @throws Refusal for an invalid body, a name in use or a version that cannot be served. */
  create(body: JsonObject, creator: string): EndpointRecord {
    this.advance();
    const name = checkEndpointName(body['name']);
    if (!isObject(body['config'])) throw invalidParameter('config must be set.');
    const config = this.#checked(body['config']);
    if (this.#records.has(name)) throw alreadyExists(`Endpoint with name '${name}' already exists.`);
    const now = this.now();
    const record: EndpointRecord = {
      id: this.#ids.hex(32),
      name,
      creator,
      createdAt: now,
      updatedAt: now,
      extra: without(body, ['name', 'config', 'tags']),
      tags: objectsOf(body['tags']),
      lastVersion: 0,
      configUpdate: 'NOT_UPDATING',
      active: undefined,
      pending: undefined,
      stale: undefined,
      buildLogs: new Map(),
      activations: [],
    };
    this.#records.set(name, record);
    this.#updates.begin(record, config, creator, now);
    return record;
  }

  /** Replaces the whole configuration. @throws Refusal 400, 404, and 409 while an update is in progress. */
  replaceConfig(name: string, body: JsonObject, by: string): EndpointRecord {
    const record = this.get(name);
    const config = this.#checked(body);
    if (record.configUpdate === 'IN_PROGRESS') {
      throw conflict(
        `Endpoint ${name} is currently updating. Wait for the update to complete before updating its configuration.`,
      );
    }
    this.#updates.begin(record, config, by, this.now());
    return record;
  }

  patchTags(name: string, body: JsonObject): JsonObject[] {
    const record = this.get(name);
    const removed = Array.isArray(body['delete_tags']) ? body['delete_tags'] : [];
    const added = objectsOf(body['add_tags']);
    const replaced = new Set([...removed, ...added.map((tag) => tag['key'])]);
    record.tags = [...record.tags.filter((tag) => !replaced.has(tag['key'])), ...added];
    record.updatedAt = this.now();
    return record.tags;
  }

  remove(name: string): void {
    this.get(name);
    this.#records.delete(name);
  }

  /** The endpoint as it is, without bringing anything up to now first: for what happens in the middle of that. */
  find(name: string): EndpointRecord | undefined {
    return this.#records.get(name);
  }

  /** Puts an endpoint's outcome off to `at`; earlier updates and requests come first. */
  schedule(at: number, act: () => void): void {
    this.#agenda.push({ at, act });
  }

  /** Ends a pending update at once and serves its configuration. */
  finishNow(record: EndpointRecord): void {
    this.#updates.finish(record, this.now());
  }

  /** What a random request may meet: the active routes with what their versions do. */
  arms(record: EndpointRecord | undefined): Arm[] {
    const routes = record?.active?.config.routes ?? [];
    return routes.flatMap(({ servedEntity, percentage }) => this.#arm(record, servedEntity, percentage));
  }

  /** An entity of the active configuration that no route names. */
  unroutedArm(record: EndpointRecord, servedEntity: string): Arm | undefined {
    return this.#arm(record, servedEntity, 0)[0];
  }

  /** Requests, ended updates and scheduled happenings up to now, each under the split of its own moment. */
  advance(): void {
    if (this.#moment !== undefined) return;
    const now = this.#world.clock.now();
    for (let next = this.#nextHappening(now); next; next = this.#nextHappening(now)) {
      this.#generate(next.at);
      this.#moment = next.at;
      try {
        next.act();
      } finally {
        this.#moment = undefined;
      }
    }
    this.#generate(now);
  }

  #nextHappening(now: number): Happening | undefined {
    const due: Happening[] = this.#agenda.filter((happening) => happening.at <= now);
    for (const record of this.#records.values()) {
      const { pending } = record;
      if (pending && pending.endsAt <= now) {
        due.push({ at: pending.endsAt, act: () => this.#updates.finish(record, pending.endsAt) });
      }
    }
    const first = due.reduce<Happening | undefined>(
      (earliest, happening) => (earliest && earliest.at <= happening.at ? earliest : happening),
      undefined,
    );
    this.#agenda = this.#agenda.filter((happening) => happening !== first);
    return first;
  }

  #generate(until: number): void {
    for (const [name, source] of this.#sources) {
      source.generate(until, this.arms(this.#records.get(name)), this.#world.log);
    }
  }

  #arm(record: EndpointRecord | undefined, servedEntity: string, percentage: number): Arm[] {
    const deployment = record?.active?.deployments.get(servedEntity);
    if (!deployment) return [];
    const { entityName, entityVersion } = deployment.spec;
    return [{ deployment, percentage, behaviour: this.#world.registry.behaviour(entityName, entityVersion) }];
  }

  #checked(body: JsonObject): EndpointConfig {
    const config = readConfig(body);
    for (const entity of config.entities) {
      this.#world.registry.requireServable(entity.entityName, entity.entityVersion);
    }
    return config;
  }
}
