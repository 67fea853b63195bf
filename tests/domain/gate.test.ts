import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SideCounts, WindowCounts } from '../../src/domain/evidence.ts';
import { type GateSpec, judgeGate, usualHarmfulRatio } from '../../src/domain/gate.ts';
import { instant, minutes, percent } from '../../src/domain/units.ts';

const start = 1_700_000_000_000;
const common = { alphaRollback: 0.01, alphaPromote: 0.05, toleratedRatio: 1.1, aloneFrom: 3 };
const errors: GateSpec = {
  ...common,
  name: 'errors',
  kind: 'errors',
  harmfulRatio: 2,
  floor: 0.001,
  ceiling: 0.01,
};
const latency: GateSpec = { ...common, name: 'latency', kind: 'latency-slo', sloMs: 300, quantile: 0.95 };
const specs = fc.constantFrom(errors, latency);

const side = (requests: number, bad = 0): SideCounts => ({ requests, errors: bad, slow: bad });
const nobody = side(0);

/** `count` windows of a minute, the same in each. */
function minutesOf(count: number, step: number, baseline: SideCounts, candidate: SideCounts, from = 0) {
  return Array.from(
    { length: count },
    (_, index): WindowCounts => ({
      at: instant(start + minutes(from + index)),
      span: minutes(1),
      step,
      baseline,
      candidate,
    }),
  );
}

const aSide = fc
  .tuple(fc.nat({ max: 400 }), fc.nat({ max: 400 }), fc.nat({ max: 400 }))
  .map(([requests, bad, late]) => ({
    requests,
    errors: Math.min(bad, requests),
    slow: Math.min(late, requests),
  }));
const someWindows = fc
  .array(fc.tuple(fc.constantFrom(0, 1, 2, 3), aSide, aSide), { minLength: 1, maxLength: 12 })
  .map((rows) =>
    [...rows]
      .sort(([a], [b]) => a - b)
      .map(
        ([step, baseline, candidate], index): WindowCounts => ({
          at: instant(start + minutes(20 * index)),
          span: minutes(1),
          step,
          baseline,
          candidate,
        }),
      ),
  );
const kindOf = (spec: GateSpec, windows: readonly WindowCounts[], step: number) =>
  judgeGate(spec, windows, step).verdict.kind;
const badness = { pass: 0, undecided: 1, fail: 2 } as const;

