import { readFileSync } from 'node:fs';
import { ReleaseError } from '../../contracts/errors.ts';
import { type EnvironmentConfig, environmentJsonSchema, environmentSchema } from '../../contracts/policy.ts';
import { type ConfigurationFault, inlineSecret, looksSecret } from './configuration-fault.ts';
import { crossFaults } from './environment-checks.ts';
import { applyOverrides, type Overridden } from './environment-overrides.ts';
import { schemaFaults } from './schema-faults.ts';
import { type Path, readYaml, spell, type YamlSource } from './yaml-source.ts';

/** One fault as people and tools get it; `line` and `column` are from 1, and null where a variable is to blame. */
export interface ConfigurationProblem {
  /** The file, or the environment variable that overrides it. */
  readonly from: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly key: string;
  readonly what: string;
  readonly fix: string;
}

/**
 * Reads an environment file, applies `HEADGATE_...` overrides and checks all of it.
 * @param name The file in messages; its path when absent.
 * @throws ReleaseError `ConfigurationInvalid`: a line for each fault (`file:line:column key: what; fix`), and the same
 *   in facts.problems. Neither ever holds the value of a secret.
 */
export function loadEnvironment(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
  name: string = path,
): EnvironmentConfig {
  const source = yamlIn(path, name);
  const root = environmentJsonSchema();
  const overridden = applyOverrides(source.value ?? {}, env, root);
  const parsed = environmentSchema.safeParse(overridden.value);
  const faults = [
    ...schemaFaults(parsed.success ? [] : parsed.error.issues, overridden.value, root),
    ...secretFaults(overridden.value),
    ...crossFaults(overridden.value),
  ];
  const problems = [
    ...overridden.faults.map((fault) => ({
      ...named(fault),
      from: fault.variable,
      line: null,
      column: null,
    })),
    ...dedupe(faults).map((fault) => located(fault, name, source, overridden)),
  ];
  if (problems.length > 0) throw invalid(problems);
  if (!parsed.success) throw parsed.error;
  return parsed.data;
}

/** A file that is YAML. @throws ReleaseError `ConfigurationInvalid` with a line for each place where it is none. */
export function yamlIn(path: string, name: string): YamlSource {
  const source = readYaml(textOf(path, name));
  if (source.syntaxFaults.length === 0) return source;
  throw invalid(
    source.syntaxFaults.map(({ place, says }) => ({
      from: name,
      ...place,
      key: '(YAML)',
      what: says,
      fix: 'mend the YAML first; the rest is checked after that',
    })),
  );
}

function textOf(path: string, name: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing ? 'there is no such file' : 'the file cannot be read';
    throw new ReleaseError('ConfigurationInvalid', `${name}: ${why}`, { cause, facts: { file: name } });
  }
}

/** Secrets in places where nobody expects one. */
function secretFaults(value: unknown, path: Path = []): ConfigurationFault[] {
  if (looksSecret(value)) return [{ path, ...inlineSecret }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    secretFaults(member, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

/** One fault per key is enough to mend it; the schema's word comes first, but a secret outweighs it. */
export function dedupe(faults: readonly ConfigurationFault[]): ConfigurationFault[] {
  const byKey = new Map<string, ConfigurationFault>();
  for (const fault of faults) {
    const key = spell(fault.path);
    const repeats = looksSecret(fault.what) || looksSecret(fault.fix);
    if (repeats) byKey.set(key, { path: fault.path, ...inlineSecret });
    else if (!byKey.has(key) || fault.what === inlineSecret.what) byKey.set(key, fault);
  }
  return [...byKey.values()];
}

export function named({ path, what, fix }: ConfigurationFault) {
  const key = spell(path);
  return { key: looksSecret(key) ? '(not shown)' : key, what, fix };
}

function located(
  fault: ConfigurationFault,
  file: string,
  source: YamlSource,
  { written }: Overridden,
): ConfigurationProblem {
  const blamed = written.find((override) =>
    override.path.every((segment, depth) => fault.path[depth] === segment),
  );
  if (blamed !== undefined) return { ...named(fault), from: blamed.variable, line: null, column: null };
  return { ...named(fault), from: file, ...source.placeOf(fault.path) };
}

export function invalid(problems: readonly ConfigurationProblem[]): ReleaseError {
  const sorted = [...problems].sort(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
  const lines = sorted.map(({ from, line, column, key, what, fix }) => {
    const place = line === null ? from : `${from}:${line}:${column}`;
    return `${place} ${key}: ${what}; ${fix}`;
  });
  return new ReleaseError('ConfigurationInvalid', lines.join('\n'), { facts: { problems: sorted } });
}
