import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import type * as z from 'zod';
import { VirtualClock } from '../../local/clock.ts';
import { type Controller, openController } from '../../local/compose.ts';
import { shippedFile } from '../../local/environment.ts';
import { onSimulator, simulatorSecrets } from '../../local/simulator.ts';
import type { BehaviourAndMetadata, WorkspaceProfile } from '../../local/workspace/profile.ts';
import { fraudProfile } from '../../local/workspace/profiles/fraud.ts';
import { startWorkspace, type Workspace } from '../../local/workspace/workspace.ts';
import { loadEnvironment } from '../../src/adapters/local/environment-file.ts';
import type { AuditRow } from '../../src/app/ports/ledger.ts';
import type { CommandAnswer, ReleaseView, StartAnswer } from '../../src/contracts/api.ts';
import { type EndpointConfig, type EnvironmentConfig, policySchema } from '../../src/contracts/policy.ts';
import { instant, millis, minutes, seconds } from '../../src/domain/units.ts';
import { type Call, callsTo } from './calls.ts';
import { alertDelivery, registryDelivery } from './deliveries.ts';

export type PolicyInput = z.input<typeof policySchema>;
export type Behaviour = NonNullable<BehaviourAndMetadata['behaviour']>;

export const model = 'prod.ml.fraud';
export const endpoint = 'fraud-prod';
export const senders = { mlflow: 'mlflow-scenario-secret', monteCarlo: 'monte-carlo-scenario-secret' };

export const healthy: Behaviour = { errorRate: 0.005, latencyMs: { median: 48, sigma: 0.5 }, quality: 0.95 };
/** Passes whatever is asked before traffic, and fails half of what real callers send. */
export const harmful: Behaviour = { ...healthy, changes: [{ fromPercent: 1, errorRate: 0.5 }] };

const off = { enabled: false, why: 'not part of this scenario' };

/** Two short steps, proven within minutes; every stage before traffic is off. */
export const quickPolicy = {
  strategy: {
    kind: 'canary',
    steps: [
      { candidate: 5, minBake: '2m', deadline: '3h' },
      { candidate: 50, minBake: '2m', deadline: '3h' },
    ],
  },
  gates: [{ name: 'errors', kind: 'errors', ceiling: 0.05 }],
  soak: { span: '5m' },
  evidence: { every: '1m', window: '1m', lag: '0s' },
  stages: {
    test: off,
    evaluate: off,
    assess: off,
    stage: off,
    verifyStaging: off,
    approve: off,
    shadow: off,
  },
} satisfies PolicyInput;

export interface Setting {
  /** Members take the place of those of `quickPolicy`; stages are merged one by one. */
  readonly policy?: Partial<PolicyInput>;
  readonly fraud?: Partial<EndpointConfig>;
  /** The last word on the environment, after everything else. */
  readonly environment?: (environment: EnvironmentConfig) => EnvironmentConfig;
  readonly profile?: Partial<WorkspaceProfile>;
  /** 20 s when absent. */
  readonly tick?: number;
  readonly seed?: number;
  /** Shared secrets of the two senders, where a capture was signed with another one. */
  readonly senders?: Partial<typeof senders>;
  /** The version that serves at the beginning, when it is not the first; those up to it are registered. */
  readonly serving?: string;
  /** False leaves the endpoints without a good configuration. */
  readonly adopt?: boolean;
}

/** A release by what identifies it. */
export interface Running {
  readonly releaseId: string;
  readonly version: string;
}

/** Fast, and not all alike: an update of routes takes 20 s, one of entities a minute. */
export const quickTimings = {
  trafficUpdate: { min: 20_000, max: 20_000 },
  newEntity: { min: 60_000, max: 60_000 },
};

/** One controller against one simulated workspace over real HTTP, in virtual time; closed after the test. */
export async function openStage(setting: Setting = {}): Promise<Stage> {
  const clock = new VirtualClock(instant(Date.parse('2026-01-05T09:00:00Z')));
  const data = mkdtempSync(join(tmpdir(), 'headgate-scenario-'));
  const workspace = await startWorkspace({
    clock,
    seed: setting.seed ?? 11,
    profile: { ...profileOf(setting), timings: quickTimings, ...setting.profile },
  });
  const shared = { ...senders, ...setting.senders };
  const stage = new Stage(clock, workspace, data, environmentOf(setting, workspace.host), shared);
  onTestFinished(async () => {
    await stage.controller.close();
    stage.calls.stop();
    await workspace.close();
    rmSync(data, { recursive: true, force: true });
  });
  if (setting.adopt ?? true) {
    for (const one of Object.values(stage.environment.endpoints)) await stage.adopt(one.endpoint);
  }
  return stage;
}

function profileOf({ serving = '1' }: Setting): WorkspaceProfile {
  if (serving === '1') return fraudProfile;
  const [fraud] = fraudProfile.models ?? [];
  const text = JSON.stringify(fraudProfile.endpoints).replaceAll(
    '"entity_version":"1"',
    `"entity_version":"${serving}"`,
  );
  const versions = Array.from({ length: Number(serving) }, () => ({ ...fraud?.versions?.[0] }));
  return {
    ...fraudProfile,
    models: [{ name: model, aliases: { champion: Number(serving) }, versions }],
    endpoints: JSON.parse(text) as NonNullable<WorkspaceProfile['endpoints']>,
  };
}

