import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { type FunctionName, functionNames, reaches } from '../src/contracts/functions.ts';
import type { EnvironmentConfig } from '../src/contracts/policy.ts';
import { functionFile } from '../src/contracts/states.ts';
import { onAws } from './secrets.ts';

/** What a function's code may weigh, in bytes: larger ones start slower and mean that something strayed in. */
export const bundleBudget = 512 * 1024;

export interface FunctionCode {
  /** Absolute; holds `index.mjs`, which exports `handler`. */
  readonly folder: string;
  /** Of the code: an environment is as large as its owner makes it, and is no part of it. */
  readonly bytes: number;
}

type OfEach<T> = Readonly<Record<FunctionName, T>>;
type Sizes = OfEach<{ readonly bytes: number }>;

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Bundles every function, each into a folder of its own below `into`. The code is the same in every environment: what
 * it imports as `environment.json` is laid beside it by `codeFor`.
 * @throws esbuild's BuildFailure when a module cannot be bundled, Error when one is over the budget.
 */
export async function bundleFunctions(into: string): Promise<OfEach<FunctionCode>> {
  const waiting = [...functionNames];
  const made: Partial<Record<FunctionName, FunctionCode>> = {};
  const worker = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift())
      made[name] = await bundleFunction(name, into);
  };
  // All of them, also when one fails: whoever removes `into` then must not meet one that still writes.
  const ends = await Promise.allSettled(Array.from({ length: availableParallelism() }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return withinBudget(complete(made));
}

/** @throws Error with the whole table when one is larger than `bundleBudget`. */
export function withinBudget<T extends Sizes>(functions: T): T {
  const over = functionNames.filter((name) => functions[name].bytes > bundleBudget);
  if (over.length === 0) return functions;
  throw new Error(
    `over the budget of a function: ${over.join(', ')}; see what they import\n${sizeTable(functions)}`,
  );
}

/** As `bundleFunctions`, for one of them. */
export async function bundleFunction(name: FunctionName, into: string): Promise<FunctionCode> {
  const { outputFiles } = await build({ ...options, stdin: entryOf(name) });
  const code = outputFiles[0]?.contents ?? new Uint8Array();
  const folder = join(resolve(into), name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'index.mjs'), code);
  return { folder, bytes: code.byteLength };
}

/** The functions as one environment deploys them, below `into`: the code, and the environment that it reads. */
export async function codeFor(
  environment: EnvironmentConfig,
  functions: OfEach<FunctionCode>,
  into: string,
): Promise<OfEach<FunctionCode>> {
  const json = JSON.stringify(onAws(environment));
  const made: Partial<Record<FunctionName, FunctionCode>> = {};
  for (const name of functionNames) {
    const folder = join(resolve(into), name);
    await mkdir(folder, { recursive: true });
    await copyFile(join(functions[name].folder, 'index.mjs'), join(folder, 'index.mjs'));
    await writeFile(join(folder, 'environment.json'), json);
    made[name] = { folder, bytes: functions[name].bytes };
  }
  return complete(made);
}

/** The table of sizes that synth prints: largest first, in KiB, with the budget. */
export function sizeTable(functions: Sizes): string {
  const rows = Object.entries(functions)
    .sort(([a, { bytes: x }], [b, { bytes: y }]) => y - x || a.localeCompare(b))
    .map(([name, { bytes }]) => [name, (bytes / 1024).toFixed(1)] as const);
  const widest = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, kib]) => `${name.padEnd(widest)}  ${kib.padStart(6)} KiB`);
  return [...lines, `${'budget'.padEnd(widest)}  ${(bundleBudget / 1024).toFixed(1).padStart(6)} KiB`].join(
    '\n',
  );
}

/**
 * What Lambda loads: the shipped handler on the ports of AWS, with the parts that its contract lets it reach. A module
 * that is not written in here is not in the bundle.
 */
function entryOf(name: FunctionName): NonNullable<BuildOptions['stdin']> {
  const parts = partsOf(name).join(', ');
  const contents = `
    import environment from './environment.json' with { type: 'json' };
    import { awsPorts${parts && `, ${parts}`} } from './functions/_shell/aws-ports.ts';
    import { withinReach } from './functions/_shell/within-reach.ts';
    import { create } from './functions/${functionFile(name)}.ts';
    export const handler = create(withinReach('${name}', awsPorts(environment, { ${parts} })));
  `;
  return { contents, resolveDir: root, sourcefile: `${name}.ts`, loader: 'ts' };
}

/** The exports of functions/_shell/aws-ports.ts that stand for the function's reach. */
function partsOf(name: FunctionName): string[] {
  const { evidence, machine, bus, workspaces, webhook, incidents } = reaches[name];
  return [
    ...(evidence ? ['evidence'] : []),
    ...(machine.length > 0 ? ['machine'] : []),
    ...(bus ? ['bus'] : []),
    ...(workspaces.length > 0 ? ['workspaces'] : []),
    ...(webhook === null ? [] : [webhook]),
    ...(incidents ? ['incidents'] : []),
  ];
}

/** Our modules only export: one of which nothing is used is left out, with all that it imports. */
const ownModulesOnlyExport: Plugin = {
  name: 'own-modules-only-export',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\/environment\.json$/ }, ({ path }) => ({ path, external: true }));
    onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path),
      sideEffects: false,
    }));
  },
};

/**
 * What no function uses, but esbuild cannot know it:
 * - of its own manifest an SDK client reads the version (9 KiB of manifests in the largest function);
 * - endpoint discovery is off unless a client asks for it, and none of ours does (8 KiB with its cache);
 * - a zod schema can describe itself as JSON schema, by a method of each schema (18 KiB). Called in a function, it fails.
 */
const unusedLeftOut: Plugin = {
  name: 'unused-left-out',
  setup: ({ onLoad }) => {
    onLoad({ filter: /node_modules\/@aws-sdk\/[^/]+\/package\.json$/ }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(path, 'utf8')) as { version: string };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
    onLoad({ filter: /node_modules\/@aws-sdk\/endpoint-cache\/.*\.js$/ }, () => ({
      contents: 'export class EndpointCache {}',
    }));
    onLoad(
      { filter: /node_modules\/zod\/v4\/core\/(json-schema-processors|to-json-schema)\.js$/ },
      async ({ path }) => {
        const exported = (await readFile(path, 'utf8')).matchAll(/^export (?:const|function) (\w+)/gm);
        const none = "() => () => { throw new Error('a function describes no schemas'); }";
        return { contents: [...exported].map(([, name]) => `export const ${name} = ${none};`).join('\n') };
      },
    );
  },
};

const options = {
  absWorkingDir: root,
  bundle: true,
  write: false,
  outfile: 'index.mjs',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minify: true,
  legalComments: 'none',
  logLevel: 'silent',
  // The packages' ES modules: those for `require` cannot be shaken and are a fifth larger.
  mainFields: ['module', 'main'],
  alias: { '@aws-sdk/credential-provider-node': './functions/_shell/lambda-credentials.ts' },
  // Imported by the SDK at the first operation that streams events, which is none of ours; 14 KiB.
  external: ['@smithy/core/event-streams'],
  // What is left of `require` in packages finds none in an ES module.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  plugins: [ownModulesOnlyExport, unusedLeftOut],
} as const satisfies BuildOptions;

function complete<T>(made: Partial<Record<FunctionName, T>>): OfEach<T> {
  const missing = functionNames.filter((name) => made[name] === undefined);
  if (missing.length > 0) throw new Error(`no code was made for ${missing.join(', ')}`);
  return made as OfEach<T>;
}
