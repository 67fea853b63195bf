import * as z from 'zod';
import type { Workspace } from '../../../local/workspace/workspace.ts';
import type { Account } from './account.ts';
import type { StackOutputs } from './cdk.ts';
import { subject } from './subject.ts';

/** What the workspace really does, and what the ledger says of it: not what anybody answered. */
export interface Truth {
  /** Share in percent by model version. */
  readonly serves: Readonly<Record<string, number>>;
  readonly alias: string | undefined;
  readonly ledger: { readonly phase: string; readonly lastGood: string | undefined };
}

const endpointRow = z.object({
  phase: z.string(),
  /** A document within the row, as JSON. */
  lastGood: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.object({ version: z.string() }))
    .optional(),
});
const aliased = z.object({ version: z.int() });

export async function truthOf(
  workspace: Workspace,
  account: Account,
  { LedgerTable }: StackOutputs,
): Promise<Truth> {
  const { activations } = await workspace.truth(subject.endpoint);
  const routes = (activations.at(-1)?.routes ?? []).filter(({ percentage }) => percentage > 0);
  const rows = await account.rows(LedgerTable);
  const row = rows.find(({ pk, sk }) => pk === 'ENDPOINT' && sk === subject.endpoint);
  const { phase, lastGood } = endpointRow.parse(row ?? { phase: '(no row)' });
  return {
    serves: Object.fromEntries(routes.map(({ entityVersion, percentage }) => [entityVersion, percentage])),
    alias: await aliasOf(workspace),
    ledger: { phase, lastGood: lastGood?.version },
  };
}

/** What is not so, in words: `version` alone serves, the alias names it, and the ledger closed with it as good. */
export function untrue(truth: Truth, version: string): string[] {
  const expected: readonly [string, unknown, unknown][] = [
    ['the endpoint serves', truth.serves, { [version]: 100 }],
    [`the alias ${subject.alias} names`, truth.alias, version],
    ['the ledger has', truth.ledger, { phase: 'closed', lastGood: version }],
  ];
  return expected
    .map(([what, seen, wanted]) => ({ what, seen: JSON.stringify(seen), wanted: JSON.stringify(wanted) }))
    .filter(({ seen, wanted }) => seen !== wanted)
    .map(({ what, seen, wanted }) => `${what} ${seen}, not ${wanted}`);
}

async function aliasOf(workspace: Workspace): Promise<string | undefined> {
  const path = `/api/2.1/unity-catalog/models/${subject.ucModel}/aliases/${subject.alias}`;
  const headers = { authorization: `Bearer ${workspace.token}` };
  const answer = await fetch(`${workspace.host}${path}`, { headers });
  const read = aliased.safeParse(await answer.json());
  return read.success ? String(read.data.version) : undefined;
}
