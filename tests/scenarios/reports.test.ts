import { describe, expect, it } from 'vitest';
import { type Behaviour, healthy, openStage, type PolicyInput } from './stage.ts';

const on = { enabled: true };
const report = {
  schema: 'headgate.result/v1',
  runId: 'a1b2',
  artifactPath: 'dbfs:/a1b2/artifacts/report',
  model: { name: 'prod.ml.fraud', version: '2' },
  checks: [{ name: 'signature', kind: 'schema', passed: true }],
  metrics: [{ name: 'auc', value: 0.94, n: 20_000 }],
};
const without = (key: keyof typeof report) =>
  Object.fromEntries(Object.entries(report).filter(([name]) => name !== key));
const returning = (job: string, document: unknown): Behaviour => ({
  ...healthy,
  jobs: {
    [job]: { kind: 'returns', text: typeof document === 'string' ? document : JSON.stringify(document) },
  },
});

const worthless: readonly (readonly [string, unknown, string])[] = [
  ['no run id', without('runId'), 'EvidenceInvalid'],
  ['no artefact path', without('artifactPath'), 'EvidenceInvalid'],
  ['an empty run id', { ...report, runId: '' }, 'EvidenceInvalid'],
  ['another version', { ...report, model: { ...report.model, version: '1' } }, 'EvidenceInvalid'],
  ['another model', { ...report, model: { ...report.model, name: 'prod.ml.churn' } }, 'EvidenceInvalid'],
  ['a field that the contract has not', { ...report, verdict: 'fine' }, 'EvidenceInvalid'],
  ['another schema', { ...report, schema: 'headgate.result/v2' }, 'EvidenceInvalid'],
  ['a check without its outcome', { ...report, checks: [{ name: 'a', kind: 'b' }] }, 'EvidenceInvalid'],
  ['a metric that is no number', { ...report, metrics: [{ name: 'auc', value: '0.99' }] }, 'EvidenceInvalid'],
  ['text that was cut off', JSON.stringify(report).slice(0, -9), 'EvidenceInvalid'],
  ['no text', '', 'EvidenceInvalid'],
  ['a word', 'passed', 'EvidenceInvalid'],
  ['no check and no metric', { ...report, checks: [], metrics: [] }, 'StageFailed'],
  ['a check that failed', { ...report, checks: [{ name: 'a', kind: 'b', passed: false }] }, 'StageFailed'],
];

describe('a job that returns', () => {
  it.each(worthless)('%s proves nothing: the release ends rejected', async (_what, document, error) => {
    const stage = await openStage({ policy: { stages: { test: on } } });
    const release = await stage.register(returning('test', document));
    const view = await stage.end(release);
    expect(view.outcome?.kind).toBe('rejected');
    expect(view.why).toContain(`${error}: Test: `);
    expect((await stage.journey(release)).entered).not.toContain('Evaluate');
    expect(stage.calls.servingWrites()).toEqual([]);
  });

  it('a report of what was asked passes', async () => {
    const stage = await openStage({ policy: { stages: { test: on, approve: on } } });
    const release = await stage.register(returning('test', report));
    await stage.until(release, 'Approve');
    const [kept] = await stage.files<{ runId: string }>(release, '/reports/test.json');
    expect(kept).toMatchObject({ runId: 'a1b2', artefactPath: report.artifactPath });
  });

  it('nothing because it failed ends the release with the job in its words', async () => {
    const stage = await openStage({ policy: { stages: { verifyStaging: on } } });
    const release = await stage.register({ ...healthy, jobs: { 'verify-staging': { kind: 'fails' } } });
    expect(await stage.end(release)).toMatchObject({
      outcome: { kind: 'rejected' },
      why: expect.stringMatching(/StageFailed: VerifyStaging: run \d+ failed/),
    });
  });
});

describe('a threshold on a metric', () => {
  const limits = (min: number, max?: number) =>
    ({
      stages: {
        evaluate: { ...on, thresholds: [{ metric: 'auc', min, ...(max === undefined ? {} : { max }) }] },
        approve: on,
      },
    }) satisfies Partial<PolicyInput>;

  it.each([
    ['is met exactly', 0.94, report.metrics, undefined],
    ['is not met', 0.95, report.metrics, /StageFailed: Evaluate: auc 0.94 is below 0.95/],
    ['is about a metric that was not reported', 0.5, [], /metric "auc" was not reported/],
    [
      'is met by one report of the metric and not by the other',
      0.9,
      [...report.metrics, { name: 'auc', value: 0.2 }],
      /auc 0.2 is below 0.9/,
    ],
  ] as const)('%s', async (_what, min, metrics, refusal) => {
    const stage = await openStage({ policy: limits(min) });
    const release = await stage.register(returning('evaluate', { ...report, metrics }));
    if (refusal === undefined) {
      await stage.until(release, 'Approve');
      return;
    }
    expect(await stage.end(release)).toMatchObject({
      outcome: { kind: 'rejected' },
      why: expect.stringMatching(refusal),
    });
  });
});

describe('paired requests in the shadow', () => {
  const shadowing = {
    stages: { shadow: { ...on, pairs: 60 } },
  } satisfies Partial<PolicyInput>;

  it('that fail on the candidate alone end the release before it had traffic', async () => {
    const stage = await openStage({ policy: shadowing });
    const release = await stage.register({ ...healthy, errorRate: 0.5 });
    const view = await stage.end(release);
    expect(view).toMatchObject({
      outcome: { kind: 'rejected' },
      why: expect.stringMatching(/StageFailed: Shadow: \d+ pairs: \d+ failed on the candidate alone/),
    });
    expect(await stage.shares(release.version)).toEqual([0]);
    expect(await stage.serving()).toEqual({ 1: 100 });
  });

  it('that fail on both sides say nothing against the candidate', async () => {
    const stage = await openStage({ policy: shadowing });
    const broken = { ...healthy, errorRate: 1 };
    await stage.workspace.setBehaviour('prod.ml.fraud', 1, broken);
    const release = await stage.register(broken);
    await stage.until(release, 'Bake', 5);
  });
});
