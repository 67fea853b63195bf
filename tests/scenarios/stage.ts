import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { VirtualClock } from '../../local/clock.ts';
import { type Controller, openController } from '../../local/compose.ts';
import { type SimulatorSecrets, simulatorSecrets } from '../../local/simulator.ts';
import type { BehaviourAndMetadata } from '../../local/workspace/profile.ts';
import { startWorkspace, type Workspace } from '../../local/workspace/workspace.ts';
import type { ReleaseRecord } from '../../src/app/ports/ledger.ts';
import type { CommandAnswer, CommandRequest, ReleaseView, StartAnswer } from '../../src/contracts/api.ts';
import type { EnvironmentConfig } from '../../src/contracts/policy.ts';
import { instant, millis, minutes, seconds } from '../../src/domain/units.ts';
import { verifiedByBoth, verifiedByUs } from '../support/python-verifier.ts';
import { type Call, callsTo } from './calls.ts';
import { alertDelivery, registryDelivery } from './deliveries.ts';
import { isTodays } from './failures/rotation.ts';
import {
  type Behaviour,
  endpoint,
  environmentOf,
  healthy,
  model,
  profileOf,
  quickTimings,
  type Setting,
  senders,
} from './setting.ts';
import { type Running, Witness } from './witness.ts';

export type { Behaviour, PolicyInput, Setting } from './setting.ts';
export { endpoint, harmful, healthy, model, quickPolicy, quickTimings, senders } from './setting.ts';
export type { Running } from './witness.ts';

let stages = 0;

/** One controller against one simulated workspace over real HTTP, in virtual time; closed after the test. */
export async function openStage(setting: Setting = {}): Promise<Stage> {
  const clock = new VirtualClock(instant(Date.parse('2026-01-05T09:00:00Z')));
  const data = mkdtempSync(join(tmpdir(), 'headgate-scenario-'));
  const workspace = await startWorkspace({
    clock,
    seed: setting.seed ?? 11,
    profile: { ...profileOf(setting), timings: quickTimings, ...setting.profile },
  });
  const shared = { ...senders, ...setting.senders, incidents: setting.incidents };
  const stage = new Stage(clock, workspace, data, environmentOf(setting, workspace.host), shared);
  onTestFinished(async () => {
    await stage.controller.close();
    stage.calls.stop();
    await workspace.close();
    // Whatever was decided on this stage, anyone can recompute. A Python for each would take minutes: another part a day.
    if (isTodays(stages++, 10)) verifiedByBoth(data);
    else verifiedByUs(data);
    rmSync(data, { recursive: true, force: true });
  });
  if (setting.adopt ?? true) {
    for (const one of Object.values(stage.environment.endpoints)) await stage.adopt(one.endpoint);
  }
  return stage;
}

type Shared = typeof senders & Pick<SimulatorSecrets, 'incidents'>;

/** What happens on a stage, in the words of people who release models. */
export class Stage extends Witness {
  readonly environment: EnvironmentConfig;
  readonly senders: Shared;
  /** Every request that was sent to the workspace, by whomever. */
  readonly calls: Call;
  /** What ticks could not do. */
  readonly troubles: string[] = [];

  constructor(
    clock: VirtualClock,
    workspace: Workspace,
    data: string,
    environment: EnvironmentConfig,
    shared: Shared,
  ) {
    super(clock, workspace, data);
    this.senders = shared;
    this.environment = environment;
    this.calls = callsTo(workspace.host);
    this.current = this.#open();
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
    this.current = this.#open();
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
  /** The registry's word of a version, whether it holds it or not: always kept, and answered by a release. */
  async hear(version: string): Promise<ReleaseRecord> {
    const metadata = { eventId: `version-${version}`, at: '2026-01-05T09:00:00Z', source: 'mlflow' };
    const event = { type: 'ModelVersionRegistered', metadata, data: { model: 'fraud', version } } as const;
    return this.clock.busy(async () => {
      await this.controller.ports.bus.publish(event);
      const [release] = await this.controller.ports.ledger.releases({ endpoint, version });
      if (!release) throw new RangeError(`Version ${version} started nothing.`);
      return release;
    });
  }

  start(
    version: string | undefined,
    more: { readonly intent?: 'release' | 'rollback'; readonly actor?: string; readonly on?: string } = {},
  ): Promise<StartAnswer> {
    const { intent = 'release', actor = 'ada', on = endpoint } = more;
    return this.clock.busy(() => this.controller.operations.start({ endpoint: on, version, intent, actor }));
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
    kind: CommandRequest['kind'],
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
}
