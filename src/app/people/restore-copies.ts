import { ReleaseError } from '../../contracts/errors.ts';
import type { EndpointConfig } from '../../contracts/policy.ts';
import { type RestoreCopy, restoreCopy } from '../../contracts/restore-copy.ts';
import { noEpoch } from '../../domain/lease.ts';
import { configOf } from '../environment.ts';
import type { GoodConfiguration } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import type { Workspace } from '../ports/workspace.ts';
import { brief, inWords, ourselves } from '../trail.ts';
import { configurationOf, hiddenFields } from '../write/configurations.ts';

/** What a person restores an endpoint with when Headgate cannot: kept where Headgate's stores are not. */

/** How the copy is called among what else is kept with a model version. */
const nameOf = (endpoint: string): string => `headgate_restore_${endpoint}`;

/** The request that makes `endpoint` serve `good`, and whether it may be shown to all who see the model. */
export async function copyOf(
  ports: Ports,
  { endpoint, model }: EndpointConfig,
  good: GoodConfiguration,
): Promise<{ readonly copy: RestoreCopy; readonly confidential: boolean }> {
  const host = ports.environment.workspaces.production?.host;
  if (host === undefined) throw new ReleaseError('ConfigurationInvalid', 'workspaces.production is missing');
  const { serving } = ports.workspace('production');
  const configuration = await configurationOf(ports, good.configuration);
  const whole = serving.change(configuration, hiddenFields(ports, { endpoint, epoch: noEpoch }));
  const { method, path, body, confidential } = serving.request(endpoint, whole);
  const { endpoints } = ports.environment;
  const name = Object.keys(endpoints).find((one) => endpoints[one]?.endpoint === endpoint);
  const copy: RestoreCopy = {
    schema: 'headgate.breakglass/v1',
    endpoint,
    model,
    ...(name === undefined ? {} : { name }),
    entity: good.entity,
    version: good.version,
    verifiedAt: new Date(good.verifiedAt).toISOString(),
    keptAt: new Date(ports.clock.now()).toISOString(),
    request: { method, url: new URL(path, host).href, body },
  };
  return { copy, confidential };
}

/**
 * Keeps the request for the endpoint's good configuration in every place there is. It has no part in any decision, so
 * nothing that goes wrong here stops anything: it is told to a person instead.
 * @param occasion What made it the good one: told once for each.
 */
export async function keepCopies(ports: Ports, endpoint: string, occasion: string): Promise<void> {
  const good = (await ports.ledger.endpoint(endpoint))?.lastGood;
  if (!good) return;
  const once = `restore-copy/${endpoint}/${occasion}`;
  const tell = (action: string, says: string, onceId: string) =>
    ports.ledger.audit({ at: ports.clock.now(), actor: ourselves, action, says, endpoint, onceId });
  const attempt = async (place: string, work: () => Promise<string>) => {
    try {
      return [await work()];
    } catch (error) {
      const says = `the request that restores ${endpoint} by hand could not be kept ${place}: ${brief(inWords(error), 400)}; \`headgate breakglass ${endpoint} --print-only\` prints it, keep that`;
      await tell('PersonNeeded', says, `${once}/${place}`);
      return [];
    }
  };
  const kept = await Promise.all([
    ...(ports.shelves ?? []).map((shelf) =>
      attempt('in the data folder', async () => {
        const { copy } = await copyOf(ports, configOf(ports.environment, endpoint), good);
        await shelf.put(endpoint, `${JSON.stringify(copy, null, 2)}\n`);
        return 'in the data folder';
      }),
    ),
    attempt('in the workspace', () => keepInWorkspace(ports, endpoint, good)),
  ]);
  const says = `version ${good.version}: ${kept.flat().join(', ') || 'nowhere'}`;
  await tell('RestoreCopyKept', `the request that restores ${endpoint} by hand, ${says}`, once);
}

async function keepInWorkspace(ports: Ports, endpoint: string, good: GoodConfiguration): Promise<string> {
  const config = configOf(ports.environment, endpoint);
  const { copy, confidential } = await copyOf(ports, config, good);
  if (confidential)
    return 'not in the workspace, because it holds values in plain text that a tag would show to many';
  const { registry } = ports.workspace('production');
  await registry.keepText(config.model, good.version, nameOf(endpoint), JSON.stringify(copy));
  return `with ${config.model} version ${good.version} in the workspace`;
}

/**
 * The newest copy that the workspace holds, found with the configuration and nothing else: with the versions that the
 * endpoint serves (a baseline stays there until its release is over) and with the one that the alias names.
 * @throws ReleaseError `NoLastGood` when none of them has a copy; the workspace's own errors.
 */
export async function copyInWorkspace(
  { serving, registry }: Pick<Workspace, 'serving' | 'registry'>,
  { endpoint, model, alias }: EndpointConfig,
  version?: string,
): Promise<RestoreCopy> {
  const looked = new Set<string>(version === undefined ? [] : [version]);
  if (version === undefined) {
    const { entities } = await serving.observe(endpoint);
    for (const entity of entities) if (entity.model === model) looked.add(entity.version);
    const named = alias === undefined ? undefined : await registry.alias(model, alias);
    if (named !== undefined) looked.add(named);
  }
  const found: RestoreCopy[] = [];
  const troubles: string[] = [];
  for (const one of looked) {
    try {
      const text = await registry.keptText(model, one, nameOf(endpoint));
      if (text !== undefined) found.push(restoreCopy.parse(JSON.parse(text)));
    } catch (error) {
      // Another version may have one that can be read.
      troubles.push(`version ${one}: ${brief(inWords(error), 200)}`);
    }
  }
  const newest = found.sort((a, b) => b.keptAt.localeCompare(a.keptAt))[0];
  if (newest) return newest;
  const why = troubles.length > 0 ? `: ${troubles.join('; ')}` : '';
  throw new ReleaseError(
    'NoLastGood',
    `no request for ${endpoint} is kept with ${model}, version ${[...looked].join(', ') || 'none'}${why}`,
  );
}
