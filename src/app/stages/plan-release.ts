import { ReleaseError } from '../../contracts/errors.ts';
import type { EndpointConfig, Policy } from '../../contracts/policy.ts';
import type { StateInput, StateOutput } from '../../contracts/states.ts';
import { drillOf } from '../../domain/drill.ts';
import type { Plan } from '../../domain/plan.ts';
import { describeTraffic, entitiesWithTraffic } from '../../domain/traffic.ts';
import { sha256 } from '../digest.ts';
import { configOf, policyOf } from '../environment.ts';
import { foresee } from '../foresee.ts';
import { type PlanDocument, writePlan } from '../plan-document.ts';
import { planOfPolicy } from '../policy-plan.ts';
import type { Ports } from '../ports/ports.ts';
import type { ObservedEndpoint, ServedEntity } from '../ports/workspace.ts';
import { requireReady } from '../readiness.ts';
import { type Emergency, emergencyOf, inEmergency, onlyObserving } from '../release-mode.ts';
import { note } from '../trail.ts';
import { whyOff } from '../wait.ts';
import { configurationOf, targetOf } from '../write/configurations.ts';

/** The baseline from the endpoint itself, the steps from policy. What cannot be released safely is refused by name. */
export async function planRelease(
  ports: Ports,
  input: StateInput<'PlanRelease'>,
): Promise<StateOutput<'PlanRelease'>> {
  const { release, lease } = input;
  const row = await ports.ledger.assertLease(lease);
  const config = configOf(ports.environment, release.endpoint);
  const emergency = await emergencyOf(ports, release.releaseId);
  const policy = followedPolicy(policyOf(ports.environment, config), config, emergency);
  const drill = release.intent === 'drill';
  const plan = drill ? drillOf(planFromPolicy(policy)) : planFromPolicy(policy);
  refuseMissingParts(config, policy);

  const { serving, registry } = ports.workspace('production');
  const seen = await serving.observe(release.endpoint);
  const baseline = theBaseline(seen, release.model);
  const drift = serving.differences(
    await configurationOf(ports, targetOf(row).configuration),
    seen.configuration,
  );
  if (drift.length > 0) {
    throw new ReleaseError(
      'ForeignChange',
      `${release.endpoint} is not as it was last verified (${drift.slice(0, 3).join('; ')}). ` +
        `If that is wanted, run \`headgate adopt ${release.endpoint}\`.`,
    );
  }
  if (baseline.version === release.version && !drill) {
    throw new ReleaseError(
      'AlreadyServing',
      `${release.endpoint} already serves version ${release.version}.`,
    );
  }
  const registered = await registry.version(release.model, release.version);
  const standby = { entity: baseline.name, version: baseline.version };
  // What would keep a rollback from being ready is known before anything is touched.
  if (config.mode === 'act') await requireReady(ports, { release, baseline: standby, policy }, seen);
  const document: PlanDocument = {
    schema: 'headgate.plan/v1',
    release,
    mode: config.mode,
    emergency: emergency ?? null,
    policyName: config.policy,
    policy,
    plan,
    baseline: standby,
    candidate: {
      entity: freeName(seen, release.model, drill ? `${release.version}-drill` : release.version),
      version: release.version,
    },
    artefactDigest: sha256(registered.identity),
    skipped: skippedStages(policy, drill),
    plannedAt: ports.clock.now(),
  };
  // A drill and an emergency do not wait for proof.
  if (!(drill || emergency)) await foresee(ports, document);
  const written = await writePlan(ports, document);
  await ports.ledger.attachFile(release.releaseId, written);
  await note(ports, release, 'PlanRelease', written.summary, { evidence: written, once: '1' });
  return { plan: { document: written, shares: plan.steps.map((step) => step.candidate) } };
}

/** The policy as this release follows it: frozen in its plan, and told there. */
function followedPolicy(policy: Policy, { mode }: EndpointConfig, emergency: Emergency | undefined): Policy {
  const asked = emergency ? inEmergency(policy, emergency) : policy;
  return mode === 'observe' ? onlyObserving(asked) : asked;
}

/** @throws `PolicyInvalid` or `StepWithoutGates`. */
export function planFromPolicy(policy: Policy): Plan {
  const plan = planOfPolicy(policy);
  if ('says' in plan) {
    throw new ReleaseError(plan.rule === 'gates' ? 'StepWithoutGates' : 'PolicyInvalid', plan.says);
  }
  return plan;
}

