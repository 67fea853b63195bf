import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reading, SideCounts, WindowCounts } from '../../src/domain/evidence.ts';
import type { GateSpec } from '../../src/domain/gate.ts';
import { Judge } from '../../src/domain/judge.ts';
import { instant, minutes } from '../../src/domain/units.ts';

const start = 1_700_000_000_000;
const alphas = { alphaRollback: 0.01, alphaPromote: 0.05 };
const errors: GateSpec = {
  ...alphas,
  name: 'errors',
  kind: 'errors',
  toleratedRatio: 1.1,
  floor: 0.001,
  ceiling: 0.01,
};
const clientErrors: GateSpec = { ...errors, name: 'client-errors', kind: 'client-errors' };
const slo: GateSpec = {
  ...alphas,
  name: 'slo',
  kind: 'latency-slo',
  sloMs: 100,
  quantile: 0.95,
  toleratedRatio: 1.1,
};
const drift: GateSpec = {
  ...alphas,
  name: 'drift',
  kind: 'latency-drift',
  quantile: 0.95,
  marginMs: 5,
  harmfulMs: 15,
};
const throughput: GateSpec = {
  ...alphas,
  name: 'throughput',
  kind: 'throughput',
  toleratedDrop: 0.1,
  harmfulDrop: 0.3,
};

const side = (requests: number, bad = 0, more: Partial<SideCounts> = {}): SideCounts => ({
  requests,
  errors: bad,
  ...more,
});

function minutesOf(
  count: number,
  baseline: SideCounts | null,
  candidate: SideCounts | null,
  more: Partial<WindowCounts> & { readonly from?: number } = {},
): WindowCounts[] {
  const { from = 0, ...rest } = more;
  return Array.from({ length: count }, (_, index) => ({
    at: instant(start + minutes(from + index)),
    span: minutes(1),
    step: 0,
    share: 0.1,
    baseline,
    candidate,
    ...rest,
  }));
}

function judged(specs: readonly [GateSpec, ...GateSpec[]], ...windows: readonly (readonly WindowCounts[])[]) {
  const judge = new Judge(specs);
  for (const window of windows.flat()) judge.add(window);
  return judge.judgement();
}
const decided = (...given: Parameters<typeof judged>) => judged(...given).decision;
const lacks = (...given: Parameters<typeof judged>) => judged(...given).findings[0].missing?.what;

const harm = minutesOf(30, side(900, 3), side(100, 30));
const health = minutesOf(60, side(900, 3), side(100));

describe('the judge', () => {
  it('holds while it has seen nothing', () => {
    expect(decided([errors])).toBe('hold');
    expect(decided([errors], minutesOf(600, null, null))).toBe('hold');
    expect(decided([errors], minutesOf(600, side(900), null))).toBe('hold');
  });

  it('promotes only what every gate has proven', () => {
    expect(decided([errors], health)).toBe('promote');
    expect(decided([errors, clientErrors], health)).toBe('hold');
    const measured = minutesOf(60, side(900, 3, { clientErrors: 9 }), side(100, 0, { clientErrors: 1 }));
    expect(decided([errors, clientErrors], measured)).toBe('promote');
  });

  it('asks a step for the proof of its own gates, and heeds the harm that any gate shows', () => {
    const only = new Set(['errors']);
    const judge = new Judge([errors, clientErrors]);
    for (const window of health) judge.add(window);
    expect(judge.judgement(only).decision).toBe('promote');
    const wrong = minutesOf(30, side(900, 3, { clientErrors: 9 }), side(100, 0, { clientErrors: 50 }), {
      from: 60,
    });
    for (const window of wrong) judge.add(window);
    expect(judge.judgement(only).decision).toBe('rollback');
  });

  it('never takes a rollback back, however good what comes later is', () => {
    expect(decided([errors], harm)).toBe('rollback');
    expect(decided([errors], harm, minutesOf(2_000, side(900, 9), side(100), { from: 30 }))).toBe('rollback');
  });

  it('lets a rollback win where proof and harm come together', () => {
    expect(
      decided(
        [errors, clientErrors],
        minutesOf(60, side(900, 3, { clientErrors: 1 }), side(100, 0, { clientErrors: 40 })),
      ),
    ).toBe('rollback');
  });

  it('promotes no one who is harmful at the last share only', () => {
    const last = minutesOf(60, side(500, 2), side(500, 6), { step: 1, share: 0.5, from: 60 });
    expect(decided([errors], health)).toBe('promote');
    expect(decided([errors], health, last)).not.toBe('promote');
  });

  it('says how long the proof will take if all goes on so', () => {
    const [finding] = judged([errors], minutesOf(2, side(900, 3), side(100))).findings;
    expect(finding.missing?.etaS).toBeGreaterThan(0);
    expect(finding.missing?.etaS).toBeLessThan(3_600);
  });
});

