import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runDemo } from '../../local/demo.ts';
import { verifiedByBoth } from '../support/python-verifier.ts';
import { recordingHost } from '../support/recording-host.ts';

it('the demo leaves a certificate for each decision, and both verifiers find that it holds', async () => {
  const out = mkdtempSync(join(tmpdir(), 'headgate-demo-'));
  onTestFinished(() => rmSync(out, { recursive: true, force: true }));
  const stop = new AbortController().signal;
  await runDemo({ json: true, seed: 1, out, ledger: 'sqlite', fast: true, stop }, recordingHost());
  const decisions = globSync('**/certificates/*.json', { cwd: out }).map((file) => basename(file));
  for (const kind of ['advance', 'promote', 'retire', 'rollback'])
    expect(
      decisions.some((name) => name.includes(kind)),
      kind,
    ).toBe(true);
  expect(verifiedByBoth(out)).toBe(decisions.length);
}, 120_000);
