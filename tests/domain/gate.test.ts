import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SideCounts, WindowCounts } from '../../src/domain/evidence.ts';
import { type GateFinding, type GateSpec, processOf } from '../../src/domain/gate.ts';
import { usualHarmfulRatio } from '../../src/domain/gates/event-ratio.ts';
import { saysOf } from '../../src/domain/gates/words.ts';
import { instant, minutes } from '../../src/domain/units.ts';

const start = 1_700_000_000_000;
const common = { alphaRollback: 0.01, alphaPromote: 0.05, toleratedRatio: 1.1 };
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

/** `bad` of the requests failed, and took too long. */
const side = (requests: number, bad = 0): SideCounts => ({
  requests,
  errors: bad,
  latencyMs: { le: [300, null], n: [requests - bad, bad] },
});
const nobody = side(0);
const counted = (requests: number, events: number) => ({ requests, events });

/** What the candidate has in each step; nothing stands beside it in the last one. */
const shares = [0.1, 0.25, 0.5, 1];

/** `count` windows of a minute, the same in each. */
function minutesOf(count: number, step: number, baseline: SideCounts, candidate: SideCounts, from = 0) {
  return Array.from(
    { length: count },
    (_, index): WindowCounts => ({
      at: instant(start + minutes(from + index)),
      span: minutes(1),
      step,
      share: shares[step] ?? 1,
      baseline,
      candidate,
    }),
  );
}

const badSide = fc
  .tuple(fc.nat({ max: 400 }), fc.nat({ max: 400 }))
  .map(([requests, bad]) => ({ requests, bad: Math.min(bad, requests) }));
const someCounts = fc
  .array(fc.tuple(fc.constantFrom(0, 1, 2, 3), badSide, badSide), { minLength: 1, maxLength: 12 })
  .map((rows) => [...rows].sort(([a], [b]) => a - b));
type Rows = readonly [
  step: number,
  baseline: { requests: number; bad: number },
  candidate: { requests: number; bad: number },
][];

const windowsOf = (rows: Rows, extra: readonly number[] = []): WindowCounts[] =>
  rows.flatMap(([step, baseline, candidate], index) =>
    minutesOf(
      1,
      step,
      side(baseline.requests, baseline.bad),
      side(candidate.requests, Math.min(candidate.requests, candidate.bad + (extra[index] ?? 0))),
      20 * index,
    ),
  );

function findingIn(spec: GateSpec, windows: readonly WindowCounts[], step: number): GateFinding {
  const gate = processOf(spec);
  for (const window of windows) gate.add(window);
  gate.enter(step);
  return gate.finding();
}
const kindOf = (spec: GateSpec, windows: readonly WindowCounts[], step: number) =>
  findingIn(spec, windows, step).verdict;
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
      fc.property(specs, someCounts, more, fc.constantFrom(0, 1, 2, 3), (spec, rows, extra, step) => {
        const [before, after] = [windowsOf(rows), windowsOf(rows, extra)].map((windows) =>
          findingIn(spec, windows, step),
        ) as [GateFinding, GateFinding];
        expect(badness[after.verdict]).toBeGreaterThanOrEqual(badness[before.verdict]);
        expect(after.against.logE).toBeGreaterThanOrEqual(before.against.logE - 1e-9);
        expect(after.for.logE).toBeLessThanOrEqual(before.for.logE + 1e-9);
      }),
      { numRuns: 300 },
    );
  });

  it('finds the same in the same windows', () => {
    fc.assert(
      fc.property(specs, someCounts, (spec, rows) => {
        const windows = windowsOf(rows);
        expect(findingIn(spec, windows, 1)).toEqual(findingIn(spec, structuredClone(windows), 1));
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
    const found = findingIn(errors, windows, 1);
    expect(found.observed).toMatchObject({ baseline: counted(150, 3), candidate: counted(150, 6) });
    expect(saysOf(found)).toContain('6 of 150 failed, baseline 3 of 150 failed');
    expect(saysOf(findingIn(latency, windows, 1))).toContain('6 of 150 above 300 ms');
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
        const { against, for: proof } = findingIn(spec, minutesOf(500, 0, baseline, candidate), 0);
        expect([against.logE, proof.logE].some(Number.isNaN)).toBe(false);
      }
    }
    expect(kindOf(errors, minutesOf(500, 0, many, all), 0)).toBe('fail');
  });

  it('refuses counts that cannot be', () => {
    expect(() => findingIn(errors, minutesOf(1, 0, side(10), side(5, 6)), 0)).toThrow(RangeError);
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
    const rare = Array.from({ length: 400 }, (_, i) =>
      minutesOf(1, 0, side(950), side(50, i % 40 === 39 ? 1 : 0), i),
    ).flat();
    expect(kindOf(errors, rare, 0)).not.toBe('fail');
  });

  it('rolls back the same ratio once it is above the floor', () => {
    expect(kindOf(errors, minutesOf(60, 0, side(950), side(50, 1)), 0)).toBe('fail');
  });

  it('does not fail a candidate for an incident that both sides share', () => {
    expect(kindOf(errors, minutesOf(120, 0, side(900, 270), side(100, 30)), 0)).not.toBe('fail');
  });

  it('must rule out a smaller ratio where the share can show it', () => {
    expect(usualHarmfulRatio(0.24)).toBe(3);
    expect(usualHarmfulRatio(0.25)).toBe(2);
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
    const atOnce = (bad: number) => minutesOf(10, 3, nobody, side(1_000, bad));
    expect(kindOf(errors, atOnce(300), 3)).toBe('fail');
    expect(kindOf(latency, atOnce(300), 3)).toBe('fail');
    expect(kindOf(errors, atOnce(1), 3)).toBe('pass');
  });

  it('a minute in which the baseline happened to get no request is no reason to measure the candidate alone', () => {
    const shared = minutesOf(120, 0, nobody, side(20, 10));
    expect(kindOf(errors, shared, 0)).not.toBe('fail');
    expect(kindOf(latency, shared, 0)).not.toBe('fail');
  });
});
