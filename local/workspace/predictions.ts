import { isObject, type JsonObject } from './json.ts';
import { chance } from './random.ts';
import { invalidParameter } from './refusal.ts';

/**
 * One 0 or 1 per input row. The right answer to a row is `amount > 900` where it has an amount, otherwise a hash of
 * the row: the same for every version, so two sides asked the same thing can be compared. A wrong answer is the opposite.
 * @throws Refusal 400 when the body has none of the input forms of a scoring server.
 */
export function predictionsFor(body: JsonObject, correct: boolean): number[] {
  const rows = inputRows(body);
  if (!rows) {
    throw invalidParameter(
      'The input must have one of dataframe_split, dataframe_records, instances, inputs, messages or prompt.',
    );
  }
  return rows.map((row) => (rightAnswer(row) === correct ? 1 : 0));
}

function inputRows(body: JsonObject): readonly unknown[] | undefined {
  for (const key of ['dataframe_records', 'instances', 'inputs', 'messages']) {
    const rows = body[key];
    if (Array.isArray(rows)) return rows;
    if (isObject(rows)) return [rows];
  }
  const split = body['dataframe_split'];
  if (isObject(split) && Array.isArray(split['data'])) return split['data'];
  return body['prompt'] === undefined ? undefined : [body['prompt']];
}

function rightAnswer(row: unknown): boolean {
  if (isObject(row) && typeof row['amount'] === 'number') return row['amount'] > 900;
  return chance(0, JSON.stringify(row) ?? '').uniform() < 0.5;
}
