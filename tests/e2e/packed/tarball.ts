import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import * as z from 'zod';
import type { Children } from '../children.ts';

export interface Tarball {
  readonly file: string;
  readonly bytes: number;
  readonly files: readonly string[];
}

const packMs = 120_000;

const packed = z.tuple([
  z.object({ filename: z.string(), size: z.number(), files: z.array(z.object({ path: z.string() })) }),
]);

/** `npm pack` of the repository, its `prepare` (the build) included. */
export async function pack(children: Children, root: string, folder: string): Promise<Tarball> {
  const child = children.start('npm pack', {
    command: 'npm',
    args: ['pack', '--json', '--silent', '--pack-destination', folder],
    folder: root,
  });
  if ((await child.end(packMs)) !== 0) throw new Error('npm pack failed');
  // A script of ours that talks on stdout would come before the JSON.
  const said = child.output().join('\n');
  const [{ filename, size, files }] = packed.parse(JSON.parse(said.slice(said.indexOf('[\n'))));
  return { file: join(folder, filename), bytes: size, files: files.map(({ path }) => path) };
}

/** What an installation is for: the build, and the pages that the program or its README names. */
const wanted = [
  /^(LICENSE|README\.md|package\.json)$/,
  /^dist\/(bin\/headgate|[\w-]+-[A-Z0-9]{8})\.js$/,
  /^configs\/\w+\.yaml$/,
  /^docs\/.*\.(md|svg|json)$/,
  /^statemachines\/.*\.(json|md)$/,
  /^(src|local)\/.*\.md$/,
  // Run by whoever does not take our word for a certificate.
  /^tools\/verify_certificate\.py$/,
];

export function unwanted({ files }: Tarball): readonly string[] {
  return files.filter((path) => !wanted.some((one) => one.test(path)));
}

/** Paths of this machine and the registry that it installs from, wherever they stand in an unpacked tarball. */
export function tracesOfThisMachine(unpacked: string, root: string, registry: string): readonly string[] {
  const host = new URL(registry).host;
  const traces = [`${root}/`, homedir(), ...(host === 'registry.npmjs.org' ? [] : [host])]
    .filter((trace) => trace.length > 3)
    .map((trace) => ({
      trace,
      // Not in the middle of a path: `/app/` is also a part of `src/app/`.
      form: new RegExp(`(?<![\\w./-])${trace.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`),
    }));
  return filesBelow(unpacked).flatMap((path) => {
    const text = readFileSync(path, 'utf8');
    return traces
      .filter(({ form }) => form.test(text))
      .map(({ trace }) => `${relative(unpacked, path)} names ${trace}`);
  });
}

const manifest = z.object({
  dependencies: z.record(z.string(), z.string()).default({}),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});

export function manifestOf(folder: string) {
  return manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
}

/** As esbuild writes them: one to a line, or its names on lines of their own, always in double quotes. */
const imports =
  /^(?:import|export|\})[^"\n]*\bfrom "([^"\n]+)"|^import "([^"\n]+)"|\bimport\("([^"\n]+)"\)/gm;

/** Packages that the build loads, at its start or later, and that an installation does not bring. */
export function missingDependencies(unpacked: string): readonly string[] {
  const { dependencies, optionalDependencies } = manifestOf(unpacked);
  const loaded = filesBelow(join(unpacked, 'dist')).flatMap((path) => {
    const text = readFileSync(path, 'utf8');
    return [...text.matchAll(imports)].map(([, from, bare, later]) => from ?? bare ?? later ?? '');
  });
  const packages = loaded
    .filter((specifier) => /^(@[\w.-]+\/)?[a-z][\w.-]*(\/|$)/.test(specifier) && !isBuiltin(specifier))
    .map((specifier) =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    );
  return [...new Set(packages)].filter(
    (name) => !Object.hasOwn(dependencies, name) && !Object.hasOwn(optionalDependencies, name),
  );
}

export function bytesBelow(folder: string): number {
  return filesBelow(folder).reduce((sum, path) => sum + statSync(path).size, 0);
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