describe('a split that is not as configured', () => {
  const broken = minutesOf(30, side(700, 3), side(300, 60));

  it('leaves everything undecided, harm and proof alike, and says so', () => {
    expect(decided([errors], broken)).toBe('hold');
    expect(lacks([errors], broken)).toContain('not split as configured');
    expect(decided([errors], minutesOf(90, side(700), side(300)))).toBe('hold');
  });

  it('is not believed again in a later step', () => {
    const later = minutesOf(60, side(500, 3), side(500, 200), { step: 1, share: 0.5, from: 30 });
    expect(decided([errors], broken, later)).toBe('hold');
  });

  it('does not call back what was shown before', () => {
    expect(decided([errors], harm, broken)).toBe('rollback');
  });

  it('cannot be seen where nobody tells the configured share', () => {
    const unknown = broken.map(({ share: _, ...window }) => window);
    expect(decided([errors], unknown)).toBe('rollback');
  });

  it('is a gate of its own where policy asks for it, which passes only on requests', () => {
    const split: GateSpec = { name: 'split', kind: 'sample-ratio', alphaRollback: 0.001, alphaPromote: 0.05 };
    const verdict = (windows: WindowCounts[]) => judged([split], windows).findings[0].verdict;
    expect(verdict([])).toBe('undecided');
    expect(verdict(minutesOf(60, side(900), side(100)))).toBe('pass');
    expect(verdict(broken)).toBe('undecided');
    // It judges the evidence: a second opinion on it would roll a release back.
    const second: GateSpec = { ...split, name: 'second' };
    expect(() => judged([split, second], broken)).toThrow(RangeError);
  });
});

describe('rows that are known to be missing', () => {
  it('leave undecided what they could overturn', () => {
    const missing = { missing: 300 };
    expect(
      decided(
        [errors],
        harm.map((window) => ({ ...window, ...missing })),
      ),
    ).toBe('hold');
    expect(
      decided(
        [errors],
        health.map((window) => ({ ...window, ...missing })),
      ),
    ).toBe('hold');
    expect(
      lacks(
        [errors],
        health.map((window) => ({ ...window, ...missing })),
      ),
    ).toContain('18000 failed requests are missing');
  });

  it('do not keep anything from being decided where they are too few for that', () => {
    const few = (windows: WindowCounts[]) =>
      windows.map((window, index) => (index === 0 ? { ...window, missing: 1 } : window));
    expect(decided([errors], few(harm))).toBe('rollback');
    expect(decided([errors], few(health))).toBe('promote');
  });
});

/** `n[i]` requests of `i` to `i + 1` ms above `from`, of one side, with edges at every millisecond. */
function latencies(counts: Readonly<Record<number, number>>, width = 1, upTo = 200): Partial<SideCounts> {
  const le = [...Array.from({ length: upTo / width }, (_, index) => (index + 1) * width), null];
  const n = le.map(() => 0);
  for (const [ms, count] of Object.entries(counts)) {
    const bucket = Math.min(le.length - 1, Math.max(0, Math.ceil(Number(ms) / width) - 1));
    n[bucket] = (n[bucket] ?? 0) + count;
  }
  return { latencyMs: { le, n } };
}
const usual = { 50: 720, 90: 36, 100: 18, 110: 18, 120: 18 };
const ninth = (counts: Readonly<Record<number, number>>, later = 0) =>
  Object.fromEntries(Object.entries(counts).map(([ms, n]) => [Number(ms) + later, n / 9]));