function environmentOf(setting: Setting, host: string): EnvironmentConfig {
  const shipped = onSimulator(loadEnvironment(shippedFile('configs/production.yaml'), {}), host);
  const { fraud } = shipped.endpoints;
  if (!fraud) throw new RangeError('The shipped configuration has no endpoint fraud.');
  const stages = { ...quickPolicy.stages, ...setting.policy?.stages };
  const policy = policySchema.parse({ ...quickPolicy, ...setting.policy, stages });
  const environment: EnvironmentConfig = {
    ...shipped,
    endpoints: { fraud: { ...fraud, ...setting.fraud } },
    policies: { default: policy },
    tick: setting.tick ?? seconds(20),
  };
  return setting.environment?.(environment) ?? environment;
}

/** What happens on a stage, in the words of people who release models. */
export class Stage {
  readonly clock: VirtualClock;
  readonly workspace: Workspace;
  readonly data: string;
  readonly environment: EnvironmentConfig;
  readonly senders: typeof senders;
  /** Every request that was sent to the workspace, by whomever. */
  readonly calls: Call;
  /** What ticks could not do. */
  readonly troubles: string[] = [];
  controller: Controller;

  constructor(
    clock: VirtualClock,
    workspace: Workspace,
    data: string,
    environment: EnvironmentConfig,
    shared: typeof senders,
  ) {
    this.senders = shared;
    this.clock = clock;
    this.workspace = workspace;
    this.data = data;
    this.environment = environment;
    this.calls = callsTo(workspace.host);
    this.controller = this.#open();
  }