describe('a gate', () => {
  it('is undecided without evidence, and never passes on none', () => {
    for (const spec of [errors, latency]) {
      for (const windows of [[], minutesOf(60, 0, nobody, nobody), minutesOf(60, 0, side(9_999), nobody)]) {
        for (const step of [0, 3]) expect(kindOf(spec, windows, step)).toBe('undecided');
      }
    }
  });

  it('never gets better by more bad requests among as many', () => {
    const more = fc.array(fc.nat({ max: 400 }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(specs, someWindows, more, fc.constantFrom(0, 1, 2, 3), (spec, windows, extra, step) => {
        const worse = windows.map((window, index): WindowCounts => {
          const { requests, errors: bad, slow } = window.candidate;
          const candidate = {
            requests,
            errors: Math.min(requests, bad + (extra[index] ?? 0)),
            slow: Math.min(requests, slow + (extra[index] ?? 0)),
          };
          return { ...window, candidate };
        });
        const [before, after] = [judgeGate(spec, windows, step), judgeGate(spec, worse, step)];
        expect(badness[after.verdict.kind]).toBeGreaterThanOrEqual(badness[before.verdict.kind]);
        expect(after.against.logE).toBeGreaterThanOrEqual(before.against.logE - 1e-9);
        expect(after.for.logE).toBeLessThanOrEqual(before.for.logE + 1e-9);
      }),
      { numRuns: 300 },
    );
  });

  it('finds the same in the same windows', () => {
    fc.assert(
      fc.property(specs, someWindows, (spec, windows) => {
        expect(judgeGate(spec, windows, 1)).toEqual(judgeGate(spec, structuredClone(windows), 1));
      }),
    );
  });

  it('wants proof anew at each step, and forgets no harm', () => {
    const proven = minutesOf(30, 0, side(900, 3), side(100));
    for (const spec of [errors, latency]) {
      expect(kindOf(spec, proven, 0)).toBe('pass');
      expect(kindOf(spec, proven, 1)).toBe('undecided');
      const harm = minutesOf(30, 0, side(900, 3), side(100, 30));
      expect(kindOf(spec, [...harm, ...minutesOf(5, 1, side(750, 3), side(250), 30)], 1)).toBe('fail');
    }
  });

  it('says what was seen, in the windows of the step only', () => {
    const windows = [
      ...minutesOf(2, 0, side(90, 9), side(10, 1)),
      ...minutesOf(3, 1, side(50, 1), side(50, 2), 2),
    ];
    const found = judgeGate(errors, windows, 1);
    expect(found.observed).toEqual({ baseline: side(150, 3), candidate: side(150, 6) });
    expect(JSON.stringify(found.verdict)).toContain('6 of 150 failed, baseline 3 of 150 failed');
    expect(JSON.stringify(judgeGate(latency, windows, 1).verdict)).toContain('6 of 150 above 300 ms');
  });

  it('judges extreme counts without failing itself', () => {
    const many = side(900_000_000, 400_000_000);
    const all = side(900_000_000, 900_000_000);
    for (const spec of [errors, latency]) {
      for (const [baseline, candidate] of [
        [many, all],
        [all, many],
        [nobody, all],
        [side(1, 1), all],
        [many, side(1, 1)],
      ] as const) {
        const { against, for: proof } = judgeGate(spec, minutesOf(500, 0, baseline, candidate), 0);
        expect([against.logE, proof.logE].some(Number.isNaN)).toBe(false);
      }
    }
    expect(kindOf(errors, minutesOf(500, 0, many, all), 0)).toBe('fail');
  });

  it('refuses counts that cannot be', () => {
    expect(() => judgeGate(errors, minutesOf(1, 0, side(10), side(5, 6)), 0)).toThrow(RangeError);
  });
});

describe('the error gate', () => {
  it('fails a candidate that errs five times as often, within the hour at 5 %', () => {
    expect(kindOf(errors, minutesOf(60, 0, side(950, 10), side(50, 3)), 0)).toBe('fail');
  });

  it('passes a perfect service, about which a ratio says nothing', () => {
    expect(kindOf(errors, minutesOf(30, 0, side(950), side(50)), 0)).toBe('pass');
  });

  it('does not roll back 0.05 % of errors against none', () => {
    const rare = [
      ...minutesOf(400, 0, side(950), side(50)),
      ...minutesOf(10, 0, side(950), side(50, 1), 400),
    ];
    expect(kindOf(errors, rare, 0)).not.toBe('fail');
  });

  it('rolls back the same ratio once it is above the floor', () => {
    expect(kindOf(errors, minutesOf(60, 0, side(950), side(50, 1)), 0)).toBe('fail');
  });

  it('does not fail a candidate for an incident that both sides share', () => {
    expect(kindOf(errors, minutesOf(120, 0, side(900, 270), side(100, 30)), 0)).not.toBe('fail');
  });

  it('must rule out a smaller ratio where the share can show it', () => {
    expect(usualHarmfulRatio(percent(24))).toBe(3);
    expect(usualHarmfulRatio(percent(25))).toBe(2);
  });
});

describe('the latency gate', () => {
  it('fails a candidate that is too slow where the baseline is not', () => {
    expect(kindOf(latency, minutesOf(60, 0, side(900, 18), side(100, 15)), 0)).toBe('fail');
  });

  it('does not fail a candidate for slowness that both sides share', () => {
    expect(kindOf(latency, minutesOf(120, 0, side(900, 270), side(100, 30)), 0)).toBe('undecided');
  });

  it('does not fail a candidate that is slower than the baseline but within its bound', () => {
    expect(kindOf(latency, minutesOf(120, 0, side(900, 9), side(100, 3)), 0)).not.toBe('fail');
  });
});

describe('where the candidate has all traffic', () => {
  const before = minutesOf(60, 2, side(500, 1), side(500, 1));
  const soak = (candidate: SideCounts) => [...before, ...minutesOf(30, 3, nobody, candidate, 60)];

  it('a candidate that turns bad in the soak fails, though no baseline stands beside it', () => {
    expect(kindOf(errors, soak(side(1_000, 500)), 3)).toBe('fail');
    expect(kindOf(latency, soak(side(1_000, 500)), 3)).toBe('fail');
  });

  it('a candidate that stays as it was does not fail', () => {
    expect(kindOf(errors, soak(side(1_000, 2)), 3)).not.toBe('fail');
    expect(kindOf(latency, soak(side(1_000, 2)), 3)).not.toBe('fail');
  });

  it('a service that always erred is measured by what its baseline did before', () => {
    const usual = minutesOf(60, 2, side(500, 20), side(500, 20));
    const then = (bad: number) => [...usual, ...minutesOf(60, 3, nobody, side(1_000, bad), 60)];
    expect(kindOf(errors, then(45), 3)).not.toBe('fail');
    expect(kindOf(errors, then(150), 3)).toBe('fail');
    expect(kindOf(latency, then(45), 3)).not.toBe('fail');
  });

  it('a first step at 100 % fails by its own bound', () => {
    const blueGreen = (spec: GateSpec): GateSpec => ({ ...spec, aloneFrom: 0 });
    expect(kindOf(blueGreen(errors), minutesOf(10, 0, nobody, side(1_000, 300)), 0)).toBe('fail');
    expect(kindOf(blueGreen(latency), minutesOf(10, 0, nobody, side(1_000, 300)), 0)).toBe('fail');
    expect(kindOf(blueGreen(errors), minutesOf(10, 0, nobody, side(1_000, 1)), 0)).toBe('pass');
  });

  it('a minute in which the baseline happened to get no request is no reason to measure the candidate alone', () => {
    const shared = minutesOf(120, 0, nobody, side(20, 10));
    expect(kindOf(errors, shared, 0)).not.toBe('fail');
    expect(kindOf(latency, shared, 0)).not.toBe('fail');
  });
});
