import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { doc, machineOf, runToEnd } from './harness.ts';

const DATA = doc('transforming-data.html');
const VARIABLES = doc('workflow-variables.html');
const jsonata = (page: string) => `https://docs.jsonata.org/${page}`;

interface Row {
  readonly expression: string;
  readonly source: string;
  readonly gives?: unknown;
  /** Part of the cause of `States.QueryEvaluationError`. */
  readonly fails?: string;
}

const nine = '[1, 2, 3, 4, 5, 6, 7, 8, 9]';
const input = {
  name: 'fraud',
  n: 3,
  list: [3, 1, 2],
  nested: { version: '7' },
  text: '{"a":[1,{"b":null}]}',
};
const digest = (algorithm: string) => createHash(algorithm).update('input data').digest('hex');

// What Step Functions adds, changes or takes away.
const own: readonly Row[] = [
  { expression: `$partition(${nine}, 4)`, source: DATA, gives: [[1, 2, 3, 4], [5, 6, 7, 8], [9]] },
  { expression: `$partition(${nine}, 9)`, source: DATA, gives: [[1, 2, 3, 4, 5, 6, 7, 8, 9]] },
  { expression: '$partition([], 2)', source: DATA, gives: [] },
  { expression: '$partition([1], 0)', source: DATA, fails: '$partition needs a size' },
  { expression: '$range(0, 10, 2)', source: DATA, gives: [0, 2, 4, 6, 8, 10] },
  { expression: '$range(1, 9, 3)', source: DATA, gives: [1, 4, 7] },
  { expression: '$range(5, 1, -2)', source: DATA, gives: [5, 3, 1] },
  { expression: '$range(1, 5, -1)', source: DATA, gives: [] },
  { expression: '$range(1, 5, 0)', source: DATA, fails: 'not 0' },
  { expression: "$range('1', 5, 1)", source: DATA, fails: 'T0410' },
  { expression: "$hash('input data', 'MD5')", source: DATA, gives: digest('md5') },
  { expression: "$hash('input data', 'SHA-1')", source: DATA, gives: digest('sha1') },
  { expression: "$hash('input data', 'SHA-256')", source: DATA, gives: digest('sha256') },
  { expression: "$hash('input data', 'SHA-384')", source: DATA, gives: digest('sha384') },
  { expression: "$hash('input data', 'SHA-512')", source: DATA, gives: digest('sha512') },
  { expression: "$hash('input data', 'SHA-9')", source: DATA, fails: 'SHA-9' },
  { expression: '$random()', source: DATA, gives: 0.5 },
  { expression: '$random(7) = $random(7)', source: DATA, gives: true },
  { expression: '$random(7) = $random(8)', source: DATA, gives: false },
  { expression: '$random(7) >= 0 and $random(7) < 1', source: DATA, gives: true },
  { expression: '$uuid()', source: DATA, gives: expect.stringMatching(/^id-\d+$/) },
  { expression: '$uuid() = $uuid()', source: DATA, gives: false },
  { expression: '$parse($states.input.text)', source: DATA, gives: { a: [1, { b: null }] } },
  { expression: "$parse('{')", source: DATA, fails: 'JSON' },
  { expression: '$states.input.nested.version', source: VARIABLES, gives: '7' },
  {
    expression: '$states.input.missing',
    source: DATA,
    fails: "'$states.input.missing' specified for the field 'Output' returned nothing",
  },
  { expression: 'function($x) { $x }', source: DATA, fails: 'returned nothing' },
  { expression: '$unknownVariable', source: VARIABLES, fails: 'returned nothing' },
  { expression: '$unknownFunction(1)', source: DATA, fails: 'T1006' },
  { expression: "'a' + 1", source: DATA, fails: 'T2001' },
  { expression: "$error('no')", source: DATA, fails: 'no' },
  { expression: '{"a": $states.input.missing, "b": 1}', source: jsonata('construction'), gives: { b: 1 } },
];

