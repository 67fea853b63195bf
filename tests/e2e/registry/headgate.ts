import { existsSync, globSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { apiConnection, readPrivate, workspaceConnection } from '../../../local/private-file.ts';
import { endpointView, type ReleaseView, releaseView, timelineEntry } from '../../../src/contracts/api.ts';
import type { Child, Children } from '../children.ts';
import { type SimulatedCatalogue, simulatedCatalogue } from './simulated-catalogue.ts';

const root = resolve(fileURLToPath(new URL('../../..', import.meta.url)));
const cli = join(root, 'dist', 'bin', 'headgate.js');

const startMs = 30_000;
const commandMs = 30_000;
/** docs/cli.md: no such endpoint, version or release. */
const notFound = 6;

const deliveryRow = z.object({ deliveryId: z.string(), event: z.string() });

/** The built command line as its user runs it: each command a process of its own, in one working folder. */
export class Headgate {
  readonly #children: Children;
  readonly #folder: string;

  constructor(children: Children, folder: string) {
    if (!existsSync(cli)) throw new Error(`${cli} is missing: run \`npm run build\``);
    this.#children = children;
    this.#folder = folder;
  }

  async workspace(speed: number): Promise<SimulatedCatalogue> {
    const child = this.#start(['workspace', '--speed', String(speed)]);
    return simulatedCatalogue(workspaceConnection.parse(JSON.parse(await child.line(startMs))));
  }

  /** @returns where the intake listens */
  async serve(mlflowSecret: string): Promise<string> {
    const args = ['serve', '--port', '0', '--intake-port', '0', '--json'];
    const child = this.#start(args, { MLFLOW_WEBHOOK_SECRET: mlflowSecret });
    return z.object({ intake: z.url() }).parse(JSON.parse(await child.line(startMs))).intake;
  }

  /** Follows the next release that begins. Resolves once it is looking. */
  async watchNext(): Promise<Child> {
    const child = this.#start(['watch', '--json']);
    await child.says(/waiting for the next one/, startMs);
    return child;
  }

  /** Every release of a version, newest first. */
  async why(version: string): Promise<readonly ReleaseView[]> {
    const { code, lines } = await this.#run(['why', version, '--json']);
    return code === notFound ? [] : z.array(releaseView).parse(lines[0]);
  }

  async servingVersion(endpoint: string): Promise<string | null> {
    const { lines } = await this.#run(['status', endpoint, '--json']);
    return z.tuple([endpointView]).parse(lines[0])[0].servingVersion;
  }

  async start(endpoint: string, version: string): Promise<void> {
    await this.#done(['start', endpoint, version, '--json']);
  }

  async abort(release: string, reason: string): Promise<void> {
    await this.#done(['abort', release, '--reason', reason, '--json']);
  }

  /** The audit trail, as the API tells it. */
  async trail() {
    const connection = readPrivate(join(this.#folder, '.headgate', 'api.json'), apiConnection);
    if (!connection) throw new Error('headgate serve left no .headgate/api.json');
    const answer = await fetch(new URL('/v1/timeline', connection.url), {
      headers: { authorization: `Bearer ${connection.token}` },
    });
    return z.array(timelineEntry).parse(await answer.json());
  }

  /** The sender's id of every delivery that the ledger holds for a version. */
  deliveriesOf(model: string, version: string): readonly string[] {
    const [file, ...others] = globSync(join(this.#folder, '.headgate', 'simulator-*', 'ledger.sqlite'));
    if (file === undefined || others.length > 0) throw new Error('there is not exactly one ledger');
    const ledger = new DatabaseSync(file, { readOnly: true });
    try {
      const rows = z
        .array(deliveryRow)
        .parse(ledger.prepare("SELECT deliveryId, event FROM deliveries WHERE source = 'mlflow'").all());
      const about = z.object({ data: z.object({ model: z.string(), version: z.string() }) });
      return rows
        .filter(({ event }) => {
          const { data } = about.parse(JSON.parse(event));
          return data.model === model && data.version === version;
        })
        .map(({ deliveryId }) => deliveryId);
    } finally {
      ledger.close();
    }
  }

  #start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
    return this.#children.start(`headgate ${args[0]}`, {
      command: process.execPath,
      args: [cli, ...args],
      folder: this.#folder,
      env: { ...withoutOwnSettings(), ...env },
    });
  }

  async #done(args: readonly string[]): Promise<void> {
    const { code } = await this.#run(args);
    if (code !== 0) throw new Error(`headgate ${args.join(' ')} ended with ${code}`);
  }

  async #run(args: readonly string[]): Promise<{ code: number | null; lines: readonly unknown[] }> {
    const child = this.#start(args);
    const code = await child.end(commandMs);
    return { code, lines: child.output().map((line): unknown => JSON.parse(line)) };
  }
}

/** Whoever runs this may have a controller of their own, or override its configuration. */
function withoutOwnSettings(): Record<string, undefined> {
  const own = Object.keys(process.env).filter((name) => name.startsWith('HEADGATE_'));
  return Object.fromEntries(own.map((name) => [name, undefined]));
}
