import { isReleaseError, ReleaseError } from '../contracts/errors.ts';
import type { StateInput } from '../contracts/states.ts';
import type { Release } from '../domain/release.ts';
import { configOf, policyOf } from './environment.ts';
import type { EndpointRow, GoodConfiguration } from './ports/ledger.ts';
import type { Ports } from './ports/ports.ts';
import { planFromPolicy, refuseMissingParts } from './stages/plan-release.ts';
import { differencesTo } from './write/configurations.ts';

/**
 * Everything that can be known about a wish before the endpoint is taken: asked when a person wishes, who hears the
 * refusal at once, and again by the claim, because much may have changed in the queue.
 * @throws `NoLastGood`, `UnknownModelVersion`, `PolicyInvalid`, `StepWithoutGates`,
 * `UndeclaredHiddenFields`, `UnknownEndpoint`.
 */
export async function claimable(
  ports: Ports,
  releaseId: string,
  request: Pick<StateInput<'ClaimEndpoint'>['request'], 'endpoint' | 'version' | 'intent'>,
): Promise<{ release: Release; target: GoodConfiguration }> {
  const { endpoint, intent } = request;
  const config = configOf(ports.environment, endpoint);
  const row = await ports.ledger.endpoint(endpoint);
  if (!row?.lastGood) {
    throw new ReleaseError(
      'NoLastGood',
      `${endpoint} has no verified configuration to go back to. Run \`headgate adopt ${endpoint}\` first.`,
    );
  }
  if (intent === 'rollback') {
    const target = rollbackTarget(row, releaseId, request.version);
    return { release: { releaseId, endpoint, model: config.model, version: target.version, intent }, target };
  }
  if (request.version === undefined)
    throw new ReleaseError('UnknownModelVersion', 'A release needs a version.');
  if (intent === 'drill' && request.version !== row.lastGood.version) {
    const says = `${endpoint}: a drill is done with the version that serves, ${row.lastGood.version}, not with ${request.version}`;
    throw new ReleaseError('UnknownModelVersion', says);
  }
  const policy = policyOf(ports.environment, config);
  planFromPolicy(policy);
  refuseMissingParts(config, policy);
  const registered = await ports.workspace('production').registry.version(config.model, request.version);
  if (!registered.ready) {
    const says = `${config.model} version ${request.version} is ${registered.readiness}, not READY`;
    throw new ReleaseError('UnknownModelVersion', says);
  }
  return {
    release: { releaseId, endpoint, model: config.model, version: request.version, intent },
    target: row.lastGood,
  };
}

/**
 * What a rollback puts back, of what the ledger knows: asked without the workspace, because a rollback must be able to
 * begin while that does not answer.
 */
function rollbackTarget(
  { endpoint, owner, target, lastGood, previousGood }: EndpointRow,
  releaseId: string,
  version: string | undefined,
): GoodConfiguration {
  if (owner?.releaseId === releaseId && target) return target;
  const known = [lastGood, previousGood].filter((one) => one !== null);
  const wanted = version === undefined ? previousGood : known.find((one) => one.version === version);
  if (wanted) return wanted;
  throw new ReleaseError(
    'NoLastGood',
    `${endpoint}: no good configuration ${version === undefined ? 'before the last one' : `of version ${version}`} is known.`,
  );
}

/**
 * The version that a rollback goes back to: the last good one when the endpoint has drifted from it, the one before when
 * it serves just that. Never the one to `undo`.
 * @throws `NoLastGood` when there is none.
 */
export async function rollbackVersion(
  ports: Ports,
  endpoint: string,
  undo: string | undefined,
): Promise<string> {
  const row = await ports.ledger.endpoint(endpoint);
  // What is missing is said by `claimable`.
  if (!row?.lastGood) return 'none';
  const { lastGood, previousGood } = row;
  if (undo === undefined && (await hasDrifted(ports, row, lastGood))) return lastGood.version;
  const before = previousGood?.version === undo ? null : previousGood;
  if (before) return before.version;
  if (undo !== undefined && lastGood.version !== undo) return lastGood.version;
  throw new ReleaseError(
    'NoLastGood',
    `${endpoint} serves its last good configuration (version ${lastGood.version}), and none before it is known.`,
  );
}

/** While the workspace does not answer, what the reconciler saw last. */
async function hasDrifted(ports: Ports, row: EndpointRow, lastGood: GoodConfiguration): Promise<boolean> {
  try {
    const seen = await ports.workspace('production').serving.observe(row.endpoint);
    return (await differencesTo(ports, lastGood, seen)).length > 0;
  } catch (error) {
    if (!isReleaseError(error)) throw error;
    return row.drift !== null;
  }
}
