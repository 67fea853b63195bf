import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Bench, bench } from '../support/cli-run.ts';

const benches: Bench[] = [];
afterEach(async () => {
  await Promise.all(benches.splice(0).map((one) => one.end()));
});

async function on(): Promise<Bench & { shipped: string }> {
  const made = await bench();
  benches.push(made);
  return { ...made, shipped: join(process.cwd(), 'configs/production.yaml') };
}

const busy = 'rate=16/s,errors=0.5%,p95=180ms';

describe('headgate policy power', () => {
  it('finds that the shipped policy promotes healthy releases within 3 hours, and ends with 0', async () => {
    const { run, host, shipped } = await on();
    expect(await run('policy', 'power', '--policy', shipped, '--traffic', busy, '--json')).toBe(0);
    const [{ reports }] = host.lines() as [{ reports: { plan: { within3h: number; promoted: number } }[] }];
    expect(reports).toHaveLength(1);
    expect(reports[0]?.plan.within3h).toBeGreaterThan(0.9);
  });

  it('names on a 1 % canary at 10 requests a minute what cannot be decided and what would, and ends with 8', async () => {
    const { run, host, shipped } = await on();
    const traffic = 'rate=10/min,errors=0.5%,p95=180ms';
    expect(await run('policy', 'power', '--policy', shipped, '--steps', '1', '--traffic', traffic)).toBe(8);
    const said = host.stdout.join('\n');
    expect(said).toMatch(/^1 %, 2h +errors +undecidable +0 %/m);
    expect(said).toMatch(/^1 %, errors: undecidable, .*what would decide it: a deadline of \d+d .*at 50 %/m);
    expect(said).toMatch(/^1 %, latency: undecidable, .*what would decide it: a share of \d+ %/m);
    expect(said).toMatch(/^below 1 request a second .*stages\.shadow.*one step at 50 %/m);
  });

  it('takes the traffic of the endpoints of a policy where none is given, and several where they are', async () => {
    const { run, host, shipped, folder } = await on();
    const file = join(folder, 'own.yaml');
    const text = readFileSync(shipped, 'utf8');
    writeFileSync(
      file,
      text.replace(/^ {4}mode: act$/m, '    mode: act\n    traffic: { rate: 40/s, errors: 0.1% }'),
    );
    expect(await run('policy', 'power', '--policy', `${file}#default`, '--steps', '50', '--json')).toBe(0);
    const twice = ['--traffic', busy, '--traffic', 'rate=1/s,errors=0%'];
    expect(await run('policy', 'power', '--policy', file, '--steps', '50', ...twice, '--json')).toBe(0);
    expect(host.lines()).toMatchObject([
      {
        reports: [
          { source: 'the configured traffic of fraud-prod', traffic: { perSecond: 40, errors: 0.001 } },
        ],
      },
      { reports: [{ source: busy, traffic: { perSecond: 16 } }, { traffic: { perSecond: 1 } }] },
    ]);
    expect(await run('policy', 'check', file)).toBe(0);
    expect(host.stdout.at(-1)).toMatch(
      /fine\..*\n {2}warning: fraud-prod, 5 %, latency: unknown; say how many/,
    );
  });

  it.each([
    [['--traffic', 'rate=16'], /^PolicyInvalid: traffic "rate=16": rate: a pace is/],
    [[], /^UsageError: no endpoint of .* says what traffic it has\n {2}add --traffic/],
    [['--traffic', busy, '--steps', '0,5'], /shares are whole numbers from 1 to 100/],
    [['--traffic', busy, '--steps', '50,5'], /^PolicyInvalid: step 2 \(5 %\): shares must rise/],
  ])('says what is wrong with %j, and ends with 2', async (options, says) => {
    const { run, host, shipped } = await on();
    expect(await run('policy', 'power', '--policy', shipped, ...options)).toBe(2);
    expect(host.stderr.join('\n')).toMatch(says);
  });

  it('says how traffic is written in a file', async () => {
    const { run, host, shipped, folder } = await on();
    const file = join(folder, 'own.yaml');
    const text = readFileSync(shipped, 'utf8');
    writeFileSync(file, text.replace(/^ {4}mode: act$/m, '    traffic: { rate: 16, errors: 0.5, p95: 180 }'));
    expect(await run('policy', 'power', '--policy', file)).toBe(2);
    expect(host.stderr[0]).toContain('traffic.rate: 16 is not text; write it like 16/s or 10/min');
    expect(host.stderr[0]).toContain('traffic.errors: 0.5 is not text; write it like 0.5% or 2%');
    expect(host.stderr[0]).toContain('traffic.p95: 180 is not text; write it like 180ms or 0.2s');
  });

  it('says which policies there are where one is asked for that is not', async () => {
    const { run, host, shipped } = await on();
    expect(await run('policy', 'power', '--policy', `${shipped}#strict`, '--traffic', busy)).toBe(2);
    expect(host.stderr.join('\n')).toMatch(/has no policy "strict"\n {2}it has: default/);
  });
});
