import { describe, expect, it } from 'vitest';
import { shippedFile } from '../../local/environment.ts';
import { loadEnvironment } from '../../src/adapters/local/environment-file.ts';
import type { PlanDocument } from '../../src/app/plan-document.ts';
import { hours, minutes } from '../../src/domain/units.ts';
import { type Certificate, recomputed } from './certificates.ts';
import { healthy, openStage, quickPolicy } from './stage.ts';

const everyMinute = { every: '1m', window: '1m', lag: '2m' };

describe('a good version', () => {
  it('is promoted over four steps and three hours of looks within 60 states, and only as planned', async () => {
    const shipped = loadEnvironment(shippedFile('configs/production.yaml'), {});
    const policy = shipped.policies['default'];
    if (!policy) throw new RangeError('There is no default policy.');
    const stage = await openStage({
      environment: (environment) => ({
        ...environment,
        policies: {
          default: {
            ...policy,
            strategy: {
              kind: 'canary',
              steps: [5, 10, 25, 50].map((candidate) => ({
                candidate,
                minBake: minutes(30),
                deadline: hours(6),
              })),
            },
            soak: { ...policy.soak, span: minutes(60) },
            stages: { ...policy.stages, approve: { ...policy.stages.approve, enabled: true, approvals: 1 } },
          },
        },
      }),
      profile: { timings: {} },
      tick: minutes(1),
    });
    const release = await stage.register(healthy);
    await stage.until(release, 'Approve');
    await stage.approve(release);
    await stage.until(release, 'Bake', 50);
    expect(await stage.alias()).toBe('1');
    const view = await stage.end(release);

    expect(view.outcome?.kind).toBe('promoted');
    const { entered, retries } = await stage.journey(release);
    expect(entered.length).toBeLessThanOrEqual(60);
    expect(entered.filter((state) => state === 'Bake')).toHaveLength(5);
    expect(retries).toBeGreaterThan(0);

    // Its own looks: one statement a minute while the candidate had traffic.
    const { activations } = await stage.workspace.truth('fraud-prod');
    const exposed = activations.find(({ routes }) => routes.some((one) => one.percentage === 5));
    const retired = activations.at(-1);
    const span = (retired?.at ?? 0) - (exposed?.at ?? 0);
    expect(span).toBeGreaterThan(hours(3));
    const looks = stage.calls.all().filter((call) => call.startsWith('POST /api/2.0/sql/statements')).length;
    expect(looks).toBeGreaterThan(span / minutes(1.5));

    expect(await stage.shares(release.version)).toEqual([0, 5, 10, 25, 50, 100, 100]);
    expect(await stage.shares('1')).toEqual([100, 100, 95, 90, 75, 50, 0]);
    expect(await stage.serving()).toEqual({ [release.version]: 100 });
    const { configuration } = await stage.workspace.truth('fraud-prod');
    expect(configuration['served_entities']).toMatchObject([{ entity_version: release.version }]);
  });

  it('has its alias moved once, after all traffic was observed on it, and becomes the last good one', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    await stage.end(release);

    const calls = stage.calls.all();
    const alias = calls.flatMap((call, index) => (/^PUT .*\/aliases\//.test(call) ? [index] : []));
    const writes = calls.flatMap((call, index) => (/^PUT .*\/config$/.test(call) ? [index] : []));
    // Warm, 5 %, 50 %, 100 %, retire.
    expect(writes).toHaveLength(5);
    expect(alias).toHaveLength(1);
    expect(alias[0]).toBeGreaterThan(writes[3] ?? 0);
    const { activations } = await stage.workspace.truth('fraud-prod');
    const all = activations.find(({ routes }) =>
      routes.some((one) => one.entityVersion === release.version && one.percentage === 100),
    );
    const moved = (await stage.trail(release)).find((line) => line.action === 'AliasMoved');
    expect(moved?.at).toBeGreaterThanOrEqual(all?.at ?? Number.POSITIVE_INFINITY);
    expect(await stage.alias()).toBe(release.version);

    const row = await stage.ledger((ledger) => ledger.endpoint('fraud-prod'));
    expect(row).toMatchObject({
      phase: 'closed',
      owner: null,
      lastGood: { version: release.version, entity: `fraud-${release.version}` },
      previousGood: { version: '1' },
    });
    const good = row?.lastGood;
    if (!good) throw new RangeError('There is no last good configuration.');
    const kept = JSON.parse(await stage.controller.ports.evidence.get(good.configuration)) as object;
    const served = await stage.controller.ports.workspace('production').serving.observe('fraud-prod');
    expect(kept).toEqual(served.configuration);
  });

  it('ends promoted by equal steps up to all traffic', async () => {
    const stage = await openStage({
      policy: { strategy: { kind: 'linear', by: 30, step: { minBake: '1m', deadline: '2h' } } },
    });
    const release = await stage.register(healthy);
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    expect(await stage.shares(release.version)).toEqual([0, 30, 60, 90, 100, 100]);
  });

  it('ends promoted by one step from blue to green', async () => {
    const stage = await openStage({
      policy: { strategy: { kind: 'blueGreen', step: { minBake: '1m', deadline: '2h' } } },
    });
    const release = await stage.register(healthy);
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');
    expect(await stage.shares(release.version)).toEqual([0, 100, 100]);
    expect(stage.calls.servingWrites()).toHaveLength(3);
    expect(await stage.alias()).toBe(release.version);
  });

  it('passes the stages that policy switched off, each told with its reason, and their jobs never ran', async () => {
    const stages = {
      test: { enabled: false, why: 'tested by its makers' },
      evaluate: { enabled: false, why: 'evaluated by its makers' },
      assess: { enabled: false, why: 'nothing to assess' },
      stage: { enabled: false, why: 'no staging today' },
      verifyStaging: { enabled: false, why: 'nothing staged' },
      approve: { enabled: false, why: 'freely released' },
      shadow: { enabled: false, why: 'no probes here' },
      retire: { enabled: false, why: 'kept warm' },
    };
    const stage = await openStage({ policy: { stages } });
    const release = await stage.register(healthy);
    expect((await stage.end(release)).outcome?.kind).toBe('promoted');

    const trail = await stage.trail(release);
    const states = {
      Test: stages.test,
      Evaluate: stages.evaluate,
      AssessIntegration: stages.assess,
      DeployToStaging: stages.stage,
      VerifyStaging: stages.verifyStaging,
      Approve: stages.approve,
      Shadow: stages.shadow,
      RetireBaseline: stages.retire,
    };
    for (const [state, { why }] of Object.entries(states)) {
      const told = trail.filter((line) => line.action === state).map((line) => line.says);
      expect(told, state).toEqual([`skipped by policy: ${why}`]);
    }
    const [plan] = await stage.files<PlanDocument>(release, '/plan.json');
    const skipped = Object.entries(stages).map(([name, { why }]) => ({ stage: name, why }));
    expect(plan?.skipped).toHaveLength(skipped.length);
    expect(plan?.skipped).toEqual(expect.arrayContaining(skipped));

    expect(stage.calls.all().filter((call) => call.includes('/jobs/'))).toEqual([]);
    expect(stage.calls.all().filter((call) => call.includes('fraud-staging'))).toEqual([]);
    expect(stage.calls.all().filter((call) => call.includes('/invocations'))).toEqual([]);
    const { configuration } = await stage.workspace.truth('fraud-prod');
    expect(configuration['served_entities']).toHaveLength(2);
  });

  it('leaves a certificate for every decision, and anyone finds the same in its windows', async () => {
    const stage = await openStage({
      policy: {
        gates: [
          { name: 'errors', kind: 'errors', ceiling: 0.05 },
          { name: 'latency', kind: 'latency-slo', sloMs: 300, quantile: 0.9 },
        ],
        evidence: everyMinute,
        strategy: { ...quickPolicy.strategy, kind: 'canary' },
      },
    });
    const release = await stage.register(healthy);
    await stage.end(release);

    const certificates = await stage.files<Certificate>(release, '/certificates/');
    expect(certificates.map((one) => one.decision.kind)).toEqual(['advance', 'promote', 'retire']);
    const { entered } = await stage.journey(release);
    expect(certificates).toHaveLength(entered.filter((state) => state === 'JudgeHealth').length);
    for (const certificate of certificates) {
      expect(certificate.specs.map((spec) => spec.name)).toEqual(['errors', 'latency']);
      expect(recomputed(certificate)).toEqual(certificate.gates);
      const { windows, watermark } = certificate.observation;
      expect(windows.length).toBeGreaterThan(0);
      expect(windows.every((window) => window.at + window.span <= watermark)).toBe(true);
    }
    // Each window lies whole within the time of its step, and none is counted twice.
    const { activations } = await stage.workspace.truth('fraud-prod');
    const since = [5, 50, 100].map((share) => {
      const reached = activations.find(({ routes }) =>
        routes.some((one) => one.entityVersion === release.version && one.percentage === share),
      );
      return reached?.at ?? Number.POSITIVE_INFINITY;
    });
    const windows = certificates.at(-1)?.observation.windows ?? [];
    expect(windows.some((window) => window.step === 2)).toBe(true);
    for (const { at, span, step } of windows) {
      expect(at).toBeGreaterThanOrEqual(since[step] ?? Number.POSITIVE_INFINITY);
      expect(at + span).toBeLessThanOrEqual(since[step + 1] ?? Number.POSITIVE_INFINITY);
    }
    const starts = windows.map((window) => window.at);
    expect(starts).toEqual([...new Set(starts)].toSorted((a, b) => a - b));
    // What is told as observed adds up from the step's windows.
    const [first] = certificates;
    const requests = first?.observation.windows
      .filter((window) => window.step === 0)
      .reduce((sum, window) => sum + (window.candidate?.requests ?? 0), 0);
    expect(first?.gates[0]?.observed.candidate.requests).toBe(requests);
  });
});
