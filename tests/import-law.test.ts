import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { areaOf, type Breach, breachesOf, type Module } from './import-law/law.ts';
import { importsOf } from './import-law/specifiers.ts';

const root = new URL('../', import.meta.url);
const areas = [
  ...['bin', 'lib', 'functions', 'statemachines', 'src', 'local', 'cli', 'console', 'bench', 'tools'],
];

function modulesUnder(area: string): Module[] {
  const folder = new URL(`${area}/`, root);
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
  return names
    .filter((name) => /\.[cm]?[jt]sx?$/.test(name))
    .map((name) => name.replaceAll('\\', '/'))
    .map((name) => ({ path: `${area}/${name}`, text: readFileSync(new URL(name, folder), 'utf8') }));
}

const modules = areas.flatMap(modulesUnder);

describe('the import law', () => {
  it('holds in every module', () => {
    expect(breachesOf(modules)).toEqual([]);
  });

  it('has looked at modules in each area of the source, and at their imports', () => {
    const seen = new Set(modules.map(({ path }) => areaOf(path)));
    for (const area of [
      'bin',
      'functions',
      'src/domain',
      'src/contracts',
      'src/app',
      'src/adapters',
      'local',
    ])
      expect(seen, area).toContain(area);
    expect(modules.length).toBeGreaterThan(50);
    const imports = modules.flatMap(({ text }) => importsOf(text));
    expect(imports.length).toBeGreaterThan(modules.length);
  });

  it('puts nothing but data into statemachines', () => {
    expect(modulesUnder('statemachines')).toEqual([]);
  });
});

describe('the import law finds', () => {
  const planted: readonly (readonly [rule: Breach['rule'], path: string, text: string])[] = [
    ['areas', 'src/contracts/a.ts', "import { b } from '../app/b.ts';"],
    ['areas', 'src/app/a.ts', "import { b } from '../adapters/databricks/b.ts';"],
    ['areas', 'src/app/a.ts', "const b = await import('../../functions/b.ts');"],
    ['areas', 'src/adapters/local/a.ts', "export { b } from '../../../local/b.ts';"],
    ['areas', 'functions/a.ts', "import { b } from '../local/compose.ts';"],
    ['areas', 'functions/a.ts', "import type { B } from '../src/domain/b.ts';"],
    ['areas', 'lib/a.ts', "import { b } from '../src/app/b.ts';"],
    ['areas', 'lib/a.ts', "import { b } from '../src/domain/b.ts';"],
    ['areas', 'local/a.ts', "import { b } from '../cli/b.ts';"],
    ['areas', 'cli/a.ts', "import { b } from '../src/adapters/databricks/b.ts';"],
    ['areas', 'console/a.ts', "import type { B } from '../src/app/b.ts';"],
    ['areas', 'tools/a.ts', "import { b } from '../src/app/b.ts';"],
    ['areas', 'bin/a.ts', "import { b } from '../local/b.ts';"],
    ['areas', 'bench/a.ts', "import { b } from '../cli/b.ts';"],
    ['areas', 'statemachines/a.ts', 'export const a = 1;'],
    ['areas', 'src/other/a.ts', 'export const a = 1;'],
    ['types-only', 'cli/a.ts', "import { b } from '../src/domain/b.ts';"],
    ['types-only', 'console/a.ts', "import { b } from '../src/contracts/b.ts';"],
    ['adapters', 'src/adapters/local/a.ts', "import { b } from '../databricks/b.ts';"],
    ['aws-ports', 'functions/a.ts', "import { b } from '../src/adapters/local/b.ts';"],
    ['aws-ports', 'functions/_shell/other.ts', "import type { B } from '../../src/adapters/local/b.ts';"],
    ['tests', 'local/a.ts', "import { b } from '../tests/support/b.ts';"],
    ['tests', 'src/domain/a.ts', "import type { B } from '../../tests/support/b.ts';"],
    ['areas', 'src/domain/a.ts', "import type { B } from '../contracts/b.ts';"],
    ['pure-domain', 'src/domain/a.ts', "import { readFileSync } from 'node:fs';"],
    ['pure-domain', 'src/domain/a.ts', "import * as z from 'zod';"],
    ['pure-domain', 'src/domain/a.ts', 'export const a = () => Date.now();'],
    ['pure-domain', 'src/domain/a.ts', 'export const a = () => new Date();'],
    ['pure-domain', 'src/domain/a.ts', 'export const a = Math.random();'],
    ['pure-domain', 'src/domain/a.ts', "export const a = process.env['A'];"],
    ['pure-domain', 'src/domain/a.ts', "export const a = fetch('http://localhost');"],
    ['pure-domain', 'src/domain/a.ts', 'setTimeout(() => {}, 1);'],
    ['small-bin', 'bin/a.ts', 'export {};\n'.repeat(30)],
    ['unread', 'src/app/a.ts', 'await import(name);'],
  ];

  it.each(planted)('a breach of %s in %s: %s', (rule, path, text) => {
    expect(breachesOf([{ path, text }]).map((breach) => breach.rule)).toEqual([rule]);
  });

  const lawful: readonly (readonly [path: string, text: string])[] = [
    ['functions/_shell/aws-ports.ts', "import { b } from '../../src/adapters/local/b.ts';"],
    ['src/adapters/local/a.ts', "import { b } from './b.ts';"],
    ['cli/a.ts', "import type { B } from '../src/domain/b.ts';"],
    ['cli/a.ts', "import { compose } from '../local/compose.ts';"],
    [
      'src/domain/a.ts',
      "// import { b } from '../app/b.ts';\nexport const says = 'Date.now() is not asked';",
    ],
    ['src/domain/a.ts', 'export const a = (at: number) => new Date(at);'],
    ['tests/a.test.ts', "import { b } from '../src/domain/b.ts';"],
  ];
  it.each(lawful)('nothing in %s: %s', (path, text) => {
    expect(breachesOf([{ path, text }])).toEqual([]);
  });
});

describe('imports are read', () => {
  const specifiers = (text: string) => importsOf(text).map(({ specifier }) => specifier);

  it('in every form that they have', () => {
    const text = `
      import './effect.ts';
      import one, { type Two, three as four } from './named.ts';
      import * as five from "./star.ts";
      import type { Six } from './types.ts';
      import {
        seven,
      } from './lines.ts';
      export * from './all.ts';
      export { eight } from './some.ts';
      export type { Nine } from './exported-types.ts';
      const ten = await import('./lazy.ts');
      type Eleven = import('./inline-type.ts').Eleven;
      import data from './file.json' with { type: 'json' };
      import from from './odd.ts';`;
    expect(specifiers(text)).toEqual([
      ...['./effect.ts', './named.ts', './star.ts', './types.ts', './lines.ts', './all.ts', './some.ts'],
      ...['./exported-types.ts', './lazy.ts', './inline-type.ts', './file.json', './odd.ts'],
    ]);
    expect(importsOf(text).filter(({ typeOnly }) => typeOnly)).toHaveLength(2);
  });

  it('and not where the words stand in a comment, a string or a regular expression', () => {
    const text = `
      /* import './no.ts'; */ // export * from './no.ts'
      const a = "import './no.ts'";
      const b = /import ['"]x['"] from './; const c = 6 / 2; import './yes.ts'; const d = 1 / 3;
      export const e = from('./no.ts');
      export default function from(text: string) { return text; }`;
    expect(specifiers(text)).toEqual(['./yes.ts']);
  });
});
