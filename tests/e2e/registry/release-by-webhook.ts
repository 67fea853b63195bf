import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { releaseView } from '../../../src/contracts/api.ts';
import type { Headgate } from './headgate.ts';
import type { RegistryClient } from './mlflow.ts';
import type { Attempt, Relay } from './relay.ts';
import type { SimulatedCatalogue } from './simulated-catalogue.ts';

export type Sabotage = 'none' | 'secret' | 'version';

export interface Setting {
  readonly headgate: Headgate;
  readonly catalogue: SimulatedCatalogue;
  readonly registry: RegistryClient;
  readonly relay: Relay;
  readonly intake: string;
  readonly secret: string;
  readonly sabotage: Sabotage;
  readonly say: (line: string) => void;
}

export interface Finding {
  /** The version whose release was watched. */
  readonly registered: string;
  /** MLflow's id of the delivery that started it. */
  readonly delivered: string;
  readonly promoted: boolean;
  /** From the call that registered it to the end of its release. */
  readonly releaseSeconds: number;
  readonly refused: number;
  readonly retried: number;
  readonly ignored: number;
  readonly queued: string;
  readonly checks: number;
}

/** Registry name and catalogue name of one model, and where it serves: configs/production.yaml. */
const model = { registry: 'fraud', catalogue: 'prod.ml.fraud', endpoint: 'fraud-prod' };
/** The simulated catalogue holds three versions at the start, so the registry does too. */
const earlier = 3;

/** Clearly better than version 1 with its 0.5 %: chance plays no part in how its release ends. */
const healthy = { errorRate: 0.001, latencyMs: { median: 48, sigma: 0.5 }, quality: 0.95 };
const broken = { ...healthy, changes: [{ fromPercent: 1, errorRate: 0.05 }] };

const beginMs = 15_000;
const releaseMs = 150_000;
const retryMs = 30_000;

/** The story of the run; throws at the first thing that is not as it should be. */
export async function releaseByWebhook(setting: Setting): Promise<Finding> {
  const { headgate, registry, relay, intake, say } = setting;
  let checks = 0;
  const demand = (holds: boolean, says: string) => {
    checks++;
    if (!holds) throw new Error(`not so: ${says}`);
    say(`ok     ${says}`);
  };
  const wrong = randomBytes(24).toString('base64url');
  const secret = setting.sabotage === 'secret' ? wrong : setting.secret;

  const { source } = await registry.train();
  for (let number = 1; number <= earlier; number++) {
    const { version } = await registry.register(model.registry, source);
    if (version !== String(number)) throw new Error(`the registry's version ${number} is called ${version}`);
  }
  say(`MLflow's registry holds versions 1 to ${earlier} of ${model.registry}, as the catalogue does`);

  // A webhook with another secret.
  const hook = await registry.hook(`${relay.url}/intake/mlflow`, wrong, [
    'model_version.created',
    'model_version_tag.set',
  ]);
  const tried = await registry.tryHook(hook);
  demand(tried.http === 403, 'a webhook with another secret: MLflow itself is told 403');
  const lost = await register(setting, healthy);
  const [refused] = await seen(relay, (one) => one.version === lost, 1);
  demand(refused?.http === 403, `version ${lost}, registered under that webhook, is refused with 403`);
  demand(
    (await headgate.why(lost)).length === 0,
    `and starts nothing: no release of version ${lost} is known`,
  );
  const refusals = (await headgate.trail()).filter(({ action }) => action === 'DeliveryRefused');
  demand(refusals.length > 0, `the audit trail says: ${refusals[0]?.says}`);

  // From here on MLflow delivers straight to the intake.
  await registry.rehook(hook, `${intake}/intake/mlflow`, secret);
  const watching = await headgate.watchNext();
  const since = Date.now();
  const version = await register(setting, setting.sabotage === 'version' ? broken : healthy);
  say(`MLflow's client registered version ${version}; MLflow's webhook goes to ${intake}/intake/mlflow`);
  const release = await begun(headgate, version);
  demand(release.requestedBy === 'mlflow', `a release of version ${version} began, asked for by mlflow`);

  // A second version while the first is in release, by a way on which an answer gets lost.
  await registry.rehook(hook, `${relay.url}/intake/mlflow`, setting.secret);
  relay.loseNextAnswer();
  const next = await register(setting, healthy);
  const [first, second] = await seen(relay, (one) => one.version === next, 2);
  demand(
    first?.http === 202 && first.told === 500,
    `version ${next} is accepted, and MLflow is told 500 in its place`,
  );
  demand(
    second?.deliveryId === first?.deliveryId && second?.signature === first?.signature,
    `MLflow delivers it again: same id ${first?.deliveryId}, same signature`,
  );
  demand(second?.http === 200 && second.answer.includes('"duplicate"'), 'the intake calls that a duplicate');
  const kept = headgate.deliveriesOf(model.registry, next);
  demand(kept.length === 1 && kept[0] === first?.deliveryId, 'the ledger holds that delivery id, once');
  const waiting = await headgate.why(next);
  demand(
    waiting.length === 1 && waiting[0]?.phase === 'queued',
    `version ${next} is one release, and waits in the queue behind ${version}`,
  );

  await registry.tag(model.registry, version, 'checked-by', 'e2e');
  const [tagged] = await seen(relay, (one) => one.about === 'model_version_tag.set', 1);
  demand(
    tagged?.http === 202 && tagged.answer.includes('"ignored"'),
    'a tag that is set on a version is taken and ignored',
  );
  const example = await registry.tryHook(hook);
  demand(
    example.http === 202 && example.body.includes('example_model'),
    `MLflow's own trial of a webhook is answered with ${example.http}: ${example.body}`,
  );
  await headgate.start(model.registry, lost);
  const byHand = await headgate.why(lost);
  demand(
    byHand.length === 1 && byHand[0]?.phase === 'queued',
    `\`headgate start ${model.registry} ${lost}\` takes up the version that was refused`,
  );
  for (const one of [next, lost]) await headgate.abort(one, 'only its place in the queue was wanted');

  const code = await watching.end(releaseMs);
  const releaseSeconds = Math.round((Date.now() - since) / 100) / 10;
  const last = releaseView.parse(JSON.parse(watching.output().at(-1) ?? 'null'));
  if (last.outcome?.kind !== 'promoted') {
    throw new Error(
      `version ${last.version} was not promoted but ${last.outcome?.kind}: ${last.outcome?.says}`,
    );
  }
  demand(
    code === 0 && last.releaseId === release.releaseId,
    `\`headgate watch\` saw ${release.releaseId} promoted and ended with 0`,
  );
  await observed(setting, version, demand);

  const why = await headgate.why(version);
  demand(
    why.length === 1 && why[0]?.outcome?.kind === 'promoted',
    `\`headgate why ${version}\` names one release: ${why[0]?.why}`,
  );
  const [delivered, ...more] = headgate.deliveriesOf(model.registry, version);
  demand(
    delivered !== undefined && more.length === 0,
    `the ledger holds one delivery of it, MLflow's ${delivered}`,
  );
  const trail = await headgate.trail();
  const saying = (action: string) => trail.filter((entry) => entry.action === action).map(({ says }) => says);
  const accepted = saying('DeliveryAccepted').filter((says) => says.startsWith(`${model.registry} `));
  const announced = [
    [version, delivered],
    [next, first?.deliveryId],
  ].map(([one, id]) => `${model.registry} version ${one} was registered, delivered as ${id}`);
  demand(
    accepted.join() === announced.join(),
    `the audit trail names two accepted deliveries with MLflow's ids: versions ${version} and ${next}`,
  );
  const unmapped = saying('VersionIgnored');
  demand(unmapped.length === 1, `and what the trial started: ${unmapped[0]}`);
  const ofLost = relay.attempts.filter((one) => one.version === lost);
  demand(ofLost.length === 1, `MLflow has not delivered the refused version ${lost} again`);
  return {
    registered: version,
    delivered: delivered ?? '',
    promoted: true,
    releaseSeconds,
    refused: relay.attempts.filter(({ http }) => http === 403).length,
    retried: relay.attempts.filter(({ deliveryId, told }) => deliveryId === first?.deliveryId && told < 500)
      .length,
    ignored: relay.attempts.filter(({ answer }) => answer.includes('"ignored"')).length,
    queued: next,
    checks,
  };
}

