import { canonicalJson } from '../../app/digest.ts';
import type { ModelRegistry } from '../../app/ports/workspace.ts';
import { isReleaseError, ReleaseError } from '../../contracts/errors.ts';
import { packed, unpacked } from './kept-text.ts';
import type { ModelVersionView, Registry } from './registry.ts';

export function modelRegistry(client: Registry): ModelRegistry {
  return {
    async version(model, version) {
      const found = await known(client, model, version);
      return {
        model,
        version: String(found.version),
        ready: found.status === 'READY',
        readiness: readinessOf(found),
        // An absent part is said to be absent, so that one that appears later is a change.
        identity: canonicalJson({
          id: found.id ?? null,
          run_id: found.runId ?? null,
          source: found.source ?? null,
          created_at: found.createdAt ?? null,
        }),
      };
    },

    async alias(model, alias) {
      const found = await client.getAlias(model, alias);
      return found && String(found.version);
    },

    setAlias: (model, alias, version) => client.setAlias(model, alias, version),
    tag: (model, version, key, value) => client.setVersionTag(model, version, key, value),

    async keepText(model, version, name, text) {
      const { parts, head } = packed(name, text);
      // Side by side: the workspace may take long for each, and the caller has other things to do.
      await Promise.all(parts.map(([key, value]) => client.setVersionTag(model, version, key, value)));
      await client.setVersionTag(model, version, ...head);
    },

    async keptText(model, version, name) {
      return unpacked(name, await client.getVersionTags(model, version));
    },
  };
}

async function known(client: Registry, model: string, version: string): Promise<ModelVersionView> {
  if (!/^[1-9]\d{0,14}$/.test(version)) throw unknownVersion(model, version);
  try {
    return await client.getVersion(model, version);
  } catch (error) {
    throw isReleaseError(error, 'DatabricksNotFound') ? unknownVersion(model, version, error) : error;
  }
}

function unknownVersion(model: string, version: string, cause?: ReleaseError): ReleaseError {
  const says = `the registry shows no version ${JSON.stringify(version)} of ${model}`;
  return new ReleaseError('UnknownModelVersion', says, { cause, facts: { ...cause?.facts } });
}

function readinessOf({ status }: ModelVersionView): string {
  switch (status) {
    case 'READY':
      return 'READY';
    case 'PENDING_REGISTRATION':
      return 'still being registered';
    case 'FAILED_REGISTRATION':
      return 'a registration that failed';
    default:
      return `in a state that we do not know (${status})`;
  }
}
