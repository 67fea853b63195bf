import type * as z from 'zod';
import { type ConfigurationFault, inlineSecret, shown } from './configuration-fault.ts';
import { advice, nearest } from './nearest.ts';
import { isSecretPlace, knownKeys, type Shape, shapesAt } from './schema-shape.ts';
import { membersOf, type Path, valueAt } from './yaml-source.ts';

type Issue = z.core.$ZodIssue;

/** What the schema finds wrong, in words that name the key, what is wrong with it and what mends it. */
export function schemaFaults(issues: readonly Issue[], value: unknown, root: Shape): ConfigurationFault[] {
  return issues.flatMap((issue) => faultsOf(issue, value, root));
}

function faultsOf(issue: Issue, value: unknown, root: Shape): ConfigurationFault[] {
  const path: Path = issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));
  const shapes = shapesAt(root, path, value);
  const found = valueAt(value, path);
  if (found !== undefined && found !== null && isSecretPlace(shapes)) return [{ path, ...inlineSecret }];
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(shapes);
    const free = known.filter((key) => !Object.hasOwn(membersOf(found), key));
    return issue.keys.map((key) => ({
      path: [...path, key],
      what: `there is no key "${key}" here`,
      fix: advice(key, nearest(key, known) === undefined ? free : known),
    }));
  }
  if (found === undefined) return [missing(path, shapes)];
  return [{ path, ...wrongValue(issue, found, shapes) }];
}

function missing(path: Path, shapes: readonly Shape[]): ConfigurationFault {
  const { description, type, pattern } = shapes[0] ?? {};
  const kinds = kindsOf(shapes);
  let wanted = 'a value';
  if (kinds.length > 0) wanted = `one of ${kinds.join(', ')}`;
  else if (pattern?.startsWith('^(env|file|aws):')) wanted = 'env:NAME, file:PATH or aws:SECRET-ID';
  else if (typeof type === 'string') wanted = nounOf(type);
  const why = description === undefined ? '' : ` (${description.replace(/\.$/, '')})`;
  return { path, what: 'is missing', fix: `add it with ${wanted}${why}` };
}

function kindsOf(shapes: readonly Shape[]): string[] {
  return shapes.flatMap((shape) => (shape.const === undefined ? [] : [String(shape.const)]));
}

function wrongValue(issue: Issue, found: unknown, shapes: readonly Shape[]): { what: string; fix: string } {
  const seen = shown(found);
  switch (issue.code) {
    case 'invalid_value':
      return choice(found, issue.values.map(String));
    case 'invalid_union':
      if (kindsOf(shapes).length > 0) return choice(found, kindsOf(shapes));
      return { what: `${seen} fits none of the forms allowed here`, fix: hint(shapes, 'see docs/policy.md') };
    case 'invalid_type': {
      const noun = nounOf(issue.expected);
      const quotes =
        issue.expected === 'string' && typeof found === 'number' ? 'put it in quotes' : `write ${noun}`;
      return { what: `${seen} is not ${noun}`, fix: hint(shapes, quotes) };
    }
    case 'too_big':
      return { what: `${seen} is too large`, fix: largest(issue, found) };
    case 'too_small':
      if (issue.origin === 'array' || issue.origin === 'string') {
        return { what: 'is empty', fix: `give at least ${issue.minimum}` };
      }
      return {
        what: `${seen} is too small`,
        fix: `use ${bound(issue.inclusive, 'at least', 'more than')} ${issue.minimum}`,
      };
    case 'invalid_format':
      return { what: `${seen} has not the form it needs`, fix: formOf(issue, shapes) };
    default:
      return { what: `${seen} cannot be used`, fix: issue.message };
  }
}

function choice(found: unknown, known: readonly string[]): { what: string; fix: string } {
  if (typeof found !== 'string') {
    return { what: `${shown(found)} cannot be chosen here`, fix: `choose one of ${known.join(', ')}` };
  }
  return { what: `${shown(found)} cannot be chosen here`, fix: advice(found, known) };
}

function largest(issue: z.core.$ZodIssueTooBig, found: unknown): string {
  const limit = `use ${bound(issue.inclusive, 'at most', 'less than')} ${issue.maximum}`;
  // A share between 0 and 1 written in percent is the usual slip.
  const percent =
    issue.maximum === 1 && typeof found === 'number' && found < 100 ? `, such as ${found / 100}` : '';
  return limit + percent;
}

function bound(inclusive: boolean | undefined, closed: string, open: string): string {
  return inclusive === false ? open : closed;
}

function formOf(
  issue: z.core.$ZodIssueInvalidStringFormat | { message: string; format: string },
  shapes: readonly Shape[],
): string {
  if (issue.format === 'url') return 'write a whole URL such as https://<workspace>.cloud.databricks.com';
  return hint(shapes, issue.message);
}

function hint(shapes: readonly Shape[], otherwise: string): string {
  // Durations carry their examples in the source, but a transformed schema does not export them.
  if (shapes.some(({ pattern }) => pattern === durationPattern)) return 'write it like 90s, 10m, 3h or 2d';
  const examples = shapes.flatMap((shape) => shape.examples ?? []);
  return examples.length > 0 ? `write it like ${examples.join(' or ')}` : otherwise;
}

const durationPattern = '^\\d+(s|m|h|d)$';

const nouns: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'a map of keys',
  record: 'a map of keys',
  array: 'a list',
};

function nounOf(type: string): string {
  return nouns[type] ?? type;
}
