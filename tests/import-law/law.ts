import { posix } from 'node:path';
import { importsOf, tokens } from './specifiers.ts';

/** A module: its path from the root of the repository, and its text. */
export interface Module {
  readonly path: string;
  readonly text: string;
}

export interface Breach {
  readonly rule:
    | 'areas'
    | 'adapters'
    | 'aws-ports'
    | 'pure-domain'
    | 'tests'
    | 'small-bin'
    | 'types-only'
    | 'unread';
  readonly path: string;
  readonly says: string;
}

/** Who may import from where, besides from itself: `domain <- contracts <- app <- adapters`, and so on outward. */
const law: Readonly<Record<string, readonly string[]>> = {
  bin: ['cli', 'lib'],
  lib: ['src/contracts'],
  functions: ['src/app', 'src/contracts'],
  'src/domain': [],
  'src/contracts': ['src/domain'],
  'src/app': ['src/contracts', 'src/domain'],
  'src/adapters': ['src/app', 'src/contracts', 'src/domain'],
  local: ['functions', 'src/adapters', 'src/app', 'src/contracts', 'src/domain'],
  cli: ['local', 'src/app', 'src/contracts', 'src/domain'],
  console: ['src/contracts'],
  bench: ['local', 'functions', 'src/adapters', 'src/app', 'src/contracts', 'src/domain'],
  tools: ['src/contracts', 'src/domain'],
};

/** Areas that see another only as types. */
const typesOnly: Readonly<Record<string, readonly string[]>> = {
  cli: ['src/domain'],
  console: ['src/contracts'],
};

/** The one module of the functions that knows adapters. */
const AWS_PORTS = 'functions/_shell/aws-ports.ts';
/** The CDK app reads environment files as everything else does, and hands them to `lib`, which knows no adapters. */
const CDK_APP = { path: 'bin/app.ts', mayImport: 'local/environment.ts' };
const BIN_LINES = 30;

/** The area that a path lies in: a folder of `src`, or a top folder. */
export function areaOf(path: string): string {
  const [top = '', next = ''] = path.split('/');
  return top === 'src' ? `${top}/${next}` : top;
}

const adapterOf = (path: string): string | undefined => /^src\/adapters\/([^/]+)\//.exec(path)?.[1];

/** @returns Every breach of the import law in the modules. Tests may import anything and are not looked at. */
export function breachesOf(modules: readonly Module[]): Breach[] {
  return modules.filter((module) => areaOf(module.path) !== 'tests').flatMap(breachesIn);
}

function breachesIn({ path, text }: Module): Breach[] {
  const found: Breach[] = [];
  const report = (rule: Breach['rule'], says: string) => found.push({ rule, path, says });
  const area = areaOf(path);
  if (law[area] === undefined) report('areas', `${area} has no place in the law`);
  if (area === 'bin' && text.trimEnd().split('\n').length >= BIN_LINES)
    report('small-bin', `an entry has less than ${BIN_LINES} lines`);
  for (const { specifier, typeOnly } of importsOf(text)) {
    if (specifier === '(computed)') report('unread', 'imports something that only a run can tell');
    else if (specifier.startsWith('.')) {
      const target = posix.normalize(posix.join(posix.dirname(path), specifier));
      for (const [rule, says] of objections(path, target, typeOnly)) report(rule, says);
    } else if (area === 'src/domain') report('pure-domain', `imports ${specifier}`);
  }
  if (area === 'src/domain') {
    for (const says of impurities(text)) report('pure-domain', says);
  }
  return found;
}

function objections(path: string, target: string, typeOnly: boolean): [Breach['rule'], string][] {
  const from = areaOf(path);
  const to = areaOf(target);
  if (to === 'tests') return [['tests', `imports ${target}`]];
  if (from === 'functions' && to === 'src/adapters')
    return path === AWS_PORTS ? [] : [['aws-ports', `imports ${target}; only ${AWS_PORTS} may`]];
  // Files of the root (package.json) and of folders without modules (statemachines, configs) are matter, not modules.
  if (!/\.[cm]?[jt]sx?$/.test(target)) return [];
  if (from === to) {
    const [own, other] = [adapterOf(path), adapterOf(target)];
    return own === other ? [] : [['adapters', `imports ${target}: adapters do not know each other`]];
  }
  if (path === CDK_APP.path && target === CDK_APP.mayImport) return [];
  if (law[from]?.includes(to) !== true) return [['areas', `imports ${target}: ${from} may not know ${to}`]];
  if (typesOnly[from]?.includes(to) === true && !typeOnly)
    return [['types-only', `imports more than types from ${target}`]];
  return [];
}

/** Time, chance and the world outside come to the domain as arguments. */
const forbidden: readonly (readonly string[])[] = [
  ['Date', '.', 'now'],
  ['new', 'Date', '(', ')'],
  ['Math', '.', 'random'],
  ['performance', '.', 'now'],
  ['process', '.'],
  ['crypto', '.'],
  ['globalThis'],
  ['fetch', '('],
  ['setTimeout'],
  ['setInterval'],
  ['setImmediate'],
  ['console', '.'],
];

function impurities(text: string): string[] {
  const all = tokens(text);
  return forbidden
    .filter((words) =>
      all.some((_, at) => all[at - 1] !== '.' && words.every((word, offset) => all[at + offset] === word)),
    )
    .map((words) => `uses ${words.join('')}`);
}
