import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Bench, bench } from '../support/cli-run.ts';

const benches: Bench[] = [];
afterEach(async () => {
  await Promise.all(benches.splice(0).map((one) => one.end()));
});

describe('headgate policy check', () => {
  it('warns of a gate whose chances hold for one result, and not for one in each window', async () => {
    const made = await bench();
    benches.push(made);
    const { run, host, folder } = made;
    const shipped = readFileSync('configs/production.yaml', 'utf8');
    const withGate = (looks: string) =>
      shipped
        .replace(
          '    gates:\n',
          `    gates:\n      - { name: complaints, kind: threshold, metric: rate, max: 0.05${looks} }\n`,
        )
        .replace('    warehouse:', '    scores: { readings: prod.serving.results }\n    warehouse:');
    const warningsWith = async (looks: string) => {
      writeFileSync(join(folder, 'x.yaml'), withGate(looks));
      expect(await run('policy', 'check', 'x.yaml', '--json')).toBe(0);
      return host.lines().at(-1);
    };
    expect(await warningsWith('')).toMatchObject({
      files: [
        { warnings: [expect.stringMatching(/^policy default, gate "complaints": .*looks: sequential/)] },
      ],
    });
    expect(await warningsWith(', looks: sequential')).toMatchObject({ files: [{ warnings: [] }] });
  });
});
