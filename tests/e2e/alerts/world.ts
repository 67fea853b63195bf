import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { type WorkspaceConnection, workspaceConnection } from '../../../local/private-file.ts';
import type { Delivery } from '../../../src/app/ports/webhooks.ts';
import { type Answered, Controller, Simulator } from '../../crash/controller.ts';
import type { Built } from '../../crash/programs.ts';
import { query, storesIn } from '../../crash/standing.ts';
import { senderSecrets } from '../../crash/world.ts';
import type { Child, Children } from '../children.ts';
import type { Plant } from './plants.ts';
import { configurationOf, type IncidentsApi, type Place } from './setting.ts';

/** A simulated workspace and `headgate serve` as processes, and whoever talks to them. */

export interface Around {
  readonly children: Children;
  readonly built: Built;
  /** The world's own; made here. */
  readonly folder: string;
  /** How much faster than the machine's clock the releases live. */
  readonly speed: number;
  /** Kills serve right after it took an alert, and starts it again. */
  readonly killing: boolean;
  /** Monte Carlo's API, which serve asks and answers; it lives in real time. */
  readonly api: IncidentsApi | undefined;
  readonly plant: Plant | undefined;
}

const readyMs = 60_000;
/** How long a question is asked again while serve is being started. */
const patienceMs = 90_000;

export class World {
  readonly simulator: Simulator;
  readonly secrets = senderSecrets(1);
  readonly around: Around;
  /** How often serve was killed, and how many alerts that found without their answer. */
  kills = 0;
  unanswered = 0;
  readonly #connection: WorkspaceConnection;
  readonly #waiting: (() => Promise<void>)[] = [];
  #working: Promise<void> | undefined;
  #serve: Child | undefined;
  #controller: Controller | undefined;

  private constructor(around: Around, connection: WorkspaceConnection) {
    this.around = around;
    this.#connection = connection;
    this.simulator = new Simulator(connection);
  }

  static async open(around: Around, places: readonly Place[]): Promise<World> {
    const { children, built, folder, speed } = around;
    mkdirSync(join(folder, 'data'), { recursive: true, mode: 0o700 });
    const asked = join(folder, 'simulator.json');
    writeFileSync(asked, JSON.stringify({ speed, places }));
    const args = [built.workspace, asked];
    const simulator = children.start('the simulator', { command: process.execPath, args, folder });
    const connection = workspaceConnection.parse(JSON.parse(await simulator.line(readyMs)));
    const world = new World(around, connection);
    writeFileSync(join(folder, 'workspace.json'), JSON.stringify(connection), { mode: 0o600 });
    const configured = around.plant === 'blame' ? places.map(swapped) : places;
    writeFileSync(join(folder, 'headgate.yaml'), configurationOf(configured, connection, around.api));
    await world.#start();
    if (around.api) for (const { endpoint } of places) await world.command(['adopt', endpoint]);
    return world;
  }

  /** The simulator's time at this moment. */
  now(): number {
    const { real, virtual, speed } = this.#connection.epoch;
    return virtual + (Date.now() - real) * speed;
  }

  /** Asks until somebody answers: serve may be being started. @throws Error what was answered instead */
  async ask<T>(question: (controller: Controller) => Promise<Answered<T>>): Promise<T> {
    const answer = await this.answered(question);
    if (answer.kind === 'ok') return answer.body;
    throw new Error(`refused: ${answer.why} ${answer.says}`);
  }

  async answered<T>(
    question: (controller: Controller) => Promise<Answered<T>>,
  ): Promise<Exclude<Answered<T>, { kind: 'unanswered' }>> {
    const latest = Date.now() + patienceMs;
    for (;;) {
      const answer = this.#controller && (await question(this.#controller));
      if (answer && answer.kind !== 'unanswered') return answer;
      if (Date.now() > latest) throw new Error(`serve did not answer within ${patienceMs / 1000} s`);
      await sleep(200);
    }
  }

  deliver(source: 'mlflow' | 'monte-carlo', delivery: Delivery) {
    return this.answered((controller) => controller.deliver(source, delivery));
  }

