import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDemo } from '../../local/demo.ts';
import { verifiedByBoth } from '../support/python-verifier.ts';
import { recordingHost } from '../support/recording-host.ts';

/** Texts are compared by their words: a table is as wide as the terminal. */
const words = (text: string): string => text.replaceAll(/[\s│]+/g, ' ').trim();

/** What the README shows of the demo, cut where it says that it cuts. */
function shownByReadme(): string[] {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const block = /Trimmed output:\n\n```text\n(.*?)```/s.exec(readme)?.[1] ?? '';
  // A line that is indented deeper goes on with the one before.
  return block
    .replaceAll(/\n {10,}/g, ' ')
    .split('\n')
    .flatMap((line) => line.split('...'))
    .map(words)
    .filter((part) => part.length > 0);
}

describe('the demo', () => {
  const out = mkdtempSync(join(tmpdir(), 'headgate-demo-'));
  const host = recordingHost();

  beforeAll(async () => {
    const stop = new AbortController().signal;
    await runDemo({ json: false, seed: 1, out, ledger: 'sqlite', fast: true, stop }, host);
  }, 120_000);
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  it('leaves a certificate for each decision, and both verifiers find that it holds', () => {
    const decisions = globSync('**/certificates/*.json', { cwd: out }).map((file) => basename(file));
    for (const kind of ['advance', 'promote', 'retire', 'rollback'])
      expect(
        decisions.some((name) => name.includes(kind)),
        kind,
      ).toBe(true);
    expect(verifiedByBoth(out)).toBe(decisions.length);
  }, 60_000);

  it('tells what the README says that it tells', () => {
    const told = words(host.stdout.join('\n'));
    const shown = shownByReadme();
    expect(shown.length).toBeGreaterThan(20);
    expect(shown.filter((part) => !told.includes(part))).toEqual([]);
  });
});
