import { afterEach, describe, expect, it } from 'vitest';
import { type Bench, bench } from '../support/cli-run.ts';

const benches: Bench[] = [];
afterEach(async () => {
  await Promise.all(benches.splice(0).map((one) => one.end()));
});

async function on(): Promise<Bench> {
  const made = await bench({ controller: {} });
  benches.push(made);
  return made;
}

describe('headgate start --emergency', () => {
  it('asks for it by name, with the reason', async () => {
    const { run, asked } = await on();
    expect(await run('start', 'fraud', '7', '--emergency', '--reason', 'version 6 answers nobody')).toBe(0);
    const reason = 'version 6 answers nobody';
    expect(asked).toEqual([
      [
        'start',
        { endpoint: 'fraud', version: '7', intent: 'release', actor: 'ada', reason, emergency: true },
      ],
    ]);
  });

  it('is never what a plain start asks for', async () => {
    const { run, asked } = await on();
    await run('start', 'fraud', '7', '--reason', 'as planned');
    expect(asked[0]?.[1]).toEqual({
      ...{ endpoint: 'fraud', version: '7', intent: 'release', actor: 'ada', reason: 'as planned' },
    });
  });

  it('is refused to who goes by a name of automation', async () => {
    const { run, host, asked } = await on();
    expect(await run('start', 'fraud', '7', '--emergency', '--reason', 'x', '--as', 'mlflow')).not.toBe(0);
    expect(asked).toEqual([]);
    expect(host.stderr.join('\n')).toMatch(/automation/);
  });
});
