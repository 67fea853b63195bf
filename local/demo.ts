import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EnvironmentConfig } from '../src/contracts/policy.ts';
import { instant, seconds } from '../src/domain/units.ts';
import { VirtualClock } from './clock.ts';
import { type Controller, type OwnLedger, openController } from './compose.ts';
import { postAlert } from './demo-alert.ts';
import { type DemoRelease, reportOf, tableOf } from './demo-report.ts';
import { readEnvironment, shippedFile } from './environment.ts';
import { serveIntake } from './intake-server.ts';
import type { IoHost } from './io-host.ts';
import { onSimulator, simulatorSecrets } from './simulator.ts';
import type { BehaviourAndMetadata } from './workspace/profile.ts';
import { fraudProfile } from './workspace/profiles/fraud.ts';
import { chance } from './workspace/random.ts';
import { startWorkspace, type Workspace } from './workspace/workspace.ts';

export interface DemoOptions {
  readonly json: boolean;
  readonly seed: number;
  /** Folder for the certificates and the timeline. */
  readonly out: string;
  /** Where releases are recorded: a file in `out`, or a DynamoDB of this machine that ends with the demo. */
  readonly ledger: 'sqlite' | 'dynamodb';
  /** No pauses and no animation. */
  readonly fast: boolean;
  readonly stop: AbortSignal;
}

export interface DemoEnd {
  /** Every release ended as the demo announced it, and what is claimed is what the workspace served. */
  readonly asAnnounced: boolean;
}

/** What the demo shows: three versions, and what Headgate must do with each. */
interface Scene {
  readonly title: string;
  readonly behaviour: NonNullable<BehaviourAndMetadata['behaviour']>;
  readonly announced: 'promoted' | 'rolledBack';
  /** A Monte Carlo alert arrives when the candidate has this share. */
  readonly alertAt?: number;
}

const model = 'prod.ml.fraud';
const endpoint = 'fraud-prod';
const healthy = { errorRate: 0.005, latencyMs: { median: 48, sigma: 0.5 }, quality: 0.95 };
/** Passes every stage before traffic, and breaks on what only real callers send. */
const harmful = { ...healthy, changes: [{ fromPercent: 1, errorRate: 0.05 }] };
const scenes: readonly Scene[] = [
  { title: 'a good version', behaviour: healthy, announced: 'promoted' },
  { title: 'a version that fails 5 % of real requests', behaviour: harmful, announced: 'rolledBack' },
  { title: 'a good version, and a data incident', behaviour: healthy, announced: 'rolledBack', alertAt: 10 },
];

/** Three releases in virtual time against a simulated workspace over real HTTP. */
export async function runDemo(options: DemoOptions, host: IoHost): Promise<DemoEnd> {
  const clock = new VirtualClock(instant(Date.parse('2026-01-05T09:00:00Z')));
  const data = join(options.out, 'controller');
  // What an earlier demo wrote here is replaced; nothing else in the folder is touched.
  rmSync(data, { recursive: true, force: true });
  // Before anything is started: it is refused where the machine has no such program.
  const ledger = options.ledger === 'dynamodb' ? await localDynamoLedger() : undefined;
  const workspace = await startWorkspace({ clock, seed: options.seed, profile: fraudProfile });
  const secrets = {
    mlflow: `mlflow-${options.seed}-demo-secret`,
    monteCarlo: `monte-carlo-${options.seed}-demo-secret`,
  };
  const pauses = chance(options.seed, 'retry pauses');
  const intake = await serveIntake((source, delivery) => controller.receive(source, delivery), {
    port: 0,
    host: '127.0.0.1',
  });
  const controller = openController({
    clock,
    data,
    environment: demoEnvironment(workspace.host),
    ...(ledger ? { ledger } : {}),
    secrets: simulatorSecrets({ ...workspace, ...secrets }),
    random: pauses.uniform,
    onTrouble: (where, says) => host.err(`${where}: ${says}`),
  });
  try {
    const stage: Stage = { host, options, clock, workspace, controller, intake: intake.url, secrets };
    // Begins in the same turn as the controller's ticks. Reading files and drawing lines take real time: it must not
    // become virtual time, or the next version would meet other traffic at every run.
    return await clock.busy(async () => {
      await controller.operations.adopt(endpoint, 'demo');
      const releases: DemoRelease[] = [];
      for (const scene of scenes) releases.push(await play(stage, scene));
      return finish(stage, releases);
    });
  } finally {
    await intake.close();
    await controller.close();
    await workspace.close();
  }
}

