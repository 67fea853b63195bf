import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasLocalDynamo, platform } from '../adapters/aws/dynamo-setting.ts';

/** What a demo told (each line of the releases' trails, with its moment), and what it left behind. */
interface Told {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly history: readonly string[];
  readonly evidence: Readonly<Record<string, string>>;
}

const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

async function demoOn(ledger: 'sqlite' | 'dynamodb'): Promise<Told> {
  const out = mkdtempSync(join(tmpdir(), `headgate-${ledger}-`));
  onTestFinished(() => rmSync(out, { recursive: true, force: true }));
  const demo = ['bin/headgate.ts', 'demo', '--fast', '--seed', '1', '--ledger', ledger, '--out', out];
  const child = spawn(process.execPath, demo, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  const place = join(out, 'controller');
  return {
    code,
    lines: said.replaceAll(out, 'OUT').split('\n'),
    history: historyIn(join(place, 'machine.sqlite')),
    evidence: filesIn(join(place, 'evidence')),
  };
}

/** Every event of every execution, in order, with its moment. Task tokens are random, and named by their place. */
function historyIn(path: string): string[] {
  const machine = new DatabaseSync(path, { readOnly: true });
  const events = machine.prepare('SELECT arn, body FROM event ORDER BY arn, id').all();
  machine.close();
  const tokens = new Map<string, string>();
  const named = (random: string) => {
    const name = tokens.get(random) ?? `random-${tokens.size}`;
    tokens.set(random, name);
    return name;
  };
  const base64Uuids = /[A-Za-z0-9_-]{90,110}/g;
  return events.map(({ arn, body }) => `${arn} ${body}`.replace(base64Uuids, named).replace(uuid, named));
}

function filesIn(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  const paths = names.map((each) => join(each.parentPath, each.name)).sort();
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length), readFileSync(path, 'utf8')]));
}

if (hasLocalDynamo) {
  describe('the three releases of the demo', () => {
    it('have the same history on DynamoDB as on SQLite, to the millisecond', {
      timeout: 240_000,
    }, async () => {
      const [sqlite, dynamodb] = await Promise.all([demoOn('sqlite'), demoOn('dynamodb')]);
      expect(sqlite.code).toBe(0);
      const acts = sqlite.lines.filter((line) => /^ {2}\+\d\d:\d\d:\d\d /.test(line));
      expect(acts.length).toBeGreaterThan(60);
      expect(sqlite.history.filter((event) => event.includes('StateEntered')).length).toBeGreaterThan(60);
      expect(Object.keys(sqlite.evidence).length).toBeGreaterThan(20);
      expect(dynamodb.lines).toEqual(sqlite.lines);
      expect(dynamodb.history).toEqual(sqlite.history);
      expect(dynamodb.evidence).toEqual(sqlite.evidence);
      expect(dynamodb.code).toBe(0);
    });
  });
} else {
  describe(`the demo on DynamoDB, not run on ${platform}`, () => {
    it('is run on linux/x64, where its local binary exists', () => {
      expect(platform).not.toBe('linux/x64');
    });
  });
}
