import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { runDemo } from '../../local/demo.ts';
import { recordingHost } from '../support/recording-host.ts';

/** What the demo tells of its first version, up to where it goes to staging. */
async function beginningOfDemo(turnsToDraw: number): Promise<string[]> {
  const out = mkdtempSync(join(tmpdir(), 'headgate-demo-'));
  onTestFinished(() => rmSync(out, { recursive: true, force: true }));
  const host = recordingHost();
  const enough = new AbortController();
  const lines: string[] = [];
  const slowly = {
    ...host,
    progress: async (title: string) => {
      for (let turn = 0; turn < turnsToDraw; turn++) await new Promise((resolve) => setImmediate(resolve));
      const progress = await host.progress(title);
      return {
        ...progress,
        line: (text: string) => {
          lines.push(text);
          if (text.includes('DeployToStaging')) enough.abort(new RangeError('seen enough'));
        },
      };
    },
  };
  const options = { json: false, seed: 1, out, ledger: 'sqlite' as const, fast: true, stop: enough.signal };
  await expect(runDemo(options, slowly)).rejects.toThrow('seen enough');
  return lines;
}

it('lets no virtual time pass while the terminal is slow', async () => {
  const quick = await beginningOfDemo(0);
  expect(quick.length).toBeGreaterThan(4);
  expect(await beginningOfDemo(20_000)).toEqual(quick);
});
