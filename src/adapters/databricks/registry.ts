import * as z from 'zod';
import { isReleaseError } from '../../contracts/errors.ts';
import type { Instant } from '../../domain/units.ts';
import { refuseToSend, unreadable } from './errors.ts';
import { path } from './http.ts';
import type { Call, Transport } from './transport.ts';
import { type Open, present, wireInstant, wireInt, wireText } from './wire.ts';

export interface ModelVersionView {
  /** Only READY can be served. */
  readonly status: Open<
    'PENDING_REGISTRATION' | 'FAILED_REGISTRATION' | 'READY' | 'MODEL_VERSION_STATUS_UNKNOWN'
  >;
  readonly version: number;
  readonly runId?: string;
  readonly source?: string;
  readonly createdAt?: Instant;
  /** Another id under the same number is another artefact. */
  readonly id?: string;
  readonly aliases: readonly string[];
}

/** A Unity Catalog object that carries tags: `entityType` in the API's plural, e.g. `tables`; the full name. */
export interface TaggedEntity {
  readonly entityType: Open<'catalogs' | 'schemas' | 'tables' | 'columns' | 'volumes'>;
  readonly entityName: string;
}

/**
 * `fullName` is `catalog.schema.model`. Reads are repeated after a lost answer. Writes are not: the caller checks that
 * it may still write and looks before it writes again.
 */
export interface Registry {
  /** @throws ReleaseError DatabricksNotFound, also for a model that we may not see */
  getVersion(fullName: string, version: number | string): Promise<ModelVersionView>;
  /** All versions, in the workspace's order. Aliases are not part of this answer and stay empty. */
  listVersions(fullName: string): Promise<ModelVersionView[]>;
  setAlias(fullName: string, alias: string, version: number | string): Promise<void>;
  /** The version that the alias points to; undefined when there is no such alias (or no such model). */
  getAlias(fullName: string, alias: string): Promise<ModelVersionView | undefined>;
  /** An alias that is gone already is fine. */
  deleteAlias(fullName: string, alias: string): Promise<void>;
  /** Creates the version's tag, or changes its value. */
  setVersionTag(fullName: string, version: number | string, key: string, value: string): Promise<void>;
  /** Tag key to value. @throws ReleaseError DatabricksNotFound */
  getVersionTags(fullName: string, version: number | string): Promise<ReadonlyMap<string, string>>;
  /** Creates the tag, or changes its value. */
  setTag(entity: TaggedEntity, key: string, value: string): Promise<void>;
  /** Tag key to value; a tag without value has "". */
  getTags(entity: TaggedEntity): Promise<Readonly<Record<string, string>>>;
}

const versionBody = z
  .looseObject({
    status: wireText,
    version: wireInt,
    run_id: wireText,
    source: wireText,
    created_at: wireInstant.nullish(),
    id: wireText,
    aliases: z.array(z.looseObject({ alias_name: z.string() })).nullish(),
  })
  .transform(
    (wire): ModelVersionView => ({
      status: wire.status ?? 'MODEL_VERSION_STATUS_UNKNOWN',
      version: wire.version,
      aliases: (wire.aliases ?? []).map(({ alias_name }) => alias_name),
      ...present({
        runId: wire.run_id,
        source: wire.source,
        createdAt: wire.created_at ?? undefined,
        id: wire.id,
      }),
    }),
  );

const versionsPage = z.looseObject({
  model_versions: z.array(versionBody).nullish(),
  next_page_token: wireText,
});
const tagsPage = z.looseObject({
  tag_assignments: z.array(z.looseObject({ tag_key: z.string(), tag_value: z.string().nullish() })).nullish(),
  next_page_token: wireText,
});

const versionTags = z.looseObject({
  model_version: z.looseObject({
    tags: z.array(z.looseObject({ key: z.string(), value: z.string().nullish() })).nullish(),
  }),
});

