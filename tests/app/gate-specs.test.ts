import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gateSpecsOf } from '../../src/app/gate-specs.ts';
import { gatesFile, type LiveGate } from '../../src/contracts/gates.ts';

const own: Readonly<Record<LiveGate['kind'], object>> = {
  errors: {},
  'client-errors': {},
  throttled: {},
  'latency-slo': { sloMs: 300 },
  'latency-drift': {},
  quality: { metric: 'q' },
  throughput: {},
  threshold: { metric: 'auc', min: 0.9 },
  correlation: { metric: 'q', min: 0.9 },
  'sample-ratio': {},
};
const kinds = Object.keys(own) as LiveGate['kind'][];

const gates = (
  ...written: { kind: LiveGate['kind']; alpha?: number; alphaRollback?: number; alphaPromote?: number }[]
) =>
  gatesFile.parse({
    gates: written.map((gate, index) => ({ name: `g${index}`, ...own[gate.kind], ...gate })),
  }).gates;

const alphasOf = (...written: Parameters<typeof gates>) =>
  gateSpecsOf({ gates: gates(...written), alphaRollback: 0.02 }).map(({ alphaRollback }) =>
    Number(alphaRollback.toFixed(9)),
  );

describe('the budget of false alarms', () => {
  it('gives errors 0.01 of the usual 0.02, and the other gates the rest in even parts', () => {
    expect(alphasOf({ kind: 'errors' })).toEqual([0.01]);
    expect(alphasOf({ kind: 'errors' }, { kind: 'latency-slo' })).toEqual([0.01, 0.01]);
    expect(alphasOf({ kind: 'errors' }, { kind: 'quality' }, { kind: 'throughput' })).toEqual([
      0.01, 0.005, 0.005,
    ]);
    expect(alphasOf({ kind: 'throttled' })).toEqual([0.02]);
  });

  it('leaves the others what gates with an alpha of their own do not take', () => {
    expect(alphasOf({ kind: 'errors', alphaRollback: 0.005 }, { kind: 'quality' })).toEqual([0.005, 0.015]);
    expect(alphasOf({ kind: 'errors' }, { kind: 'quality', alpha: 0.016 })).toEqual([0.004, 0.016]);
  });

  it('is not spent by sample-ratio, which rolls nothing back', () => {
    expect(alphasOf({ kind: 'errors' }, { kind: 'sample-ratio' })).toEqual([0.01, 0.001]);
    expect(alphasOf({ kind: 'quality' }, { kind: 'sample-ratio', alpha: 0.3 })).toEqual([0.02, 0.3]);
  });

  it('is never exceeded, and never leaves a gate without any', () => {
    const gate = fc.record({
      kind: fc.constantFrom(...kinds),
      alphaRollback: fc.option(fc.double({ min: 1e-4, max: 0.003, noNaN: true }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(gate, { minLength: 1, maxLength: 6 }), (drawn) => {
        const specs = gateSpecsOf({
          gates: gates(
            ...drawn.map(({ kind, alphaRollback }) => ({
              kind,
              ...(alphaRollback === undefined ? {} : { alphaRollback }),
            })),
          ),
          alphaRollback: 0.02,
        });
        const spent = specs
          .filter(({ kind }) => kind !== 'sample-ratio')
          .reduce((sum, spec) => sum + spec.alphaRollback, 0);
        expect(spent).toBeLessThanOrEqual(0.02 + 1e-12);
        expect(specs.every(({ alphaRollback }) => alphaRollback > 0)).toBe(true);
      }),
    );
  });

  it('is refused to nobody: a judge needs a gate', () => {
    expect(() => gateSpecsOf({ gates: [] })).toThrow(RangeError);
  });
});

describe('a gate as the judge takes it', () => {
  it('has both chances from `alpha`, and each from its own key where that is named', () => {
    const chances = (more: object) => {
      const [spec] = gateSpecsOf({ gates: gates({ kind: 'errors', ...more }) });
      return [spec.alphaRollback, spec.alphaPromote];
    };
    expect(chances({})).toEqual([0.01, 0.05]);
    expect(chances({ alpha: 0.03 })).toEqual([0.03, 0.03]);
    expect(chances({ alpha: 0.03, alphaPromote: 0.1 })).toEqual([0.03, 0.1]);
    expect(chances({ alpha: 0.03, alphaRollback: 0.001 })).toEqual([0.001, 0.03]);
  });

  it('has the published defaults', () => {
    const [, , , slo, drift, quality, throughput, threshold, , split] = gateSpecsOf({
      gates: gates(...kinds.map((kind) => ({ kind, alpha: 0.01 }))),
    });
    expect(slo).toMatchObject({ sloMs: 300, quantile: 0.95, toleratedRatio: 1.1 });
    expect(drift).toMatchObject({ quantile: 0.95, marginMs: 5, harmfulMs: 15 });
    expect(quality).toMatchObject({ metric: 'q', margin: 0.02, pairing: 'paired' });
    expect(throughput).toMatchObject({ toleratedDrop: 0.1, harmfulDrop: 0.3 });
    expect(threshold).toMatchObject({ metric: 'auc', min: 0.9, looks: 'one' });
    expect(split?.alphaRollback).toBe(0.01);
  });
});