describe('latency against an objective', () => {
  it('rolls back who is too slow where the baseline is not', () => {
    const slow = minutesOf(
      60,
      side(900, 0, latencies({ 50: 890, 150: 10 })),
      side(100, 0, latencies({ 50: 80, 150: 20 })),
    );
    expect(decided([slo], slow)).toBe('rollback');
  });

  it('calls it a shared incident where both sides are too slow, and holds', () => {
    const both = minutesOf(
      60,
      side(900, 0, latencies({ 50: 700, 150: 200 })),
      side(100, 0, latencies({ 50: 78, 150: 22 })),
    );
    expect(decided([slo], both)).toBe('hold');
    expect(lacks([slo], both)).toContain('shared incident');
  });

  it('counts a bucket that holds the objective against whatever is to be proven', () => {
    const wide = (counts: Readonly<Record<number, number>>) => latencies(counts, 80, 160);
    const windows = minutesOf(120, side(900, 0, wide({ 50: 900 })), side(100, 0, wide({ 50: 60, 120: 40 })));
    expect(decided([slo], windows)).toBe('hold');
  });
});

describe('latency against the baseline', () => {
  it('rolls back a candidate that is slower than the margin', () => {
    const slower = minutesOf(
      120,
      side(810, 0, latencies(usual)),
      side(90, 0, latencies(ninth({ 50: 360, 90: 270, 125: 180 }))),
    );
    expect(decided([drift], slower)).toBe('rollback');
  });

  it('does not roll back one that is slower by less', () => {
    const within = minutesOf(600, side(810, 0, latencies(usual)), side(90, 0, latencies(ninth(usual, 4))));
    expect(decided([drift], within)).not.toBe('rollback');
  });

  it('promotes one that is as fast as the baseline', () => {
    const alike = minutesOf(240, side(810, 0, latencies(usual)), side(90, 0, latencies(ninth(usual))));
    expect(decided([drift], alike)).toBe('promote');
  });

  it('follows a baseline that gets slower together with the candidate', () => {
    const windows = Array.from({ length: 60 }, (_, index) =>
      minutesOf(
        1,
        side(810, 0, latencies(shifted(usual, index))),
        side(90, 0, latencies(ninth(usual, index))),
        {
          from: index,
        },
      ),
    );
    expect(decided([drift], windows.flat())).not.toBe('rollback');
  });

  it('is undecided where the buckets are too coarse for the margin, and says which', () => {
    const coarse = minutesOf(
      240,
      side(810, 0, latencies(usual, 20)),
      side(90, 0, latencies(ninth({ 50: 360, 90: 270, 150: 180 }), 20)),
    );
    expect(decided([drift], coarse)).toBe('hold');
    expect(lacks([drift], coarse)).toContain('a bucket of 20 ms');
  });
});
const shifted = (counts: Readonly<Record<number, number>>, later: number) =>
  Object.fromEntries(Object.entries(counts).map(([ms, n]) => [Number(ms) + later, n]));

describe('throughput', () => {
  it('rolls back who answers less than its due', () => {
    expect(decided([throughput], minutesOf(60, side(900), side(100, 50)))).toBe('rollback');
  });

  it('waits until the split is known: lost rows look like answers that were never given', () => {
    const lost = minutesOf(60, side(190), side(5), { share: 0.05 });
    for (let looks = 1; looks <= lost.length; looks += 1)
      expect(decided([throughput], lost.slice(0, looks))).toBe('hold');
  });

  it('promotes who answers its due', () => {
    expect(decided([throughput], minutesOf(120, side(900, 3), side(100)))).toBe('promote');
  });
});