export function createRegistry(transport: Transport): Registry {
  const tags = '/api/2.1/unity-catalog/entity-tag-assignments';
  return {
    getVersion: async (fullName, version) =>
      transport.read(
        {
          method: 'GET',
          path: path`/api/2.1/unity-catalog/models/${fullName}/versions/${versionNumber(version)}`,
          query: { include_aliases: 'true' },
          repeat: 'always',
        },
        versionBody,
      ),

    async listVersions(fullName) {
      const call: Call = {
        method: 'GET',
        path: path`/api/2.1/unity-catalog/models/${fullName}/versions`,
        repeat: 'always',
      };
      const found: ModelVersionView[] = [];
      for await (const page of pages(transport, call, versionsPage))
        found.push(...(page.model_versions ?? []));
      return found;
    },

    async setAlias(fullName, alias, version) {
      await transport.tell({
        method: 'PUT',
        path: path`/api/2.1/unity-catalog/models/${fullName}/aliases/${alias}`,
        body: { version_num: versionNumber(version) },
        repeat: 'if-refused',
      });
    },

    async getAlias(fullName, alias) {
      const call: Call = {
        method: 'GET',
        path: path`/api/2.1/unity-catalog/models/${fullName}/aliases/${alias}`,
        repeat: 'always',
      };
      return absentIsUndefined(() => transport.read(call, versionBody));
    },

    async deleteAlias(fullName, alias) {
      await absentIsUndefined(() =>
        transport.tell({
          method: 'DELETE',
          path: path`/api/2.1/unity-catalog/models/${fullName}/aliases/${alias}`,
          repeat: 'if-refused',
        }),
      );
    },

    // Unity Catalog's own tag assignments do not name model versions; this is the call of MLflow's client.
    async setVersionTag(fullName, version, key, value) {
      await transport.tell({
        method: 'POST',
        path: '/api/2.0/mlflow/unity-catalog/model-versions/set-tag',
        body: { name: fullName, version: String(versionNumber(version)), key, value },
        repeat: 'if-refused',
      });
    },

    async getVersionTags(fullName, version) {
      const { model_version } = await transport.read(
        {
          method: 'GET',
          path: '/api/2.0/mlflow/unity-catalog/model-versions/get',
          query: { name: fullName, version: String(versionNumber(version)) },
          repeat: 'always',
        },
        versionTags,
      );
      return new Map((model_version.tags ?? []).map(({ key, value }) => [key, value ?? '']));
    },

    async setTag({ entityType, entityName }, key, value) {
      const one = path`/api/2.1/unity-catalog/entity-tag-assignments/${entityType}/${entityName}/tags/${key}`;
      const body = { entity_type: entityType, entity_name: entityName, tag_key: key, tag_value: value };
      try {
        await transport.tell({ method: 'POST', path: tags, body, repeat: 'if-refused' });
      } catch (error) {
        if (!isReleaseError(error) || !/ALREADY_EXISTS$/.test(String(error.facts['errorCode']))) throw error;
        await transport.tell({
          method: 'PATCH',
          path: one,
          query: { update_mask: 'tag_value' },
          body,
          repeat: 'if-refused',
        });
      }
    },

    async getTags({ entityType, entityName }) {
      const call: Call = {
        method: 'GET',
        path: path`/api/2.1/unity-catalog/entity-tag-assignments/${entityType}/${entityName}/tags`,
        repeat: 'always',
      };
      const found: [string, string][] = [];
      for await (const page of pages(transport, call, tagsPage)) {
        for (const tag of page.tag_assignments ?? []) found.push([tag.tag_key, tag.tag_value ?? '']);
      }
      return Object.fromEntries(found);
    },
  };
}

/** Every page until the token is absent; an empty page is not the end. */
async function* pages<S extends z.ZodType<{ next_page_token?: string | undefined }>>(
  transport: Transport,
  call: Call,
  schema: S,
): AsyncGenerator<z.output<S>> {
  const seen = new Set<string>();
  for (let token: string | undefined; ; ) {
    const page = await transport.read({ ...call, query: { ...call.query, page_token: token } }, schema);
    yield page;
    token = page.next_page_token;
    if (token === undefined) return;
    if (seen.has(token)) throw unreadable(call, 'the same page token came twice');
    seen.add(token);
  }
}

async function absentIsUndefined<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    // ENDPOINT_NOT_FOUND says that the workspace has no such API, which is news about the workspace, not the alias.
    const absent =
      isReleaseError(error, 'DatabricksNotFound') && error.facts['errorCode'] !== 'ENDPOINT_NOT_FOUND';
    if (!absent) throw error;
    return undefined;
  }
}

/** The registry's wire wants an integer, a served entity's wants text; both are taken here. */
function versionNumber(version: number | string): number {
  const parsed = wireInt.pipe(z.int().min(1)).safeParse(version);
  if (!parsed.success) throw refuseToSend(`${JSON.stringify(version)} is not a model version`);
  return parsed.data;
}
