import type { Clock } from '../../src/app/ports/clock.ts';
import type { JsonObject } from './json.ts';
import { type Behaviour, behaviourSchema, type Profile, type VersionToRegister } from './profile.ts';
import type { Chance } from './random.ts';
import { missing, Refusal } from './refusal.ts';

export interface ModelVersion {
  readonly number: number;
  readonly runId: string;
  readonly source: string;
  readonly createdAt: number;
  readonly id: string;
  status: VersionToRegister['status'];
  comment: string;
  updatedAt: number;
  tags: Map<string, string>;
  behaviour: Behaviour;
}

export interface RegisteredModel {
  readonly name: string;
  readonly createdAt: number;
  readonly versions: Map<number, ModelVersion>;
  readonly aliases: Map<string, number>;
  comment: string;
}

/** Models, versions and aliases of the workspace's Unity Catalog. */
export class Registry {
  readonly #models = new Map<string, RegisteredModel>();
  readonly #tags = new Map<string, JsonObject>();
  readonly #clock: Clock;
  readonly #ids: Chance;

  constructor(profile: Profile, clock: Clock, ids: Chance) {
    this.#clock = clock;
    this.#ids = ids;
    for (const model of profile.models) {
      const versions = new Map<number, ModelVersion>();
      const createdAt = clock.now();
      this.#models.set(model.name, {
        name: model.name,
        createdAt,
        versions,
        aliases: new Map(),
        comment: '',
      });
      for (const version of model.versions) this.register(model.name, version);
      for (const [alias, number] of Object.entries(model.aliases)) this.setAlias(model.name, alias, number);
      for (const [key, value] of Object.entries(model.tags)) this.assignTag('models', model.name, key, value);
    }
  }

  /** Adds the next version. @returns its number. @throws Refusal when there is no such model. */
  register(name: string, version: VersionToRegister): ModelVersion {
    const model = this.model(name);
    const number = Math.max(0, ...model.versions.keys()) + 1;
    const runId = version.runId ?? this.#ids.hex(32);
    const added: ModelVersion = {
      number,
      runId,
      source: version.source ?? `dbfs:/databricks/mlflow-tracking/1/${runId}/artifacts/model`,
      createdAt: this.#clock.now(),
      updatedAt: this.#clock.now(),
      id: this.#ids.uuid(),
      status: version.status,
      comment: version.comment ?? '',
      tags: new Map(Object.entries(version.tags)),
      behaviour: version.behaviour,
    };
    model.versions.set(number, added);
    return added;
  }

  /** @throws Refusal 404 */
  model(name: string): RegisteredModel {
    const found = this.#models.get(name);
    if (!found) throw missing(`Registered model '${name}' does not exist.`);
    return found;
  }

  /** @throws Refusal 404 */
  version(name: string, number: number | string): ModelVersion {
    const found = this.model(name).versions.get(Number(number));
    if (!found) throw missing(`Model version '${name}' version ${number} does not exist.`);
    return found;
  }

  /** How a served version answers; a version that is gone answers as a healthy one would. */
  behaviour(name: string, number: number | string): Behaviour {
    return (
      this.#models.get(name)?.versions.get(Number(number))?.behaviour ??
      behaviourSchema.parse({ errorRate: 0 })
    );
  }

  /** @throws Refusal when the version is absent or not READY: it cannot be deployed. */
  requireServable(name: string, number: string): void {
    const version = this.version(name, number);
    if (version.status !== 'READY') {
      throw new Refusal(
        400,
        'INVALID_STATE',
        `Model version '${name}' version ${number} is ${version.status}.`,
      );
    }
  }

  aliasesOf(name: string, number: number): string[] {
    return [...this.model(name).aliases].filter(([, version]) => version === number).map(([alias]) => alias);
  }

  setAlias(name: string, alias: string, number: number): void {
    this.version(name, number);
    this.model(name).aliases.set(alias, number);
  }

  /** @throws Refusal 404 */
  aliased(name: string, alias: string): ModelVersion {
    const number = this.model(name).aliases.get(alias);
    if (number === undefined) throw missing(`Alias '${alias}' does not exist on '${name}'.`);
    return this.version(name, number);
  }

  dropAlias(name: string, alias: string): void {
    this.aliased(name, alias);
    this.model(name).aliases.delete(alias);
  }

  assignTag(entityType: string, entityName: string, key: string, value: string): JsonObject {
    if (entityType === 'models') this.model(entityName);
    const assignment = { entity_type: entityType, entity_name: entityName, tag_key: key, tag_value: value };
    this.#tags.set(JSON.stringify([entityType, entityName, key]), assignment);
    return assignment;
  }

  tagsOf(entityType: string, entityName: string): JsonObject[] {
    return [...this.#tags.values()].filter(
      (tag) => tag['entity_type'] === entityType && tag['entity_name'] === entityName,
    );
  }

  /** @throws Refusal 404 */
  tag(entityType: string, entityName: string, key: string): JsonObject {
    const found = this.#tags.get(JSON.stringify([entityType, entityName, key]));
    if (!found) throw missing(`Tag assignment '${key}' does not exist on ${entityType} '${entityName}'.`);
    return found;
  }

  dropTag(entityType: string, entityName: string, key: string): void {
    this.tag(entityType, entityName, key);
    this.#tags.delete(JSON.stringify([entityType, entityName, key]));
  }
}
