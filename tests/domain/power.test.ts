import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GateSpec } from '../../src/domain/gate.ts';
import { type Plan, planOf } from '../../src/domain/plan.ts';
import { healthyReleases } from '../../src/domain/power/plan-runs.ts';
import { informationBound } from '../../src/domain/power/regressions.ts';
import { partWithin, timesUntil } from '../../src/domain/power/times.ts';
import type { TrafficModel } from '../../src/domain/power/traffic-model.ts';
import { type GatePower, type PowerQuestion, type PowerReport, powerOf } from '../../src/domain/power.ts';
import { minutes, type NonEmpty } from '../../src/domain/units.ts';

const budget = { alphaRollback: 0.01, alphaPromote: 0.05 };
const errors: GateSpec = {
  ...budget,
  kind: 'errors',
  name: 'errors',
  toleratedRatio: 1.1,
  floor: 0.001,
  ceiling: 0.01,
};
const latency: GateSpec = {
  ...budget,
  kind: 'latency-slo',
  name: 'latency',
  sloMs: 300,
  quantile: 0.95,
  toleratedRatio: 1.1,
};
const cadence = { everyS: 60, windowS: 60, lagS: 120 };
const busy: TrafficModel = { perSecond: 16, errors: 0.005, p95Ms: 180 };
const quiet: TrafficModel = { perSecond: 10 / 60, errors: 0.005, p95Ms: 180 };
/** Enough for 8 points of a chance, and quick. */
const runs = { plan: 100, healthy: 150, harmful: 20 };

function plan(shares: readonly number[], deadline = minutes(120), gates = ['errors']): Plan {
  const steps = shares.map((candidate) => ({ candidate, minBake: minutes(5), deadline }));
  const made = planOf({ kind: 'canary', steps }, gates);
  if ('says' in made) throw new RangeError(made.says);
  return made;
}

function report(more: Partial<PowerQuestion>): PowerReport {
  const specs: NonEmpty<GateSpec> = [errors];
  return powerOf({ plan: plan([5]), specs, cadence, traffic: busy, runs, ...more });
}

function theGate(of: PowerReport, step = 0): GatePower {
  const gate = of.steps[step]?.gates[0];
  if (!gate) throw new RangeError('The report has no such gate.');
  return gate;
}

/** Of one gate, without what would be searched for where it is small. */
function chanceAt(share: number, deadline: number, traffic: TrafficModel): number {
  const of = { spec: errors, model: traffic, share: share / 100, cadence, runs: 150, seed: 9 };
  const deadlineS = deadline / 1000;
  return partWithin(timesUntil('pass', { ...of, horizonS: deadlineS + 60 }), deadlineS);
}

/** Four standard deviations of the difference of two chances at 150 runs. */
const noise = 4 * Math.sqrt((2 * 0.25) / 150);

