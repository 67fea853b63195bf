import { type Deployments, deploysAnything } from './deployments.ts';
import type { EndpointConfig } from './endpoint-config.ts';
import {
  activationOf,
  type EndpointRecord,
  type UpdatePlan,
  type VersionedConfig,
} from './endpoint-record.ts';
import { endpointBody } from './endpoint-view.ts';
import type { Profile } from './profile.ts';
import { type Chance, chance } from './random.ts';

export interface UpdatesWorld {
  readonly seed: number;
  readonly profile: Profile;
  readonly deployments: Deployments;
  /** Lets installed faults change how an accepted update will go. */
  readonly distort: (endpoint: string, plan: UpdatePlan) => UpdatePlan;
}

/** The life of a configuration update, from its acceptance to one of its three endings. */
export class Updates {
  readonly #world: UpdatesWorld;
  readonly #durations = new Map<string, Chance>();

  constructor(world: UpdatesWorld) {
    this.#world = world;
  }

  /** Accepts `config`; the old one serves until the update ends. */
  begin(record: EndpointRecord, config: EndpointConfig, by: string, now: number): void {
    const { deployments, profile, distort } = this.#world;
    const target: VersionedConfig = {
      version: ++record.lastVersion,
      config,
      deployments: deployments.resolve(record.name, config, record.active, by, now),
    };
    const range = deploysAnything(target, record.active)
      ? profile.timings.newEntity
      : profile.timings.trafficUpdate;
    const durationMs = this.#durationOf(record.name, range);
    const plan = distort(record.name, { durationMs, ending: { kind: 'succeeds' }, staleMs: 0 });
    if (plan.staleMs > 0) {
      record.stale = { until: now + plan.staleMs, body: endpointBody(record, now) };
    }
    record.pending = { target, startedAt: now, endsAt: now + plan.durationMs, ending: plan.ending };
    record.configUpdate = 'IN_PROGRESS';
    record.updatedAt = now;
  }

  /** Ends the pending update, if there is one, as it was planned. */
  finish(record: EndpointRecord, at: number): void {
    const { pending } = record;
    if (!pending) return;
    record.pending = undefined;
    record.updatedAt = at;
    switch (pending.ending.kind) {
      case 'succeeds':
        record.active = pending.target;
        record.configUpdate = 'NOT_UPDATING';
        record.activations.push(activationOf(at, pending.target));
        this.#world.deployments.activate(pending.target, at);
        return;
      case 'fails':
        record.configUpdate = 'UPDATE_FAILED';
        for (const name of pending.target.deployments.keys()) {
          record.buildLogs.set(name, pending.ending.message);
        }
        return;
      case 'cancelled':
        record.configUpdate = 'UPDATE_CANCELED';
        return;
    }
  }

  #durationOf(endpoint: string, range: { min: number; max: number }): number {
    const stream = this.#durations.get(endpoint) ?? chance(this.#world.seed, `updates/${endpoint}`);
    this.#durations.set(endpoint, stream);
    return Math.round(stream.between(range));
  }
}
