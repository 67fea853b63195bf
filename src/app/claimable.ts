import { ReleaseError } from '../contracts/errors.ts';
import type { StateInput } from '../contracts/states.ts';
import type { Release } from '../domain/release.ts';
import { configOf, policyOf } from './environment.ts';
import type { EndpointRow, GoodConfiguration } from './ports/ledger.ts';
import type { Ports } from './ports/ports.ts';
import { planFromPolicy, refuseMissingParts } from './stages/plan-release.ts';
import { configurationOf } from './write/configurations.ts';

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
    const target = await rollbackTarget(ports, row, row.lastGood, releaseId);
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
 * The last good configuration that is not what serves now: the last one when the endpoint has drifted from it, the one
 * before when it is just that.
 */
async function rollbackTarget(
  ports: Ports,
  row: EndpointRow,
  lastGood: GoodConfiguration,
  releaseId: string,
): Promise<GoodConfiguration> {
  if (row.owner?.releaseId === releaseId && row.target) return row.target;
  const { serving } = ports.workspace('production');
  const seen = await serving.observe(row.endpoint);
  const drifted = serving.differences(
    await configurationOf(ports, lastGood.configuration),
    seen.configuration,
  );
  if (drifted.length > 0) return lastGood;
  if (row.previousGood) return row.previousGood;
  throw new ReleaseError(
    'NoLastGood',
    `${row.endpoint} serves its last good configuration (version ${lastGood.version}), and none before it is known.`,
  );
}