/** Each stage that is on must have what it needs, or nothing begins. */
export function refuseMissingParts(config: EndpointConfig, { stages, evidence }: Policy): void {
  const needs: readonly (readonly [boolean, unknown, string])[] = [
    [stages.test.enabled, config.jobs.test, 'stages.test is on, but jobs.test is not set'],
    [stages.evaluate.enabled, config.jobs.evaluate, 'stages.evaluate is on, but jobs.evaluate is not set'],
    [stages.stage.enabled, config.stagingEndpoint, 'stages.stage is on, but stagingEndpoint is not set'],
    [
      stages.verifyStaging.enabled,
      config.jobs.verifyStaging,
      'stages.verifyStaging is on, but jobs.verifyStaging is not set',
    ],
    [stages.shadow.enabled, config.probes, 'stages.shadow is on, but no probes are declared'],
    [true, config.warehouse, 'warehouse is not set, and evidence is asked for in SQL'],
    [
      true,
      evidence.source === 'callers' ? config.callers : config.payloadTable,
      `evidence comes from ${evidence.source}, but ${evidence.source} is not set`,
    ],
  ];
  const missing = needs.filter(([on, part]) => on && part === undefined).map(([, , says]) => says);
  if (missing.length > 0)
    throw new ReleaseError('PolicyInvalid', `${config.endpoint}: ${missing.join('; ')}`);
  if (config.hiddenFields === undefined) {
    throw new ReleaseError(
      'UndeclaredHiddenFields',
      `${config.endpoint}: the workspace does not show burst_scaling_enabled and *_plaintext fields, and writing the ` +
        'configuration without them would lose them. Set `hiddenFields` to `none`, or to the fields and their values.',
    );
  }
  const plaintext =
    config.hiddenFields === 'none'
      ? []
      : Object.keys(config.hiddenFields).filter((key) => key.endsWith('_plaintext'));
  if (plaintext.length > 0) {
    throw new ReleaseError(
      'UndeclaredHiddenFields',
      `${config.endpoint}: ${plaintext.join(', ')} would put a secret into the configuration; refer to a secret scope.`,
    );
  }
}

function theBaseline(seen: ObservedEndpoint, model: string): ServedEntity {
  const { endpoint } = seen;
  if (seen.routeOptimised)
    throw new ReleaseError('RouteOptimisedEndpoint', `${endpoint} is route-optimised.`);
  if (seen.fallbackOn) {
    throw new ReleaseError(
      'GatewayFallbackOn',
      `${endpoint}: switch the gateway's fallback off for releases.`,
    );
  }
  if (seen.update === 'inProgress') {
    throw new ReleaseError('EndpointUpdateInProgress', `${endpoint} has an update in progress.`);
  }
  if (seen.stopped || !seen.ready)
    throw new ReleaseError('EndpointStopped', `${endpoint} is stopped or not READY.`);
  const names = entitiesWithTraffic(seen.traffic);
  const baseline = seen.entities.find((entity) => entity.name === names[0]);
  if (names.length !== 1 || !baseline) {
    throw new ReleaseError('SeveralEntitiesWithTraffic', `${endpoint}: ${describeTraffic(seen.traffic)}.`);
  }
  if (baseline.model !== model) {
    throw new ReleaseError(
      'PolicyInvalid',
      `${endpoint} serves ${baseline.model}, but ${model} is configured.`,
    );
  }
  return baseline;
}

/** `fraud-7`, or `fraud-7-2` when an entity of an earlier attempt still has the name. */
function freeName(seen: ObservedEndpoint, model: string, label: string): string {
  const base = `${model.split('.').at(-1)}-${label}`.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 58);
  const taken = new Set(seen.entities.map((entity) => entity.name));
  for (let attempt = 1; ; attempt++) {
    const name = attempt === 1 ? base : `${base}-${attempt}`;
    if (!taken.has(name)) return name;
  }
}

/** A drill brings no new version: there is nothing to test, to approve or to retire. */
function skippedStages({ stages }: Policy, drill: boolean): { stage: string; why: string }[] {
  return Object.entries(stages).flatMap(([stage, one]) => {
    if (!('enabled' in one)) return [];
    if (drill) return [{ stage, why: 'a drill' }];
    return one.enabled ? [] : [{ stage, why: whyOff(one) }];
  });
}
