import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Account } from './account.ts';
import type { StackOutputs } from './cdk.ts';
import type { Written } from './leaks.ts';

/** Everything that the stack wrote anywhere, by kind of place. */
export type Places = Readonly<
  Record<'templates' | 'functions' | 'histories' | 'ledger' | 'evidence' | 'logs', Written[]>
>;

export async function everythingWritten(
  account: Account,
  { EvidenceBucket, LedgerTable }: StackOutputs,
  from: {
    /** The CDK's output: templates, bundles, the state machine file. */
    readonly assembly: string;
    readonly histories: readonly { readonly arn: string; readonly history: readonly HistoryEvent[] }[];
  },
): Promise<Places> {
  const keys = await account.objectKeys(EvidenceBucket);
  const objects = keys.map(async (key) => ({
    place: `S3 ${key}`,
    text: await account.object(EvidenceBucket, key),
  }));
  const rows = await account.rows(LedgerTable);
  return {
    templates: await filesBelow(from.assembly),
    functions: [{ place: 'settings of functions', text: JSON.stringify(await account.functionSettings()) }],
    histories: from.histories.map(({ arn, history }) => ({
      place: `history of ${arn}`,
      text: JSON.stringify(history),
    })),
    ledger: rows.map((row) => ({ place: `ledger ${row['pk']} ${row['sk']}`, text: JSON.stringify(row) })),
    evidence: await Promise.all(objects),
    logs: (await account.logs()).map(({ group, text }) => ({ place: `log ${group}`, text })),
  };
}

/** Kinds of places in which a text that must be there was not found: there, a search proves nothing. */
export function unsearched(places: Places, witness: Readonly<Record<keyof Places, string>>): string[] {
  return Object.entries(places)
    .filter(([kind, written]) => !written.some(({ text }) => text.includes(witness[kind as keyof Places])))
    .map(([kind]) => kind);
}

async function filesBelow(folder: string): Promise<Written[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (file) => ({ place: file, text: await readFile(file, 'latin1') })));
}
