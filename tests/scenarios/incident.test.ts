import { describe, expect, it } from 'vitest';
import { accept } from '../../src/app/command.ts';
import { ReleaseError } from '../../src/contracts/errors.ts';
import { incidentRecord } from '../../src/contracts/incident.ts';
import { seconds } from '../../src/domain/units.ts';
import { at } from './failures/moments.ts';
import { endpoint, harmful, healthy, openStage, type Running, type Stage } from './stage.ts';

const recordOf = async (stage: Stage, release: Pick<Running, 'releaseId'>, name = 'incident') =>
  incidentRecord.parse((await stage.files<unknown>(release, `/${name}.json`))[0]);

async function pageOf(stage: Stage, release: Pick<Running, 'releaseId'>, name = 'incident'): Promise<string> {
  const { files } = await stage.view(release);
  const file = files.find(({ ref }) => ref.endsWith(`/${name}.md`));
  if (!file) throw new RangeError(`There is no ${name}.md.`);
  return stage.clock.busy(() => stage.controller.ports.evidence.get(file));
}

describe('the record of a rollback', () => {
  it('by evidence names the gate, its numbers and the certificate, and counts what was bad because of it', async () => {
    const stage = await openStage();
    const release = await stage.register(harmful);
    await stage.end(release);

    const record = await recordOf(stage, release);
    if (record.trigger.kind !== 'evidence') throw new RangeError(`by ${record.trigger.kind}`);
    const { gates, certificate } = record.trigger;
    expect(gates).toEqual([
      { gate: 'errors', says: expect.stringMatching(/\d+ of \d+ failed, baseline \d+ of \d+/) },
    ]);
    const { files } = await stage.view(release);
    expect(files).toContainEqual(certificate);
    const { served } = record;
    const expected = served?.expectedErrors ?? Number.NaN;
    const rate = (served?.baselineErrors ?? 0) / (served?.baselineRequests ?? 0);
    expect(expected).toBeCloseTo((served?.candidateRequests ?? 0) * rate, 0);
    // The record rounds what was expected to a tenth.
    expect(Math.abs((served?.badRequests ?? 0) - ((served?.candidateErrors ?? 0) - expected))).toBeLessThan(
      0.6,
    );
    expect(served?.badRequests).toBeGreaterThan(10);

    const page = await pageOf(stage, release);
    expect(page).toContain(`**By:** gate errors: ${gates[0]?.says}`);
    expect(page).toContain(`${served?.candidateErrors} of them failed`);
    expect(page).toContain(`after ${record.rollbackSeconds} s`);
    // To be read in a minute: what matters stands above the timeline.
    expect(page.indexOf('## Timeline')).toBeLessThan(1_500);
  });

  it('by an alert carries its words and its address', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    const url = 'https://getmontecarlo.com/alerts/f83867b6';
    const command = { commandId: 'alert-1', releaseId: release.releaseId, kind: 'alert' as const };
    const reason = `Monte Carlo incident f83867b6 (anomalies) ${url}`;
    await stage.clock.busy(() =>
      accept(stage.controller.ports, { ...command, actor: 'monte-carlo', reason, at: stage.clock.now() }),
    );
    await stage.end(release);
    const record = await recordOf(stage, release);
    expect(record.trigger).toEqual({ kind: 'alert', actor: 'monte-carlo', reason, url });
    expect(await pageOf(stage, release)).toContain(url);
  });

  it('that a person asked of an idle endpoint says who and why, in the outcome too', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.end(release);
    const request = { endpoint, version: undefined, intent: 'rollback', actor: 'grace' } as const;
    const { release: back } = await stage.clock.busy(() =>
      stage.controller.operations.start({ ...request, reason: 'chargebacks doubled' }),
    );
    const view = await stage.end(back);
    expect(view.outcome).toEqual({ kind: 'restored', says: 'rollback by grace: chargebacks doubled' });
    const record = await recordOf(stage, back, 'ending');
    expect(record.trigger).toEqual({ kind: 'request', actor: 'grace', reason: 'chargebacks doubled' });
    expect(record.rollbackSeconds).toBeGreaterThan(0);
  });

  it('before traffic tells the error that ended it, and served nothing', async () => {
    const stage = await openStage({ policy: { stages: { verifyStaging: { enabled: true } } } });
    const release = await stage.register({ ...healthy, jobs: { 'verify-staging': { kind: 'fails' } } });
    await stage.end(release);
    const record = await recordOf(stage, release, 'ending');
    expect(record).toMatchObject({
      error: 'StageFailed',
      trigger: { kind: 'error' },
      outcome: { kind: 'rejected' },
      acceptedAt: null,
      databricksCalls: null,
      served: null,
    });
    expect(await pageOf(stage, release, 'ending')).toContain('no write was needed');
  });

  it('blames what ended the release, and not a command that came when it was ending', async () => {
    const stage = await openStage();
    const release = await stage.register(harmful);
    const abort = { kind: 'abort', reason: 'me too', actor: 'grace' } as const;
    at(stage, { side: 'after', method: 'audit', about: 'RestoreBegan' }, () =>
      stage.controller.operations.command(release.releaseId, abort),
    );
    await stage.end(release);
    const record = await recordOf(stage, release);
    expect(record).toMatchObject({ error: 'EvidenceAgainst', trigger: { kind: 'evidence' } });
    const [command] = await stage.ledger((ledger) => ledger.commands(release.releaseId));
    expect(command).toMatchObject({ kind: 'abort', phase: 'applied' });
  });

  it('of a lost execution blames no command that came when the way back had begun', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    const abort = { kind: 'abort', reason: 'me too', actor: 'grace' } as const;
    // A second later, so that the order is no matter of the same millisecond.
    at(stage, { side: 'after', method: 'audit', about: 'RestoreAccepted' }, async () => {
      void stage.clock
        .sleep(seconds(1))
        .then(() => stage.controller.operations.command(release.releaseId, abort));
    });
    const record = await stage.ledger((ledger) => ledger.release(release.releaseId));
    await stage.clock.busy(() =>
      stage.controller.ports.machine.stop(record?.executionArn ?? '', 'stopped by hand'),
    );
    await stage.end(release);
    expect(await recordOf(stage, release)).toMatchObject({
      error: 'ExecutionLost',
      trigger: { kind: 'error' },
    });
    const [command] = await stage.ledger((ledger) => ledger.commands(release.releaseId));
    expect(command).toMatchObject({ kind: 'abort', phase: 'applied' });
  });

  it('is written once, although its handler runs twice', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 5);
    at(stage, { side: 'after', method: 'audit', about: 'RecordIncident' }, async () => {
      throw new ReleaseError('LedgerUnavailable', 'the answer was lost');
    });
    await stage.abort(release);
    await stage.end(release);
    const { files } = await stage.view(release);
    const names = files.map(({ ref }) => ref.split('/').at(-1));
    expect(names.filter((name) => name?.startsWith('incident'))).toEqual(['incident.md', 'incident.json']);
    const entered = (await stage.journey(release)).entered.filter((state) => state === 'RecordIncident');
    expect(entered).toHaveLength(1);
  });
});