describe('the power report', () => {
  it('is the same for the same question', () => {
    expect(report({})).toEqual(report({}));
    expect(report({ seed: 1 })).not.toEqual(report({ seed: 2 }));
  });

  it('names on a 1 % canary at 10 requests a minute the gates that cannot be decided, and what would decide them', () => {
    const specs: NonEmpty<GateSpec> = [errors, latency];
    const of = report({ plan: plan([1], minutes(120), ['errors', 'latency']), specs, traffic: quiet });
    expect(of.plan.promoted).toBe(0);
    const [first, second] = of.steps[0]?.gates ?? [];
    expect(first).toMatchObject({
      gate: 'errors',
      verdict: 'undecidable',
      chance: 0,
      remedy: { share: null },
    });
    expect(first?.says).toMatch(
      /^a deadline of \d+d( \d+h)? at this share, or a deadline of \d+h \d+m at 50 %, or `ceiling/,
    );
    expect(second).toMatchObject({ gate: 'latency', verdict: 'undecidable' });
    expect(second?.says).toMatch(/^a share of (15|20|25) %/);
    expect(of.advice).toEqual([expect.stringMatching(/stages\.shadow.* one step at 50 %.*`ceiling`/)]);
  });

  it('says truly what would decide: with that share, that deadline or that limit it is decided', () => {
    const modest = { ...busy, perSecond: 2 };
    const { remedy } = theGate(report({ plan: plan([1]), traffic: modest }));
    expect(remedy?.share).not.toBeNull();
    expect(chanceAt(remedy?.share ?? 0, minutes(120), modest)).toBeGreaterThan(0.8 - noise / 2);
    // 5 % is known to be too little by far: 38 % of 300 runs.
    expect(remedy?.share).toBeGreaterThan(5);
    expect(chanceAt(1, 1000 * (remedy?.afterS ?? 0), modest)).toBeGreaterThan(0.8 - noise / 2);
    expect(chanceAt(1, 500 * (remedy?.afterS ?? 0), modest)).toBeLessThan(0.8);
    const half = theGate(report({ plan: plan([50]), traffic: quiet }));
    const { ceiling } = half.remedy ?? {};
    expect(ceiling).toBeGreaterThan(0.01);
    const raised: NonEmpty<GateSpec> = [{ ...errors, ceiling: ceiling ?? 1 }];
    expect(theGate(report({ plan: plan([50]), specs: raised, traffic: quiet })).chance).toBeGreaterThan(
      0.8 - noise,
    );
  });

  it('sees harm no sooner than the information bound allows, and soon', () => {
    const of = report({ plan: plan([5]), runs: { ...runs, harmful: 100 } });
    const ratios = theGate(of).sees.filter(({ what }) => what.includes('times'));
    expect(ratios).toHaveLength(4);
    for (const { medianS, bound } of ratios) {
      expect(medianS).toBeGreaterThan(bound?.s ?? Number.POSITIVE_INFINITY);
      // The mean is at most twice the bound; delay and the last window come on top.
      expect(medianS).toBeLessThan(2 * (bound?.s ?? 0) + 240);
    }
    // A dead version: the first window that counts shows it.
    expect(theGate(of).sees.at(-1)).toMatchObject({
      what: 'dead: every request fails',
      chance: 1,
      medianS: 240,
    });
  });

  it('knows the bounds that were computed elsewhere', () => {
    // 1, 2 and 5 % against 0.5 % at a share of 5 %, alpha 1 %.
    const bound = (candidate: number) => informationBound({ baseline: 0.005, candidate }, 0.05, 0.01) ?? 0;
    expect(bound(0.01)).toBeCloseTo(2530, -1);
    expect(bound(0.02)).toBeCloseTo(392, 0);
    expect(bound(0.05)).toBeCloseTo(74, 0);
    expect(informationBound({ baseline: 0.01, candidate: 0.01 }, 0.05, 0.01)).toBeUndefined();
  });

  it('leaves out a gate that the traffic says nothing about, and asks for it', () => {
    const specs: NonEmpty<GateSpec> = [errors, latency];
    const of = report({
      plan: plan([5], minutes(120), ['errors', 'latency']),
      specs,
      traffic: { perSecond: 16, errors: 0.005 },
    });
    expect(of.plan.leftOut).toEqual(['latency']);
    expect(of.plan.promoted).toBeGreaterThan(0.9);
    expect(of.steps[0]?.gates[1]).toMatchObject({
      verdict: 'unknown',
      chance: null,
      says: expect.stringContaining('slow=2% or p95=180ms'),
    });
    const nothing = report({
      plan: plan([5], minutes(120), ['latency']),
      specs: [latency],
      traffic: { perSecond: 16, errors: 0 },
    });
    expect(nothing.plan).toMatchObject({ promoted: null, within3h: null });
  });

  it('says why no share and no time helps a gate that the usual traffic breaks', () => {
    const of = report({
      plan: plan([5], minutes(120), ['latency']),
      specs: [latency],
      traffic: { ...busy, slow: 0.06 },
    });
    expect(theGate(of)).toMatchObject({ verdict: 'undecidable', remedy: null });
    expect(theGate(of).says).toBe(
      '6 % of the usual requests take more than 300 ms, and only 5 % may: raise `sloMs`, or lower `quantile`',
    );
    const alone = theGate(report({ plan: plan([100]), traffic: { ...busy, errors: 0.02 } }));
    expect(alone.says).toMatch(/^nothing stands beside a candidate at 100 %/);
  });

  it.each<GateSpec>([
    { ...errors, kind: 'client-errors' },
    { ...errors, kind: 'throttled' },
    { ...budget, kind: 'latency-drift', name: 'any', quantile: 0.95, marginMs: 5, harmfulMs: 15 },
    { ...budget, kind: 'quality', name: 'any', metric: 'accuracy', margin: 0.02, pairing: 'paired' },
    { ...budget, kind: 'quality', name: 'any', metric: 'accuracy', margin: 0.02, pairing: 'unpaired' },
    { ...budget, kind: 'throughput', name: 'any', toleratedDrop: 0.1, harmfulDrop: 0.3 },
    { ...budget, kind: 'sample-ratio', name: 'any' },
  ])('times a gate of every kind that traffic can tell of: $kind', (spec) => {
    const traffic: TrafficModel = {
      ...{ perSecond: 16, errors: 0.005, clientErrors: 0.02, throttled: 0.01, p95Ms: 114, p50Ms: 50 },
      ...{ pairsPerSecond: 0.5, pairSd: 0.15, score: 0.8, scoreSd: 0.2 },
    };
    const few = { plan: 20, healthy: 40, harmful: 10 };
    const gate = theGate(
      report({ plan: plan([20], minutes(180), [spec.name]), specs: [spec], traffic, runs: few }),
    );
    expect(gate).toMatchObject({ verdict: 'decidable', says: null });
    // The grossest of what it is there to see is seen before a healthy version could pass.
    expect(gate.sees.at(-1)?.chance).toBe(1);
    expect(gate.sees.at(-1)?.medianS).toBeLessThanOrEqual(gate.clears.medianS ?? 0);
    const { perSecond, errors: rate } = traffic;
    const bare = theGate(
      report({
        plan: plan([20], minutes(180), [spec.name]),
        specs: [spec],
        traffic: { perSecond, errors: rate },
        runs: few,
      }),
    );
    const needsNothing = spec.kind === 'throughput' || spec.kind === 'sample-ratio';
    expect(bare.verdict).toBe(needsNothing ? 'decidable' : 'unknown');
  });

  it('asks nothing of traffic for a gate on results, and says why', () => {
    const spec: GateSpec = { ...budget, kind: 'correlation', name: 'any', metric: 'rank', min: 0.5 };
    const gate = theGate(report({ plan: plan([20], minutes(180), ['any']), specs: [spec] }));
    expect(gate).toMatchObject({ verdict: 'unknown', says: expect.stringContaining('a metric of a result') });
  });

  it('gives a perfect service its chance: nothing fails, and that is proof', () => {
    expect(theGate(report({ traffic: { perSecond: 16, errors: 0 } }))).toMatchObject({
      verdict: 'decidable',
    });
  });

  it('counts the delay of evidence: nothing is decided before a window is closed', () => {
    const of = report({ plan: plan([50]), traffic: { perSecond: 1000, errors: 0.005 } });
    expect(theGate(of).clears.medianS).toBe(240);
    const late = report({
      plan: plan([50]),
      cadence: { ...cadence, lagS: 3600 },
      traffic: { perSecond: 1000, errors: 0.005 },
    });
    expect(theGate(late).clears.medianS).toBe(3720);
  });

  it('judges all gates of a step together, and all steps one after another', () => {
    const modest = { ...busy, perSecond: 3 };
    const of = report({ plan: plan([5, 15, 50]), traffic: modest, runs: { ...runs, plan: 400 } });
    expect(of.plan.promoted).toBeLessThan(0.8);
    const passed = of.steps.map((step) => step.passed ?? 0);
    expect(of.plan.promoted).toBeCloseTo(
      passed.reduce((product, one) => product * one, 1),
      9,
    );
    expect(of.plan.medianS).toBeGreaterThan(3 * (5 * 60 + 60));
    expect(of.plan.within3h).toBeLessThanOrEqual(of.plan.promoted ?? 0);
  });

  it('refuses traffic that is none, and rates that are no shares', () => {
    expect(() => report({ traffic: { perSecond: 0, errors: 0.005 } })).toThrow(
      /requests a second above 0, not 0/,
    );
    expect(() => report({ traffic: { perSecond: 1, errors: 1.2 } })).toThrow(/errors is a share .* not 1\.2/);
  });
});

describe('the chance that a healthy version passes', () => {
  const rates = fc.constantFrom(1, 2, 4, 8);
  const shares = fc.constantFrom(2, 5, 10, 20);
  const deadlines = fc.constantFrom(1, 2).map((hours) => hours * 3_600_000);

  it('is never lowered by more traffic, but for noise', () => {
    fc.assert(
      fc.property(rates, shares, deadlines, (perSecond, share, deadline) => {
        const less = chanceAt(share, deadline, { perSecond, errors: 0.005 });
        const more = chanceAt(share, deadline, { perSecond: 2 * perSecond, errors: 0.005 });
        expect(more).toBeGreaterThan(less - noise);
      }),
      { numRuns: 12 },
    );
  });

  it('is never lowered by a larger share that must rule out the same harm, but for noise', () => {
    fc.assert(
      fc.property(rates, fc.constantFrom(2, 5, 10), deadlines, (perSecond, share, deadline) => {
        const less = chanceAt(share, deadline, { perSecond, errors: 0.005 });
        const more = chanceAt(2 * share, deadline, { perSecond, errors: 0.005 });
        expect(more).toBeGreaterThan(less - noise);
      }),
      { numRuns: 12 },
    );
  });

  it('is never lowered by later deadlines: each release has longer, and goes the same way until then', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(2, 4),
        fc.constantFrom(5, 10),
        fc.integer({ min: 30, max: 120 }),
        (perSecond, share, early) => {
          const promoted = (deadline: number) =>
            healthyReleases({
              plan: plan([share, 50], minutes(deadline)),
              specs: [errors],
              model: { perSecond, errors: 0.005 },
              cadence,
              runs: 40,
              seed: 4,
            }).filter(({ passed }) => passed === 2).length;
          const few = promoted(early);
          expect(promoted(early + 60)).toBeGreaterThanOrEqual(few);
          expect(promoted(2 * early)).toBeGreaterThanOrEqual(few);
        },
      ),
      { numRuns: 8 },
    );
  });
});