describe('a bound on a metric', () => {
  const threshold: GateSpec = {
    ...alphas,
    name: 'compliance',
    kind: 'threshold',
    metric: 'compliance@1',
    min: 0.95,
    looks: 'one',
  };
  const reading = (value: number, more: Partial<Reading> = {}) =>
    minutesOf(1, null, null, { readings: [{ name: 'compliance@1', value, ...more }] });

  it('is undecided until there is a value, and by an interval that holds the bound', () => {
    expect(decided([threshold], minutesOf(5, null, null))).toBe('hold');
    expect(decided([threshold], reading(0.97, { interval: [0.94, 0.99] }))).toBe('hold');
  });

  it('passes within the bound and rolls back outside of it', () => {
    expect(decided([threshold], reading(0.97))).toBe('promote');
    expect(decided([threshold], reading(0.9, { interval: [0.88, 0.92] }))).toBe('rollback');
  });

  it('blames no candidate for what the baseline does no better', () => {
    expect(decided([threshold], reading(0.9, { baseline: 0.89 }))).toBe('hold');
    // One value beside another says which is larger, and not which version is worse.
    expect(decided([threshold], reading(0.9, { baseline: 0.96 }))).toBe('hold');
    expect(decided([threshold], reading(0.9, { interval: [0.88, 0.92], baseline: 0.91 }))).toBe('hold');
    expect(decided([threshold], reading(0.9, { interval: [0.88, 0.92], baseline: 0.96 }))).toBe('rollback');
  });

  it('may be looked at again and again where it is a rate', () => {
    const sequential: GateSpec = { ...threshold, looks: 'sequential' };
    const looks = (value: number, count: number) =>
      Array.from({ length: count }, (_, from) =>
        minutesOf(1, null, null, { from, readings: [{ name: 'compliance@1', value, n: 50 }] }),
      ).flat();
    expect(decided([sequential], looks(0.98, 2))).toBe('hold');
    expect(decided([sequential], looks(0.98, 20))).toBe('promote');
    expect(decided([sequential], looks(0.8, 20))).toBe('rollback');
  });
});

describe('a rate that both sides break', () => {
  const sequential: GateSpec = {
    ...alphas,
    name: 'rejects',
    kind: 'threshold',
    metric: 'rejects',
    max: 0.05,
    looks: 'sequential',
  };
  const looks = (value: number, count: number, more: Partial<Reading> = {}) =>
    Array.from({ length: count }, (_, from) =>
      minutesOf(1, null, null, { from, readings: [{ name: 'rejects', value, n: 200, ...more }] }),
    ).flat();

  it('is a shared incident, however long it lasts', () => {
    expect(decided([sequential], looks(0.08, 240, { baseline: 0.08 }))).toBe('hold');
    expect(lacks([sequential], looks(0.08, 240, { baseline: 0.08 }))).toContain('shared incident');
    expect(decided([sequential], looks(0.16, 60, { baseline: 0.06 }))).toBe('rollback');
  });

  it('is no harm of the better candidate, on whichever side of both bounds it is the better one', () => {
    const both = { ...sequential, min: 0.2, max: 0.4 };
    const beside = (value: number, baseline: number) => decided([both], looks(value, 240, { baseline }));
    expect(beside(0.5, 0.9)).toBe('hold');
    expect(beside(0.9, 0.5)).toBe('rollback');
    expect(beside(0.1, 0.05)).toBe('hold');
    expect(beside(0.1, 0.5)).toBe('rollback');
  });

  it('counts a value that is no whole number of samples against whatever is to be proven', () => {
    expect(decided([{ ...sequential, max: 0.3 }], looks(0.4, 60, { n: 1 }))).toBe('hold');
    expect(decided([{ ...sequential, max: 0.6 }], looks(0.5, 60, { n: 1 }))).toBe('hold');
  });
});

