import { describe, expect, it } from 'vitest';
import { stageReport } from '../../src/contracts/stage-report.ts';

const document = {
  schema: 'headgate.result/v1',
  runId: '0f5e2c',
  artifactPath: 'reports/evaluation.json',
  model: { name: 'prod.ml.fraud', version: '2' },
  checks: [{ name: 'answers', kind: 'functionality', passed: true }],
  metrics: [{ name: 'auc', value: 0.91, n: 2_000, interval: [0.9, 0.92] }],
};
const metric = (part: object) => ({ ...document, metrics: [{ name: 'auc', value: 0.91, ...part }] });
const check = (part: object) => ({ ...document, checks: [{ ...document.checks[0], ...part }] });
const without = (key: string) =>
  Object.fromEntries(Object.entries(document).filter(([name]) => name !== key));

describe('the report of a job', () => {
  it('becomes the same report in the words of the domain', () => {
    const { schema: _schema, artifactPath, ...rest } = document;
    expect(stageReport.parse(document)).toEqual({ ...rest, artefactPath: artifactPath });
  });

  it('has no member where the job gave none', () => {
    expect(Object.keys(stageReport.parse(document).checks[0] ?? {})).toEqual(['name', 'kind', 'passed']);
  });

  it.each<[string, unknown, string]>([
    ['a run', without('runId'), 'runId'],
    ['an artefact', without('artifactPath'), 'artifactPath'],
    ['a model', without('model'), 'model'],
    ['a schema', without('schema'), 'schema'],
    ['checks', without('checks'), 'checks'],
    ['metrics', without('metrics'), 'metrics'],
    ['a word in its run', { ...document, runId: '' }, 'runId'],
    ['a word in its artefact path', { ...document, artifactPath: '' }, 'artifactPath'],
    ['a version of the model', { ...document, model: { name: 'prod.ml.fraud' } }, 'model.version'],
    ['a value of a metric', metric({ value: undefined }), 'metrics.0.value'],
    ['a verdict of a check', check({ passed: undefined }), 'checks.0.passed'],
  ])('is no evidence without %s', (_, value, where) => {
    expect(stageReport.safeParse(value).error?.issues.map(({ path }) => path.join('.'))).toEqual([where]);
  });

  it.each<[string, unknown]>([
    ['another schema', { ...document, schema: 'headgate.result/v2' }],
    ['a field that nobody knows', { ...document, score: 1 }],
    ['a field of a metric that nobody knows', metric({ note: 'fine' })],
    ['a field of a check that nobody knows', check({ severity: 'low' })],
    ['NaN', metric({ value: Number.NaN })],
    ['infinity', metric({ value: Number.POSITIVE_INFINITY })],
    ['a value as text', metric({ value: '0.91' })],
    ['a null', metric({ value: null })],
    ['no samples', metric({ n: 0 })],
    ['an interval upside down', metric({ interval: [0.92, 0.9] })],
    ['an interval with NaN', metric({ interval: [0.9, Number.NaN] })],
    ['an interval of one end', metric({ interval: [0.9] })],
    ['a check that is "true"', check({ passed: 'true' })],
    ['more metrics than fit', { ...document, metrics: Array(1_001).fill(document.metrics[0]) }],
    ['a list', [document]],
    ['text', JSON.stringify(document)],
  ])('is no evidence with %s', (_, value) => {
    expect(stageReport.safeParse(value).success).toBe(false);
  });
});
