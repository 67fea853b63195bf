import { afterEach, describe, expect, it } from 'vitest';
import type { DrillView } from '../../src/contracts/api.ts';
import { ReleaseError } from '../../src/contracts/errors.ts';
import { type Bench, type BenchOptions, bench } from '../support/cli-run.ts';
import { anEndpoint, aRelease, ended } from '../support/scripted-operations.ts';

const benches: Bench[] = [];
afterEach(async () => {
  await Promise.all(benches.splice(0).map((one) => one.end()));
});

async function on(controller: BenchOptions['controller'] = {}): Promise<Bench> {
  const made = await bench({ controller });
  benches.push(made);
  return made;
}

const measured: DrillView = {
  releaseId: aRelease.releaseId,
  version: '2',
  at: '2026-11-21T11:49:43.000Z',
  outcome: { kind: 'restored', says: 'drill by ada: the share of the drill was taken back' },
  rtoSeconds: 24.5,
  acceptedSeconds: 0.5,
  observedSeconds: 24,
  platformRefusedSeconds: 0,
  databricksCalls: 2,
  badRequests: 0,
};

describe('headgate drill', () => {
  it('asks for a drill in the name of the user and says where it stands', async () => {
    const { run, host, asked } = await on();
    expect(await run('drill', '--endpoint', 'fraud', '--reason', 'the quarter ends')).toBe(0);
    const request = { inProduction: false, reason: 'the quarter ends', actor: 'ada' };
    expect(asked).toEqual([['drill', 'fraud', request]]);
    expect(host.stdout.join('\n')).toMatch(/^Started\.\n/);
  });

  it('passes on that it may be done in production', async () => {
    const { run, asked } = await on();
    await run('drill', '--endpoint', 'fraud', '--in-production');
    expect(asked[0]?.[2]).toMatchObject({ inProduction: true });
  });

  it('with --wait shows it to its end and what it measured', async () => {
    const { run, host } = await on({
      release: async () => ended('restored'),
      endpoints: async () => [{ ...anEndpoint, drill: measured }],
    });
    expect(await run('drill', '--endpoint', 'fraud-prod', '--wait')).toBe(0);
    expect(host.stdout.at(-1)).toBe(
      '\nRTO 24.5 s: accepted after 0.5 s (2 calls to Databricks), seen at 100 % 24 s later; ' +
        'the platform refused 0 s of it; 0 bad requests.',
    );
  });

  it('with --wait and --json ends with the measurement as one line', async () => {
    const { run, host } = await on({
      release: async () => ended('restored'),
      endpoints: async () => [{ ...anEndpoint, drill: measured }],
    });
    expect(await run('--json', 'drill', '--endpoint', 'fraud-prod', '--wait')).toBe(0);
    expect(host.lines().at(-1)).toEqual(measured);
  });

  it('is no success where it ended otherwise, or left no measurement', async () => {
    const undone = { ...measured, outcome: { kind: 'rolledBack' as const, says: 'abort by ada: enough' } };
    const stopped = await on({
      release: async () => ended('rolledBack'),
      endpoints: async () => [{ ...anEndpoint, drill: undone }],
    });
    expect(await stopped.run('drill', '--endpoint', 'fraud-prod', '--wait')).toBe(3);
    const without = await on({ release: async () => ended('restored') });
    expect(await without.run('drill', '--endpoint', 'fraud-prod', '--wait')).toBe(1);
    expect(without.host.stderr.join('\n')).toContain('DrillNotMeasured');
  });

  it('says why none is done', async () => {
    const { run, host } = await on({
      drill: async () => {
        throw new ReleaseError('CommandRejected', 'fraud-prod serves production');
      },
    });
    expect(await run('drill', '--endpoint', 'fraud')).toBe(4);
    expect(host.stderr.join('\n')).toContain('fraud-prod serves production');
  });

  it('without an endpoint shows what the last drills measured, and where there was none', async () => {
    const { run, host } = await on({
      endpoints: async () => [
        { ...anEndpoint, drill: measured },
        { ...anEndpoint, endpoint: 'rank-prod' },
      ],
    });
    expect(await run('drill')).toBe(0);
    const lines = host.stdout.join('\n').split('\n');
    expect(lines[0]).toMatch(/^ENDPOINT +DRILLED +VERSION +RTO/);
    expect(lines[1]).toMatch(/^fraud-prod +2026-11-21T11:49:43.000Z +2 +24.5 s +0.5 s +0 s +2 +0 +restored/);
    expect(lines[2]).toMatch(/^rank-prod +never/);
    expect(await run('--json', 'drill')).toBe(0);
    expect(JSON.parse(host.stdout.at(-1) ?? '')).toEqual([
      { endpoint: 'fraud-prod', drill: measured },
      { endpoint: 'rank-prod', drill: null },
    ]);
  });

  it('is in `status` by its RTO', async () => {
    const { run, host } = await on({ endpoints: async () => [{ ...anEndpoint, drill: measured }] });
    await run('status');
    expect(host.stdout[0]).toContain('24.5 s');
  });
});