/** By the endpoint and the catalogue, not by the controller's word. */
async function observed(
  { headgate, catalogue }: Setting,
  version: string,
  demand: (holds: boolean, says: string) => void,
): Promise<void> {
  const served = Object.entries(await catalogue.served(model.endpoint)).filter(([, share]) => share > 0);
  demand(
    served.length === 1 && served[0]?.[0] === `fraud-${version}` && served[0][1] === 100,
    `the endpoint itself serves ${served.map(([name, share]) => `${name} to ${share} %`).join(', ')}`,
  );
  const champion = await catalogue.aliased(model.catalogue, 'champion');
  demand(champion === version, `the catalogue's champion is version ${champion}`);
  const serving = await headgate.servingVersion(model.endpoint);
  demand(serving === version, `\`headgate status\` says that version ${serving} serves`);
}

/**
 * A training run whose model goes into both registries: first into the catalogue, from where it will be deployed, then
 * into MLflow, which announces it. Their numbers must agree, as they do where one pipeline writes both.
 */
async function register({ registry, catalogue }: Setting, behaviour: object): Promise<string> {
  const trained = await registry.train();
  const inCatalogue = await catalogue.register(model.catalogue, { ...trained, behaviour });
  const added = await registry.register(model.registry, trained.source);
  if (added.version !== inCatalogue || added.run !== trained.run) {
    throw new Error(`the catalogue has version ${inCatalogue}, MLflow has version ${added.version}`);
  }
  return added.version;
}

async function begun(headgate: Headgate, version: string) {
  const deadline = Date.now() + beginMs;
  while (Date.now() < deadline) {
    const [release] = await headgate.why(version);
    if (release !== undefined) return release;
    await sleep(500);
  }
  const heard = (await headgate.trail()).filter(({ actor }) => actor === 'mlflow').at(-1);
  const word = heard ? `${heard.action}: ${heard.says}` : 'nothing was delivered';
  throw new Error(
    `no release of version ${version} began within ${beginMs / 1000} s. The intake's last word: ${word}`,
  );
}

/** The first `count` attempts that match, once they went by. */
async function seen(
  { attempts }: Relay,
  matches: (attempt: Attempt) => boolean,
  count: number,
): Promise<readonly Attempt[]> {
  const deadline = Date.now() + retryMs;
  for (;;) {
    const found = attempts.filter(matches);
    if (found.length >= count) return found;
    if (Date.now() > deadline) {
      throw new Error(
        `MLflow delivered ${found.length} times within ${retryMs / 1000} s, not ${count} times`,
      );
    }
    await sleep(100);
  }
}
