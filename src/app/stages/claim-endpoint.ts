import { errors, isReleaseError, ReleaseError } from '../../contracts/errors.ts';
import type { StateInput, StateOutput } from '../../contracts/states.ts';
import type { Release } from '../../domain/release.ts';
import { configOf, policyOf } from '../environment.ts';
import type { EndpointRow, GoodConfiguration } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import { note, ourselves } from '../trail.ts';
import { configurationOf } from '../write/configurations.ts';
import { planFromPolicy } from './plan-release.ts';

/**
 * Validates everything that can be known beforehand, then takes the endpoint. A refusal ends the release's record;
 * the endpoint was not touched.
 */
export async function claimEndpoint(
  ports: Ports,
  input: StateInput<'ClaimEndpoint'>,
): Promise<StateOutput<'ClaimEndpoint'>> {
  const releaseId = input.request.releaseId ?? input.execution.name;
  try {
    const { release, target } = await validate(ports, releaseId, input.request);
    await recordStart(ports, release);
    const owner = { releaseId, executionArn: input.execution.arn };
    const lease = await ports.ledger.claim(release.endpoint, owner, target);
    await ports.ledger.markRunning(releaseId, input.execution.arn);
    await note(ports, release, 'ClaimEndpoint', `owns ${release.endpoint} with epoch ${lease.epoch}`, {
      once: '1',
    });
    return { release, lease };
  } catch (error) {
    if (isReleaseError(error) && errors[error.name].retry === 'never') {
      // A retry would hear the same, so this is the release's end.
      const says = `${error.name}: ${error.message}`;
      const known = await ports.ledger.release(releaseId);
      if (known) await ports.ledger.endRelease(releaseId, { kind: 'rejected', says }, ports.clock.now());
      await note(ports, { releaseId, endpoint: input.request.endpoint }, 'ReleaseRefused', says, {
        once: '1',
      });
    }
    throw error;
  }
}

async function validate(
  ports: Ports,
  releaseId: string,
  request: StateInput<'ClaimEndpoint'>['request'],
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
  planFromPolicy(policyOf(ports.environment, config));
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

/** An execution that a person started at the engine itself has no record yet. */
async function recordStart(ports: Ports, release: Release): Promise<void> {
  const earlier = await ports.ledger.releases({ endpoint: release.endpoint, version: release.version });
  if (earlier.some((one) => one.releaseId === release.releaseId)) return;
  await ports.ledger.addRelease({
    ...release,
    generation: earlier.length + 1,
    requestedBy: ourselves,
    requestedAt: ports.clock.now(),
  });
}