describe('where the candidate has all traffic', () => {
  const alone = (candidate: SideCounts, more: Partial<WindowCounts> = {}) =>
    minutesOf(60, null, candidate, { share: 1, step: 1, from: 60, ...more });

  it('needs no baseline to be judged', () => {
    expect(decided([errors], alone(side(1_000, 500)))).toBe('rollback');
    expect(decided([errors], alone(side(1_000)))).toBe('promote');
    expect(decided([slo], alone(side(1_000, 0, { latencyMs: { le: [100, null], n: [500, 500] } })))).toBe(
      'rollback',
    );
  });

  it('charges it with failures that nobody answered: there is nobody else', () => {
    expect(decided([errors], health, alone(side(0), { missing: 1_000 }))).toBe('rollback');
  });

  it('does not take what few requests showed of the baseline for its rate', () => {
    const before = minutesOf(1, side(150, 2), side(17), { share: 0.1 });
    expect(decided([errors], before, alone(side(1_000, 30)))).not.toBe('rollback');
    const long = minutesOf(60, side(900, 9), side(100, 1), { share: 0.1 });
    expect(decided([errors], long, alone(side(1_000, 30)))).toBe('rollback');
  });
});

describe('scores of live requests', () => {
  const quality: GateSpec = {
    ...alphas,
    name: 'q',
    kind: 'quality',
    metric: 'm',
    margin: 0.02,
    pairing: 'unpaired',
  };
  const scored = (n: number, mean: number): SideCounts =>
    side(1_000, 0, { scores: { m: { n, sum: n * mean, sumOfSquares: n * mean * mean } } });
  const even = { share: 0.5 };

  it('prove nothing where other parts of the two sides are scored', () => {
    expect(decided([quality], minutesOf(10, scored(1_000, 0.9), scored(100, 0.9), even))).toBe('hold');
    expect(decided([quality], minutesOf(10, scored(100, 0.95), scored(1_000, 0.8), even))).toBe('hold');
    expect(lacks([quality], minutesOf(10, scored(100, 0.95), scored(1_000, 0.8), even))).toContain(
      'not given to both',
    );
  });

  it('that proved harm stay proven in the next step', () => {
    const harmful = minutesOf(20, scored(1_000, 0.9), scored(1_000, 0.5), even);
    expect(decided([quality], harmful)).toBe('rollback');
    const next = minutesOf(1, scored(1_000, 0.9), scored(1_000, 0.9), { share: 1, step: 1, from: 20 });
    expect(decided([quality], harmful, next)).toBe('rollback');
  });
});

describe('parameters out of reach', () => {
  it('are refused, instead of never proving anything', () => {
    const absurd: GateSpec = { ...errors, toleratedRatio: 1e308 };
    expect(() => decided([absurd], minutesOf(60, side(900), side(100, 100)))).toThrow(RangeError);
  });

  it('of a share below any request leave throughput countable', () => {
    expect(() => decided([throughput], minutesOf(3, side(0), side(1), { share: 0.0004 }))).not.toThrow();
  });
});

describe('whatever the numbers are', () => {
  const count = fc.nat({ max: 1_000_000_000 });
  const anySide = fc.option(
    fc.tuple(count, count, count, count).map(([requests, a, b, throttled]) => {
      const failed = Math.min(requests, a);
      const n = [requests - failed, failed];
      return side(requests, failed, {
        clientErrors: Math.min(requests - failed, b),
        throttled,
        latencyMs: { le: [100, null], n },
      });
    }),
  );
  const anyWindow = fc.record({
    baseline: anySide,
    candidate: anySide,
    step: fc.nat({ max: 2 }),
    missing: fc.nat({ max: 5 }),
  });

  it('no gate answers with what is no number, and no data never passes', () => {
    const all: readonly [GateSpec, ...GateSpec[]] = [errors, clientErrors, slo, drift, throughput];
    fc.assert(
      fc.property(fc.array(anyWindow, { maxLength: 6 }), (rows) => {
        const windows = rows
          .toSorted((a, b) => a.step - b.step)
          .flatMap(({ baseline, candidate, step, missing }, from) =>
            minutesOf(1, baseline, candidate, { step, missing, from }),
          );
        const { findings } = judged(all, windows);
        for (const { against, for: proof, verdict, missing } of findings) {
          expect(Number.isNaN(against.logE) || Number.isNaN(proof.logE)).toBe(false);
          if (windows.length === 0) expect(verdict).toBe('undecided');
          expect(missing === null).toBe(verdict !== 'undecided');
        }
      }),
      { numRuns: 300 },
    );
  });
});