  #open(): Controller {
    return openController({
      clock: this.clock,
      data: this.data,
      environment: this.environment,
      secrets: simulatorSecrets({ ...this.workspace, ...this.senders }),
      onTrouble: (where, says) => this.troubles.push(`${where}: ${says}`),
    });
  }

  /** The controller's process ends and another one takes its folder over. */
  async restart(): Promise<void> {
    await this.controller.close();
    this.controller = this.#open();
  }

  adopt(name = endpoint) {
    return this.clock.busy(() => this.controller.operations.adopt(name, 'ada'));
  }

  /** A version in the registry that nobody has told us of. @returns its number */
  async version(
    behaviour: Behaviour = healthy,
    more: BehaviourAndMetadata = {},
    of = model,
  ): Promise<string> {
    return String(await this.workspace.registerVersion(of, { behaviour, ...more }));
  }

  /** The registry gets a version and tells us of it. */
  async register(behaviour: Behaviour = healthy, registryName = 'fraud'): Promise<Running> {
    const of = this.environment.endpoints[registryName]?.model ?? model;
    const version = await this.version(behaviour, {}, of);
    return this.announce(version, registryName);
  }

  async announce(version: string, registryName = 'fraud'): Promise<Running> {
    const said = await this.controller.receive(
      'mlflow',
      registryDelivery({ name: registryName, version }, this.clock.now(), this.senders.mlflow),
    );
    const on = this.environment.endpoints[registryName]?.endpoint ?? endpoint;
    const [record] = await this.ledger((ledger) => ledger.releases({ endpoint: on, version }));
    if (!record) throw new RangeError(`Version ${version} started nothing: ${JSON.stringify(said)}`);
    return { releaseId: record.releaseId, version };
  }

  /** A person asks. @throws ReleaseError */
  start(
    version: string | undefined,
    more: { readonly intent?: 'release' | 'rollback'; readonly actor?: string; readonly on?: string } = {},
  ): Promise<StartAnswer> {
    const { intent = 'release', actor = 'ada', on = endpoint } = more;
    return this.clock.busy(() => this.controller.operations.start({ endpoint: on, version, intent, actor }));
  }

  view({ releaseId }: Pick<Running, 'releaseId'>): Promise<ReleaseView> {
    return this.clock.busy(() => this.controller.operations.release(releaseId));
  }

  /**
   * Lets time pass until the release stands in `state` (and the candidate has `share`, where given).
   * @throws RangeError when it ended before, or does not get there within 36 virtual hours.
   */
  async until(release: Pick<Running, 'releaseId'>, state: string, share?: number): Promise<ReleaseView> {
    return this.#wait(release, `stand in ${state}`, (view) => {
      if (view.phase === 'ended') {
        throw new RangeError(`It ended before it stood in ${state}: ${view.outcome?.kind}: ${view.why}`);
      }
      return view.state === state && (share === undefined || view.candidateShare === share);
    });
  }

  /** Lets time pass until the release has ended. */
  async end(release: Pick<Running, 'releaseId'>): Promise<ReleaseView> {
    return this.#wait(release, 'end', (view) => view.phase === 'ended');
  }

  async #wait(
    release: Pick<Running, 'releaseId'>,
    what: string,
    arrived: (view: ReleaseView) => boolean,
  ): Promise<ReleaseView> {
    const latest = this.clock.now() + minutes(36 * 60);
    for (;;) {
      const view = await this.view(release);
      if (arrived(view)) return view;
      if (this.clock.now() > latest) {
        throw new RangeError(`${release.releaseId} did not ${what}: ${view.state}: ${view.why}`);
      }
      await this.clock.sleep(seconds(20));
    }
  }

  pass(duration: number): Promise<void> {
    return this.clock.sleep(millis(duration));
  }

  command(
    { releaseId }: Pick<Running, 'releaseId'>,
    kind: 'approve' | 'abort' | 'rollback',
    actor = 'ada',
  ): Promise<CommandAnswer> {
    const request = { kind, reason: `${actor} says so`, actor };
    return this.clock.busy(() => this.controller.operations.command(releaseId, request));
  }

  approve(release: Pick<Running, 'releaseId'>, actor = 'ada'): Promise<CommandAnswer> {
    return this.command(release, 'approve', actor);
  }

  abort(release: Pick<Running, 'releaseId'>, actor = 'ada'): Promise<CommandAnswer> {
    return this.command(release, 'abort', actor);
  }

  /** Monte Carlo raises an incident on a table that the endpoint's configuration names. */
  alert(incident = 'f83867b6-8f25-428b-807c-08518f63384c', table = 'transactions') {
    const delivery = alertDelivery({ incident, table }, this.clock.now(), this.senders.monteCarlo);
    return this.controller.receive('monte-carlo', delivery);
  }

  ledger<T>(ask: (ledger: Controller['ports']['ledger']) => Promise<T>): Promise<T> {
    return this.clock.busy(() => ask(this.controller.ports.ledger));
  }

  trail(release?: Pick<Running, 'releaseId'>): Promise<readonly AuditRow[]> {
    return this.ledger((ledger) => ledger.auditTrail(release ? { releaseId: release.releaseId } : {}));
  }

  /** The release's files whose reference contains `part`, read as JSON, oldest first. */
  async files<T>(release: Pick<Running, 'releaseId'>, part: string): Promise<T[]> {
    const { files } = await this.view(release);
    const found = files.filter((file) => file.ref.includes(part));
    return this.clock.busy(() =>
      Promise.all(found.map(async (file) => JSON.parse(await this.controller.ports.evidence.get(file)) as T)),
    );
  }

  /** Every share that the entity of `version` ever had while it was routed, in order, by the simulator's own word. */
  async shares(version: string, name = endpoint): Promise<number[]> {
    const { activations } = await this.workspace.truth(name);
    return activations.flatMap(({ routes }) =>
      routes.flatMap((route) => (route.entityVersion === version ? [route.percentage] : [])),
    );
  }

  /** What the endpoint serves now, by the simulator's own word: version -> share, those above 0 only. */
  async serving(name = endpoint): Promise<Record<string, number>> {
    const { activations } = await this.workspace.truth(name);
    const routes = activations.at(-1)?.routes ?? [];
    return Object.fromEntries(
      routes.flatMap((route) => (route.percentage > 0 ? [[route.entityVersion, route.percentage]] : [])),
    );
  }

  /** GET of the workspace's API as the controller's own client would ask. */
  async get(path: string): Promise<Record<string, unknown>> {
    return this.clock.busy(async () => {
      const headers = { authorization: `Bearer ${this.workspace.token}` };
      const answer = await fetch(`${this.workspace.host}${path}`, { headers });
      return (await answer.json()) as Record<string, unknown>;
    });
  }

  /** The version that the alias names. */
  async alias(name = 'champion', of = model): Promise<string> {
    return String((await this.get(`/api/2.1/unity-catalog/models/${of}/aliases/${name}`))['version']);
  }

  /** States that the execution entered, in order, and how often a task was tried again. */
  async journey({ releaseId }: Pick<Running, 'releaseId'>) {
    const record = await this.ledger((ledger) => ledger.release(releaseId));
    const events = record?.executionArn
      ? await this.controller.engine.getExecutionHistory(record.executionArn)
      : [];
    const entered = events.flatMap((event) =>
      event.type.endsWith('StateEntered') ? [String(event['stateEnteredEventDetails']?.['name'])] : [],
    );
    const tries = events.filter((event) => event.type === 'TaskScheduled').length;
    const tasks = events.filter((event) => event.type === 'TaskStateEntered').length;
    return { entered, retries: tries - tasks, events: events.length };
  }

  /** Every row of every table of the ledger, less the audit trail. */
  dump(): Record<string, unknown[]> {
    const database = new DatabaseSync(join(this.data, 'ledger.sqlite'), { readOnly: true });
    try {
      const tables = database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .all()
        .map((row) => String(row['name']))
        .filter((name) => !name.includes('audit'));
      return Object.fromEntries(
        tables.map((name) => [name, database.prepare(`SELECT * FROM "${name}"`).all()]),
      );
    } finally {
      database.close();
    }
  }
}