/** The AWS SDK is loaded here, so only where it is asked for. */
async function localDynamoLedger(): Promise<OwnLedger> {
  const { openLocalDynamoLedger } = await import('./dynamo.ts');
  return openLocalDynamoLedger();
}

interface Stage {
  readonly host: IoHost;
  readonly options: DemoOptions;
  readonly clock: VirtualClock;
  readonly workspace: Workspace;
  readonly controller: Controller;
  readonly intake: string;
  readonly secrets: { readonly mlflow: string; readonly monteCarlo: string };
}

/** The shipped production policy, with one approval so that a person has a part in it. */
function demoEnvironment(host: string): EnvironmentConfig {
  const environment = onSimulator(readEnvironment(shippedFile('configs/production.yaml'), {}), host);
  const policies = Object.entries(environment.policies).map(([name, policy]) => {
    const stages = { ...policy.stages, approve: { ...policy.stages.approve, enabled: true, approvals: 1 } };
    return [name, { ...policy, stages }] as const;
  });
  return { ...environment, policies: Object.fromEntries(policies) };
}

async function play(stage: Stage, scene: Scene): Promise<DemoRelease> {
  const { clock, controller, host, intake, secrets, workspace } = stage;
  const webhook = { url: `${intake}/intake/mlflow`, secret: secrets.mlflow, name: 'fraud' };
  const { version } = await workspace.announceVersion(model, { behaviour: scene.behaviour, webhook });
  const [record] = await controller.ports.ledger.releases({ endpoint, version: String(version) });
  if (!record) throw new RangeError(`The webhook of version ${version} started nothing.`);
  if (!stage.options.json) host.out(`\n${host.paint('bold', `Version ${version}`)}: ${scene.title}`);
  const progress = stage.options.json ? undefined : await host.progress(`version ${version}`);
  const began = clock.now();
  let shown = 0;
  let alerted = false;
  for (;;) {
    stage.options.stop.throwIfAborted();
    const view = await controller.operations.release(record.releaseId);
    const news = await controller.operations.timeline(shown, record.releaseId);
    for (const entry of news)
      progress?.line(`  ${since(began, Date.parse(entry.at))}  ${entry.action.padEnd(17)} ${entry.says}`);
    shown = news.at(-1)?.order ?? shown;
    if (view.phase === 'ended') {
      const good = view.outcome?.kind === scene.announced;
      await progress?.done(`version ${version}: ${view.outcome?.kind}`, good);
      return reportOf(controller, workspace, view, scene.announced);
    }
    const lately = news.length > 0 ? '' : `  ${view.why}`;
    progress?.update(`  ${since(began, clock.now())}  ${view.state}${lately}`);
    if (view.state === 'Approve') await approve(stage, record.releaseId);
    if (!alerted && view.state === 'Bake' && view.candidateShare === scene.alertAt) {
      alerted = true;
      // Ten minutes into the step, as incidents do: in the middle of something.
      await clock.sleep(seconds(600));
      await postAlert(`${intake}/intake/monte-carlo`, secrets.monteCarlo);
    }
    await clock.sleep(seconds(20));
  }
}

async function approve({ controller }: Stage, releaseId: string): Promise<void> {
  const request = { kind: 'approve' as const, reason: 'the report looks right', actor: 'ada' };
  await controller.operations.command(releaseId, request);
}

function finish({ host, options }: Stage, releases: DemoRelease[]): DemoEnd {
  const faults = releases.flatMap((release) => release.faults);
  if (options.json) host.json({ releases: releases.map((release) => release.line) });
  else {
    host.out(`\n${tableOf(releases)}`);
    host.out(`\nEvidence and certificates: ${join(options.out, 'controller', 'evidence')}`);
    host.out('Next: headgate workspace --speed 600, headgate serve beside it, and docs/tour.md');
  }
  for (const fault of faults) host.err(host.paint('red', fault));
  return { asAnnounced: faults.length === 0 };
}

/** `+01:12:20`: how long the release has been going, in virtual time. */
function since(began: number, at: number): string {
  const total = Math.max(0, Math.round((at - began) / 1000));
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `+${two(total / 3600)}:${two((total / 60) % 60)}:${two(total % 60)}`;
}
