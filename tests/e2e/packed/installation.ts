import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import * as z from 'zod';
import type { Child, Children } from '../children.ts';
import { bytesBelow, manifestOf } from './tarball.ts';

export interface Installation {
  readonly node: string;
  readonly seconds: number;
  readonly packages: number;
  readonly bytes: number;
  /** Runs `npx headgate <args>` there. */
  npx(...args: readonly string[]): Promise<Ran>;
  /** Packages of ours for development that nothing else there needs. */
  strays(): readonly string[];
}

export interface Ran {
  readonly code: number | null;
  readonly seconds: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

const installMs = 240_000;
const commandMs = 240_000;

/** What `npm run` tells its children about this repository; an npm below it would believe that it is meant. */
const ofThisRun =
  /^(npm_package_|npm_lifecycle_|npm_config_(local_|global_)?prefix$|npm_command$|npm_execpath$|npm_node_execpath$|INIT_CWD$|NODE$|HEADGATE_)/i;

/** @param tarball installed in a new folder below `folder`, under Node `version` of the npm package `node` */
export async function install(
  children: Children,
  version: string,
  tarball: string,
  folder: string,
): Promise<Installation> {
  const path = await nodeBin(children, version, join(folder, `node-${version}`));
  const env = {
    ...Object.fromEntries(
      Object.keys(process.env)
        .filter((name) => ofThisRun.test(name))
        .map((name) => [name, undefined]),
    ),
    PATH: [path, process.env['PATH'] ?? ''].join(delimiter),
  };
  const place = join(folder, `empty-${version}`);
  mkdirSync(place);
  const run = (name: string, command: string, args: readonly string[], ms: number) =>
    timed(children.start(name, { command, args, folder: place, env }), ms);

  const said = await run(`node ${version}`, 'node', ['--version'], commandMs);
  if (said.stdout[0] !== `v${version}`) throw new Error(`node ${version} says that it is ${said.stdout[0]}`);
  const args = ['install', '--no-audit', '--no-fund', tarball];
  const installed = await run(`npm install under Node ${version}`, 'npm', args, installMs);
  if (installed.code !== 0) throw new Error(`npm install failed under Node ${version}`);
  // Without it, npx would look for a package of that name elsewhere.
  if (!existsSync(join(place, 'node_modules', '.bin', 'headgate'))) {
    throw new Error(`npm install under Node ${version} put no headgate into the empty folder`);
  }
  const lock = lockIn(place);
  return {
    node: version,
    seconds: installed.seconds,
    packages: Object.keys(lock).length,
    bytes: bytesBelow(join(place, 'node_modules')),
    npx: (...words) =>
      run(`headgate ${words.join(' ')} under Node ${version}`, 'npx', ['headgate', ...words], commandMs),
    strays: () => {
      const { devDependencies } = manifestOf(join(place, 'node_modules', 'headgate'));
      const others = Object.entries(lock).filter(([path]) => path !== 'node_modules/headgate');
      const needed = new Set(others.flatMap(([, one]) => Object.keys(one)));
      return Object.keys(devDependencies).filter(
        (name) => Object.hasOwn(lock, `node_modules/${name}`) && !needed.has(name),
      );
    },
  };
}

const names = z.record(z.string(), z.unknown()).default({});
const lockFile = z.object({
  packages: z.record(z.string(), z.object({ dependencies: names, optionalDependencies: names })),
});

/** What is installed, each with what it needs itself. */
function lockIn(place: string): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const file = join(place, 'node_modules', '.package-lock.json');
  const { packages } = lockFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  return Object.fromEntries(
    Object.entries(packages).map(([path, one]) => [
      path,
      { ...one.dependencies, ...one.optionalDependencies },
    ]),
  );
}

/** @returns the folder with that Node's program, which has a folder of its own outside of every installation */
async function nodeBin(children: Children, version: string, folder: string): Promise<string> {
  mkdirSync(folder);
  const { code } = await timed(
    children.start(`npm install node@${version}`, {
      command: 'npm',
      args: ['install', '--no-audit', '--no-fund', '--prefix', folder, `node@${version}`],
      folder,
    }),
    installMs,
  );
  const bin = join(folder, 'node_modules', 'node', 'bin');
  if (code !== 0 || !existsSync(bin)) throw new Error(`npm install node@${version} brought no Node`);
  return bin;
}

async function timed(child: Child, withinMs: number): Promise<Ran> {
  const begun = Date.now();
  const code = await child.end(withinMs);
  const seconds = Math.round((Date.now() - begun) / 100) / 10;
  return { code, seconds, stdout: child.output(), stderr: child.complaints() };
}
