import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { instant } from '../../../src/domain/units.ts';
import { errorOf } from './scripted-workspace.ts';
import {
  answered,
  minute,
  question,
  type SimulatedWorkspace,
  simulatedWorkspace,
  start,
  warehouseId,
} from './simulated-workspace.ts';

const pairsTable = 'prod.serving.fraud_pairs';
const readingsTable = 'prod.serving.fraud_readings';

type Row = readonly (string | number | null)[];

/** Makes a table of the user's whose first column is a time, given in milliseconds after the start. */
async function table(rig: SimulatedWorkspace, name: string, columns: string, rows: readonly Row[]) {
  const cell = (value: string | number | null) =>
    typeof value === 'string' ? `'${value}'` : String(value ?? 'NULL');
  const values = rows.map(
    ([after, ...rest]) =>
      `(timestamp_micros(${Math.round((start + Number(after)) * 1_000)}), ${rest.map(cell).join(', ')})`,
  );
  for (const statement of [
    `CREATE TABLE ${name} (event_time TIMESTAMP, ${columns})`,
    `INSERT INTO ${name} VALUES ${values.join(', ')}`,
  ]) {
    await rig.statements.submit({ warehouseId, statement, parameters: [], waitSeconds: 50 });
  }
}

const pairs = (rig: SimulatedWorkspace, rows: readonly Row[]) =>
  table(rig, pairsTable, 'metric STRING, input STRING, baseline DOUBLE, candidate DOUBLE', rows);

const readings = (rig: SimulatedWorkspace, rows: readonly Row[]) =>
  table(
    rig,
    readingsTable,
    'name STRING, value DOUBLE, n BIGINT, low DOUBLE, high DOUBLE, baseline DOUBLE',
    rows,
  );

const digestOf = (input: string) => createHash('sha256').update(input).digest('hex').slice(0, 32);

const asked = (until: number) =>
  question({ until: instant(until), latency: null, pairs: pairsTable, readings: readingsTable });

describe('scores of the time that is asked about', () => {
  it('are in the windows that they happened in, in order of time, beside the counts', async () => {
    const rig = await simulatedWorkspace();
    await pairs(rig, [
      [minute + 2, 'quality', 'card 4711', 0.75, 0.5],
      [minute + 1, 'quality', 'card 42', 1, 0],
      [2 * minute - 0.001, 'ndcg', 'card 4711', 0.25, 0.3],
      [2 * minute, 'quality', 'card 4711', 0.5, 0.5],
      [4 * minute - 0.001, 'quality', 'the last one', 0.5, 0.5],
      [4 * minute, 'quality', 'after the watermark', 0.5, 0.5],
      [-0.001, 'quality', 'before the first request', 0.5, 0.5],
    ]);
    await readings(rig, [
      [90_000, 'auc', 0.94, 2_000, 0.93, 0.95, 0.92],
      [80_000, 'lag', 17.5, null, null, null, null],
      [4 * minute, 'auc', 0.1, null, null, null, null],
    ]);
    await rig.pass(10 * minute);
    const about = asked(start + 4 * minute);
    const windows = await answered(rig, about);
    const counts = await answered(rig, { ...about, pairs: null, readings: null });
    expect(counts).toHaveLength(4);
    expect(windows.map(({ pairs: _pairs, readings: _readings, ...rest }) => rest)).toEqual(counts);
    const [one, other] = [digestOf('card 4711'), digestOf('card 42')];
    expect(windows[1]?.pairs).toEqual([
      { metric: 'quality', input: other, baseline: 1, candidate: 0 },
      { metric: 'quality', input: one, baseline: 0.75, candidate: 0.5 },
      { metric: 'ndcg', input: one, baseline: 0.25, candidate: 0.3 },
    ]);
    expect(windows.map((window) => window.pairs?.length)).toEqual([undefined, 3, 1, 1]);
    expect(windows.map((window) => window.readings)).toEqual([
      undefined,
      [
        { name: 'lag', value: 17.5 },
        { name: 'auc', value: 0.94, n: 2_000, interval: [0.93, 0.95], baseline: 0.92 },
      ],
      undefined,
      undefined,
    ]);
  });

  it('that are all there is of a window leave both sides of it unknown', async () => {
    const rig = await simulatedWorkspace({ endpoints: [] });
    await pairs(rig, [[minute, 'quality', 'card 42', 1, 0.5]]);
    const about = { ...asked(start + 4 * minute), readings: null };
    expect(await answered(rig, about)).toEqual([
      {
        at: start + minute,
        span: minute,
        step: -1,
        baseline: null,
        candidate: null,
        pairs: [{ metric: 'quality', input: digestOf('card 42'), baseline: 1, candidate: 0.5 }],
      },
    ]);
  });

  it.each([
    ['a score is missing', [minute, 'quality', 'card 42', 1, null]],
    ['an input is missing', [minute, 'quality', null, 1, 1]],
    ['a score is above 1', [minute, 'quality', 'card 42', 1, 1.01]],
    ['a score is below 0', [minute, 'quality', 'card 42', -0.01, 1]],
  ])('are no evidence where %s of a pair', async (_what, row) => {
    const rig = await simulatedWorkspace();
    await pairs(rig, [row]);
    const error = await errorOf(answered(rig, { ...asked(start + 4 * minute), readings: null }));
    expect(error).toMatchObject({ name: 'EvidenceInvalid', message: expect.stringContaining(pairsTable) });
    expect(error).toMatchObject({ message: expect.stringContaining('2026-03-02T09:01:00.000Z') });
  });

  it.each([
    ['no value', [minute, 'auc', null, null, null, null, null]],
    ['no name', [minute, null, 1, null, null, null, null]],
    ['half an interval', [minute, 'auc', 1, null, 0.9, null, null]],
    ['an interval the wrong way round', [minute, 'auc', 1, null, 0.9, 0.8, null]],
    ['a negative number of samples', [minute, 'auc', 1, -1, null, null, null]],
  ])('are no evidence where a reading has %s', async (_what, row) => {
    const rig = await simulatedWorkspace();
    await readings(rig, [row]);
    const error = await errorOf(answered(rig, { ...asked(start + 4 * minute), pairs: null }));
    expect(error).toMatchObject({ name: 'EvidenceInvalid', message: expect.stringContaining(readingsTable) });
  });

  it('do not leave the workspace with their inputs', async () => {
    const rig = await simulatedWorkspace();
    await pairs(rig, [[minute, 'quality', 'card 4711', 1, 0.5]]);
    const about = { ...asked(start + 4 * minute), readings: null };
    expect(JSON.stringify(await answered(rig, about))).not.toContain('4711');
  });

  it('that nobody can read fail the question, with the name of the table', async () => {
    const rig = await simulatedWorkspace();
    const error = await errorOf(answered(rig, { ...asked(start + 4 * minute), readings: null }));
    expect(error).toMatchObject({ name: 'StatementFailed', message: expect.stringContaining('fraud_pairs') });
  });
});
