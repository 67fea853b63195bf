import * as z from 'zod';
import type { Contracts } from './finding.ts';
import type { Edge } from './graph.ts';

type Schema = Readonly<Record<string, unknown>>;
const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

/** All values that the state's answer may have in `field.tag`, or in `tag` itself, by its contract. */
export function kindsOf(contracts: Contracts, edge: Edge, field: string | undefined, tag: string): string[] {
  const output = contracts.states[edge.from]?.output;
  if (output === undefined) return [];
  const inField = (schema: unknown, name: string): unknown[] => {
    if (!isSchema(schema)) return [];
    const branches = [schema['anyOf'], schema['oneOf']].flatMap((list) => (Array.isArray(list) ? list : []));
    const own = isSchema(schema['properties']) ? [schema['properties'][name]] : [];
    return [...own, ...branches.flatMap((branch) => inField(branch, name))];
  };
  const root = z.toJSONSchema(output, { reused: 'inline' });
  const holders = field === undefined ? [root] : inField(root, field);
  return holders
    .flatMap((holder) => inField(holder, tag))
    .flatMap((schema) => {
      if (!isSchema(schema)) return [];
      return Array.isArray(schema['enum']) ? schema['enum'].map(String) : [String(schema['const'])];
    });
}