  /**
   * Does it while serve runs. In a world that kills, everything that came meanwhile is done side by side, and at once
   * when the last of it was answered, serve is killed; whoever comes later waits until it runs again.
   */
  beforeKill<T>(work: () => Promise<T>): Promise<T> {
    if (!this.around.killing) return work();
    const done = new Promise<T>((resolve, reject) => {
      this.#waiting.push(() => work().then(resolve, reject));
    });
    this.#working ??= this.#killAfterEach().finally(() => {
      this.#working = undefined;
    });
    return done;
  }

  async #killAfterEach(): Promise<void> {
    while (this.#waiting.length > 0) {
      await Promise.all(this.#waiting.splice(0).map((work) => work()));
      this.#controller = undefined;
      this.#serve?.signal('SIGKILL');
      await this.#serve?.end(readyMs);
      this.kills += 1;
      this.unanswered += this.#count('deliveries WHERE published = 0');
      await this.#start();
    }
  }

  /**
   * `headgate watch RELEASE`, to be read and awaited, once it shows the release. One that begins while serve is down
   * ends with 5, "try again", and is begun again; one that shows a release outlives a kill.
   */
  async watch(releaseId: string): Promise<Child> {
    const latest = Date.now() + patienceMs;
    for (;;) {
      const watch = this.#headgate(`headgate watch ${releaseId}`, ['watch', releaseId]);
      while (watch.output().length === 0 && watch.alive()) await sleep(50);
      if (watch.output().length > 0) return watch;
      const code = await watch.end(readyMs);
      if (code !== 5 || Date.now() > latest) throw new Error(`${watch.name} ended with ${code}`);
    }
  }

  /** A command that ends by itself. @throws Error when it fails; while serve is down it is tried again */
  async command(args: readonly string[]): Promise<string> {
    const name = `headgate ${args.join(' ')}`;
    const latest = Date.now() + patienceMs;
    for (;;) {
      const child = this.#headgate(name, args);
      const code = await child.end(readyMs);
      if (code === 0) return child.output().join('\n');
      const unreachable = code === 5 && Date.now() < latest;
      if (!unreachable) throw new Error(`${name} ended with ${code}: ${child.complaints().join(' ')}`);
      await sleep(300);
    }
  }

  /** @returns how many commands were accepted and neither applied nor rejected */
  async close(): Promise<number> {
    await this.#working;
    this.#serve?.signal('SIGTERM');
    await this.#serve?.end(readyMs);
    return this.#count(`commands WHERE phase = 'pending'`);
  }

  /** Rows of the ledger; only while serve does not run. */
  #count(what: string): number {
    const data = join(this.around.folder, 'data');
    const ledger = join(storesIn(data) ?? data, 'ledger.sqlite');
    return query(ledger, z.object({ n: z.number() }), `SELECT count(*) AS n FROM ${what}`)[0]?.n ?? 0;
  }

  #headgate(name: string, args: readonly string[]): Child {
    const { children, built, folder } = this.around;
    const given = [built.headgate, ...args, '--data', join(folder, 'data'), '--as', 'ada'];
    return children.start(name, { command: process.execPath, args: given, folder, env: withoutOwn() });
  }

  async #start(): Promise<void> {
    const { children, built, folder, api } = this.around;
    const args = [
      ...[built.headgate, 'serve', '--config', join(folder, 'headgate.yaml')],
      ...(api ? [] : ['--workspace', join(folder, 'workspace.json')]),
      ...['--data', join(folder, 'data'), '--port', '0', '--intake-port', '0', '--json'],
    ];
    const env = {
      ...withoutOwn(),
      MLFLOW_WEBHOOK_SECRET: this.secrets.mlflow,
      MONTE_CARLO_WEBHOOK_SECRET: this.secrets.monteCarlo,
      CLIENT_ID: this.#connection.clientId,
      CLIENT_SECRET: this.#connection.clientSecret,
      MONTE_CARLO_KEY_ID: api?.keyId,
      MONTE_CARLO_TOKEN: api?.token,
    };
    this.#serve = children.start('headgate serve', { command: process.execPath, args, folder, env });
    this.#controller = new Controller(JSON.parse(await this.#serve.line(readyMs)));
  }
}

const swapped = (place: Place): Place => ({
  ...place,
  table: place.upstreamTable,
  upstreamTable: place.table,
  rule: place.upstreamRule,
  upstreamRule: place.rule,
});

/** Whoever runs this may have a controller of their own, or override its configuration. */
function withoutOwn(): Record<string, undefined> {
  const own = Object.keys(process.env).filter((name) => name.startsWith('HEADGATE_'));
  return Object.fromEntries(own.map((name) => [name, undefined]));
}
