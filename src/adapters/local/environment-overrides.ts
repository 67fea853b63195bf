import { parse } from 'yaml';
import type { ConfigurationFault } from './configuration-fault.ts';
import { advice } from './nearest.ts';
import { knownKeys, type Shape, shapesAt } from './schema-shape.ts';
import { membersOf, type Path, spell, valueAt } from './yaml-source.ts';

const prefix = 'HEADGATE_';

/** Variables of ours that are no overrides. */
export const reservedVariables: ReadonlySet<string> = new Set([
  'HEADGATE_API',
  'HEADGATE_API_TOKEN',
  'HEADGATE_DEBUG',
]);

export interface Overridden {
  readonly value: unknown;
  /** Where each variable wrote. */
  readonly written: readonly { readonly variable: string; readonly path: Path }[];
  readonly faults: readonly (ConfigurationFault & { readonly variable: string })[];
}

/**
 * `HEADGATE_ENDPOINTS__FRAUD__POLICY=strict` sets `endpoints.fraud.policy`: `__` goes one level down, letters match
 * in either case, and what is no letter or digit in a key may be left out or written as `_`. An empty variable
 * counts as not set. Variables that the file itself refers to as secrets (`env:NAME`) are left alone.
 */
export function applyOverrides(
  original: unknown,
  env: Readonly<Record<string, string | undefined>>,
  root: Shape,
): Overridden {
  const value: unknown = structuredClone(original);
  const secrets = referredVariables(original);
  const written: { variable: string; path: Path }[] = [];
  const faults: (ConfigurationFault & { variable: string })[] = [];
  for (const variable of Object.keys(env).sort()) {
    const text = env[variable];
    if (!variable.startsWith(prefix) || text === undefined || text === '') continue;
    if (reservedVariables.has(variable) || secrets.has(variable)) continue;
    const found = follow(variable.slice(prefix.length).split('__'), value, root);
    if ('fault' in found) faults.push({ ...found.fault, variable });
    else {
      write(value, found.path, scalar(text, shapesAt(root, found.path, value)));
      written.push({ variable, path: found.path });
    }
  }
  return { value, written, faults };
}

function follow(
  names: readonly string[],
  value: unknown,
  root: Shape,
): { path: Path } | { fault: ConfigurationFault } {
  const path: (string | number)[] = [];
  for (const name of names) {
    const part = valueAt(value, path);
    const keys = Array.isArray(part)
      ? part.map((_, index) => String(index))
      : [...new Set([...Object.keys(membersOf(part)), ...knownKeys(shapesAt(root, path, value))])];
    const matches = keys.filter((key) => plain(key) === plain(name));
    const [match] = matches;
    if (match === undefined || matches.length > 1) {
      const what =
        match === undefined
          ? `"${name}" fits no key under ${spell(path)}`
          : `"${name}" fits several keys: ${matches.join(', ')}`;
      return {
        fault: { path, what, fix: match === undefined ? advice(name, keys) : 'change the file instead' },
      };
    }
    path.push(Array.isArray(part) ? Number(match) : match);
  }
  if (typeof valueAt(value, path) === 'object' && valueAt(value, path) !== null) {
    return {
      fault: {
        path,
        what: 'a variable sets one value, and this is a map or a list',
        fix: 'name a key below it',
      },
    };
  }
  return { path };
}

function plain(key: string): string {
  return key.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** As YAML would read it, but text where text is wanted: `1001` is a fine job id. */
function scalar(text: string, shapes: readonly Shape[]): unknown {
  if (
    shapes.length > 0 &&
    shapes.every(({ type, const: fixed }) => type === 'string' || fixed !== undefined)
  ) {
    return text;
  }
  try {
    const parsed: unknown = parse(text, { prettyErrors: false });
    return typeof parsed === 'object' ? text : parsed;
  } catch {
    return text;
  }
}

function write(value: unknown, path: Path, leaf: unknown): void {
  let part = value;
  for (const [depth, segment] of path.entries()) {
    if (typeof part !== 'object' || part === null) return;
    const members = part as Record<string | number, unknown>;
    if (depth === path.length - 1) members[segment] = leaf;
    else members[segment] ??= {};
    part = members[segment];
  }
}

/** NAMEs of all `env:NAME` references in the file. */
function referredVariables(value: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (typeof value === 'string') {
    if (value.startsWith('env:')) found.add(value.slice(4));
  } else if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) referredVariables(member, found);
  }
  return found;
}
