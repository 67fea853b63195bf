import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logTwoSided } from '../../../src/domain/stats/beta-binomial.ts';
import { logBound, rateInterval } from '../../../src/domain/stats/sequential.ts';
import { random } from '../../support/random.ts';
import { isProvenBelow } from './clopper-pearson.ts';

describe('the bound', () => {
  it('is ln(1 / alpha), and only for an error budget', () => {
    expect(logBound(0.05)).toBeCloseTo(Math.log(20), 14);
    for (const alpha of [0, 1, -0.1, Number.NaN]) expect(() => logBound(alpha)).toThrow(RangeError);
  });
});

describe('the confidence sequence for a rate', () => {
  // confseq's published Bernoulli intervals, cut off (not rounded) after six decimals in the source used.
  it.each([
    [700, 1000, 100, 0.651629, 0.745949],
    [15, 50, 50, 0.129556, 0.511896],
    [5, 50, 50, 0.013021, 0.269264],
    [1, 50, 50, 0, 0.13489],
  ])('of %d in %d (tightest at %d) is the published one', (events, requests, tOpt, low, high) => {
    const interval = rateInterval({ requests, events }, { alpha: 0.05, tOpt });
    for (const [end, golden] of [[interval.low, low] as const, [interval.high, high] as const]) {
      expect(end).toBeGreaterThanOrEqual(golden);
      expect(end).toBeLessThan(golden + 2e-6);
    }
  });

  it('knows nothing before the first request', () => {
    expect(rateInterval({ requests: 0, events: 0 }, { alpha: 0.05, tOpt: 1000 })).toEqual({
      low: 0,
      high: 1,
    });
  });

  it('holds the observed rate, stays within 0 and 1, and excludes no rate that the evidence leaves open', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 3000 }),
        fc.integer({ min: 1, max: 3000 }),
        fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }),
        (events, rest, p) => {
          const counts = { requests: events + rest, events };
          const { low, high } = rateInterval(counts, { alpha: 0.05, tOpt: 1000 });
          const rate = events / counts.requests;
          expect(0 <= low && low <= rate && rate <= high && high <= 1).toBe(true);
          const logM = logTwoSided(counts, p, { vOpt: 1000 * p * (1 - p), alphaOpt: 0.05 });
          if (logM < logBound(0.05)) expect(low <= p && p <= high).toBe(true);
        },
      ),
    );
  });

  it('ends outside of what the evidence leaves open, never just within', () => {
    for (const events of [20, 500, 980]) {
      const counts = { requests: 1000, events };
      const { low, high } = rateInterval(counts, { alpha: 0.05, tOpt: 1000 });
      for (const p of [low, high]) {
        const logM = logTwoSided(counts, p, { vOpt: 1000 * p * (1 - p), alphaOpt: 0.05 });
        expect(logM).toBeGreaterThanOrEqual(logBound(0.05));
      }
    }
  });

  it('is finite and ordered for counts up to a thousand million', () => {
    for (const [events, requests] of [
      [0, 1],
      [1, 1],
      [0, 1e9],
      [1, 1e9],
      [5e8, 1e9],
      [1e9 - 1, 1e9],
      [1e9, 1e9],
    ] as const) {
      const { low, high } = rateInterval({ requests, events }, { alpha: 0.05, tOpt: 1000 });
      expect(0 <= low && low <= events / requests && events / requests <= high && high <= 1).toBe(true);
      if (requests > 1) expect(high - low).toBeLessThan(1e-3);
    }
  });

  it('covers the true rate at all of 60 looks, more often than 95 %', () => {
    const chance = random(23);
    const runs = 1_000;
    let missed = 0;
    for (let run = 0; run < runs; run += 1) {
      let events = 0;
      for (let look = 1; look <= 60; look += 1) {
        events += chance.binomial(40, 0.02);
        const { low, high } = rateInterval({ requests: 40 * look, events }, { alpha: 0.05, tOpt: 1000 });
        if (0.02 < low || 0.02 > high) {
          missed += 1;
          break;
        }
      }
    }
    expect(isProvenBelow(0.05, missed, runs), `${missed} of ${runs}`).toBe(true);
  });

  it('to a lower precision is as wide or wider, by no more than that', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 1_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (requests, rate) => {
          const counts = { requests, events: Math.round(requests * rate) };
          const exact = rateInterval(counts, { alpha: 0.05, tOpt: 1000 });
          const { low, high } = rateInterval(counts, { alpha: 0.05, tOpt: 1000, precision: 1e-3 });
          const seen = requests === 0 ? 0 : counts.events / requests;
          // A last bit at the scale of 1.
          const slack = 1e-14;
          expect(low).toBeLessThanOrEqual(exact.low + slack);
          expect(exact.low - low).toBeLessThanOrEqual(2e-3 * (seen - exact.low) + slack);
          expect(high).toBeGreaterThanOrEqual(exact.high - slack);
          expect(high - exact.high).toBeLessThanOrEqual(2e-3 * (exact.high - seen) + slack);
        },
      ),
    );
  });

  it('refuses a tuning that is no number of requests', () => {
    expect(() => rateInterval({ requests: 1, events: 0 }, { alpha: 0.05, tOpt: 0 })).toThrow(RangeError);
  });
});