// The language itself, version 2.0.6, in the forms that machines here use.
const language: readonly Row[] = [
  { expression: "'v' & $states.input.n", source: jsonata('other-operators'), gives: 'v3' },
  { expression: '$states.input.n > 2 ? "many" : "few"', source: jsonata('other-operators'), gives: 'many' },
  { expression: '$exists($states.input.missing)', source: jsonata('boolean-functions'), gives: false },
  { expression: '$states.input.n in [1, 2, 3]', source: jsonata('comparison-operators'), gives: true },
  { expression: '($a := 2; $b := $a * 3; $a + $b)', source: jsonata('programming'), gives: 8 },
  { expression: '$states.input.list[$ > 1]', source: jsonata('predicate'), gives: [3, 2] },
  { expression: '$states.input.list[0]', source: jsonata('simple'), gives: 3 },
  { expression: '$states.input.list^($)', source: jsonata('sorting-grouping'), gives: [1, 2, 3] },
  {
    expression: '$map($states.input.list, function($i) { $i * 10 })',
    source: jsonata('higher-order-functions'),
    gives: [30, 10, 20],
  },
  {
    expression: '$filter($states.input.list, function($i) { $i = 1 })',
    source: jsonata('higher-order-functions'),
    gives: 1,
  },
  {
    expression: '[$filter($states.input.list, function($i) { $i = 1 })]',
    source: jsonata('construction'),
    gives: [1],
  },
  {
    expression: '$reduce($states.input.list, function($a, $b) { $a + $b })',
    source: jsonata('higher-order-functions'),
    gives: 6,
  },
  {
    expression: '$sum($states.input.list) & "/" & $count($states.input.list)',
    source: jsonata('aggregation-functions'),
    gives: '6/3',
  },
  {
    expression: '$merge([{"a": 1}, {"b": 2}, {"a": 3}])',
    source: jsonata('object-functions'),
    gives: { a: 3, b: 2 },
  },
  { expression: '$append($states.input.list, 9)', source: jsonata('array-functions'), gives: [3, 1, 2, 9] },
  {
    expression: '$string($states.input.nested)',
    source: jsonata('string-functions'),
    gives: '{"version":"7"}',
  },
  { expression: '$number($states.input.nested.version)', source: jsonata('numeric-functions'), gives: 7 },
  { expression: "$split('a-b', '-')", source: jsonata('string-functions'), gives: ['a', 'b'] },
  { expression: "$replace('a.b', '.', '_')", source: jsonata('string-functions'), gives: 'a_b' },
  { expression: "$contains('abc', /B/i)", source: jsonata('regex'), gives: true },
  { expression: '$millis()', source: jsonata('date-time-functions'), gives: Date.UTC(2026, 10, 21, 9) },
  { expression: '$now()', source: jsonata('date-time-functions'), gives: '2026-11-21T09:00:00.000Z' },
  { expression: "$now('[Y0001]-[M01]')", source: jsonata('date-time-functions'), gives: '2026-11' },
  {
    expression: "$toMillis('2026-11-21T09:00:01Z') - $millis()",
    source: jsonata('date-time-functions'),
    gives: 1000,
  },
  { expression: '$count($shuffle($states.input.list))', source: jsonata('array-functions'), gives: 3 },
  {
    expression: '$states.input.nested ~> |$|{"version": "8"}|',
    source: jsonata('other-operators'),
    gives: { version: '8' },
  },
];

async function outputOf(expression: string) {
  return runToEnd(machineOf({ A: { Type: 'Pass', Output: `{% ${expression} %}`, End: true } }), input);
}

describe('JSONata as Step Functions has it', () => {
  it.each([...own, ...language])('$expression', async ({ expression, gives, fails, source }) => {
    expect(source).toMatch(/^https:/);
    const ended = await outputOf(expression);
    if (fails === undefined) {
      expect([ended.status, ended.cause]).toEqual(['SUCCEEDED', undefined]);
      expect(ended.outputValue).toEqual(gives);
    } else {
      expect(ended.error).toBe('States.QueryEvaluationError');
      expect(ended.cause).toContain(fails);
    }
  });

  it('names state, entry event, expression and field in the cause, as AWS words it', async () => {
    const ended = await outputOf('$states.input.missing');
    expect(ended.cause).toBe(
      "An error occurred while executing the state 'A' (entered at the event id #2). The JSONata expression " +
        "'$states.input.missing' specified for the field 'Output' returned nothing (undefined).",
    );
  });

  it('does not let one evaluation change what the next one sees', async () => {
    const definition = machineOf({
      A: {
        Type: 'Pass',
        Assign: { a: '{% $states.input ~> |nested|{"version": "changed"}| %}' },
        Output: '{% $states.input.nested.version %}',
        End: true,
      },
    });
    expect((await runToEnd(definition, input)).outputValue).toBe('7');
  });
});
