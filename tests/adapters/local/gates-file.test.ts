import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadGates } from '../../../src/adapters/local/gates-file.ts';
import { liveGate } from '../../../src/contracts/gates.ts';

const folder = mkdtempSync(join(tmpdir(), 'headgate-gates-'));
afterAll(() => rmSync(folder, { recursive: true }));

function load(text: string) {
  const path = join(folder, 'gates.yaml');
  writeFileSync(path, text);
  return loadGates(path, 'gates.yaml');
}

const listed = (...gates: string[]) => `gates:\n${gates.map((gate) => `  - { ${gate} }\n`).join('')}`;

describe('a file of gates', () => {
  it('is read as the judge takes it', () => {
    const text = 'gates: [{name: errors, kind: errors, alpha: 0.01, toleratedRatio: 1.0, harmfulRatio: 2.0}]';
    expect(load(text)).toEqual([
      {
        name: 'errors',
        kind: 'errors',
        alphaRollback: 0.01,
        alphaPromote: 0.01,
        toleratedRatio: 1,
        harmfulRatio: 2,
        floor: 0.001,
        ceiling: 0.01,
      },
    ]);
  });

  it.each<[of: string, text: string, says: string]>([
    ['no gates', 'gates: []', '1:1 gates: is empty; give at least 1'],
    [
      'nothing',
      '',
      '1:1 gates: is missing; add it with a list (Gates that judge each series of observations)',
    ],
    [
      'another key',
      `${listed('name: e, kind: errors')}alpha: 0.1`,
      '3:1 alpha: there is no key "alpha" here',
    ],
    [
      'an unknown kind',
      listed('name: e, kind: eror'),
      '2:16 gates[0].kind: "eror" cannot be chosen here; did you mean "errors"?',
    ],
    [
      'a misspelt key',
      listed('name: e, kind: errors, flor: 0.1'),
      '2:30 gates[0].flor: there is no key "flor" here; did you mean "floor"?',
    ],
    [
      'a certain alpha',
      listed('name: e, kind: errors, alpha: 0'),
      '2:30 gates[0].alpha: 0 is too small; use more than 0',
    ],
    [
      'two gates of one name',
      listed('name: e, kind: errors', 'name: e, kind: throttled'),
      '3:7 gates[1].name: a gate "e" comes before it; give it a name of its own',
    ],
    [
      'two checks of the split',
      listed('name: a, kind: sample-ratio', 'name: b, kind: sample-ratio'),
      '3:16 gates[1].kind: a sample-ratio gate comes before it; keep one',
    ],
    [
      'a drop that a share a little off would look like',
      listed('name: t, kind: throughput, toleratedDrop: 0.01'),
      '2:34 gates[0].toleratedDrop: 0.01 is too small; use at least 0.05',
    ],
    [
      'a harmful ratio that is tolerated',
      listed('name: e, kind: throttled, harmfulRatio: 1.05'),
      '2:33 gates[0].harmfulRatio: 1.05 must be ruled out, but up to 1.1 is tolerated; set it above toleratedRatio',
    ],
    [
      'a floor above the ceiling',
      listed('name: e, kind: client-errors, floor: 0.1'),
      '2:37 gates[0].floor: 0.1 is no reason to roll back, but only 0.01 is good; set it at or below ceiling',
    ],
    [
      'a harmful drop that is tolerated',
      listed('name: t, kind: throughput, toleratedDrop: 0.4'),
      '2:5 gates[0].harmfulDrop: 0.3 must be ruled out, but up to 0.4 is tolerated; set it above toleratedDrop',
    ],
    [
      'a harmful drift within the margin',
      listed('name: d, kind: latency-drift, harmfulMs: 4'),
      '2:37 gates[0].harmfulMs: 4 must be ruled out, but up to 5 is tolerated; set it above marginMs',
    ],
    [
      'a metric without bound',
      listed('name: t, kind: threshold, metric: auc'),
      '2:5 gates[0]: "auc" has no bound; add min, max or both',
    ],
    [
      'bounds that nothing meets',
      listed('name: t, kind: threshold, metric: auc, min: 2, max: 1'),
      '2:5 gates[0]: "auc" can never lie from 2 to 1; swap min and max',
    ],
    [
      'no alpha left for a gate',
      listed('name: e, kind: errors, alpha: 0.05', 'name: t, kind: throttled'),
      "1:1 gates: the gates' alphaRollback add up to 0.05 and leave nothing of 0.02 for the gates without one; give each gate an alpha of its own",
    ],
    [
      'YAML that is none',
      'gates: [',
      '1:9 (YAML): Flow sequence in block collection must be sufficiently indented and end with a ]; mend the YAML first; the rest is checked after that',
    ],
  ])('with %s is refused, and mended by what is said', (_, text, says) => {
    expect(() => load(text)).toThrow(
      expect.objectContaining({
        name: 'ConfigurationInvalid',
        message: expect.stringContaining(`gates.yaml:${says}`),
      }),
    );
  });

  it('that is not there is named', () => {
    expect(() => loadGates(join(folder, 'none.yaml'), 'none.yaml')).toThrow(
      'none.yaml: there is no such file',
    );
  });
});

describe('docs/policy.md', () => {
  const examples = [
    ...readFileSync('docs/policy.md', 'utf8').matchAll(/```yaml\n((?:#.*\n)?gates:\n[^`]*)```/g),
  ];

  it('has an example of each kind of gate, and each can be used as it stands', () => {
    const specs = examples.map(([, text = '']) => load(text)[0]);
    const kinds = liveGate.options.map(({ shape }) => shape.kind.value);
    expect(kinds).toHaveLength(10);
    expect(specs.map(({ kind }) => kind)).toEqual(kinds);
  });
});
