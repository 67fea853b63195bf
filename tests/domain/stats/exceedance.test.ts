import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evidenceAbove, evidenceBelow } from '../../../src/domain/stats/exceedance.ts';
import { logBound } from '../../../src/domain/stats/sequential.ts';
import { random } from '../../support/random.ts';
import { isProvenBelow } from './clopper-pearson.ts';

const PER_MINUTE = 50;

/** The minute at which `evidence` reaches `bound`, at p per request; `limit` + 1 if it does not. */
function minutesTo(
  evidence: typeof evidenceAbove,
  bound: number,
  { p, p0, limit, chance }: { p: number; p0: number; limit: number; chance: ReturnType<typeof random> },
): number {
  let [requests, events] = [0, 0];
  for (let minute = 1; minute <= limit; minute += 1) {
    requests += PER_MINUTE;
    events += chance.binomial(PER_MINUTE, p);
    if (evidence({ requests, events }, { p0 }) >= bound) return minute;
  }
  return limit + 1;
}

describe('evidence on a latency objective', () => {
  it('is the published one-sided mixture, upwards and mirrored', () => {
    const test = { p0: 0.2, vOpt: 100, alphaOpt: 0.05 };
    expect(evidenceAbove({ requests: 625, events: 135 }, test) / -0.07134019).toBeCloseTo(1, 6);
    const mirrored = { p0: 0.8, vOpt: 100, alphaOpt: 0.05 };
    expect(evidenceBelow({ requests: 625, events: 490 }, mirrored) / -0.07134019).toBeCloseTo(1, 6);
  });

  it('is none before the first request', () => {
    expect(evidenceAbove({ requests: 0, events: 0 }, { p0: 0.05 })).toBe(0);
    expect(evidenceBelow({ requests: 0, events: 0 }, { p0: 0.05 })).toBe(0);
  });

  it('rises with every slow request in favour of "above", and falls in favour of "below"', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.double({ min: 0.001, max: 0.5, noNaN: true }),
        (requests, fraction, p0) => {
          const events = Math.floor(fraction * requests);
          const [fewer, more] = [
            { requests, events },
            { requests, events: events + 1 },
          ];
          expect(evidenceAbove(more, { p0 })).toBeGreaterThan(evidenceAbove(fewer, { p0 }));
          expect(evidenceBelow(more, { p0 })).toBeLessThan(evidenceBelow(fewer, { p0 }));
        },
      ),
    );
  });

  it('never supports both claims with the same requests', () => {
    fc.assert(
      fc.property(fc.nat({ max: 5000 }), fc.nat({ max: 5000 }), (events, rest) => {
        const counts = { requests: events + rest, events };
        const both = Math.min(evidenceAbove(counts, { p0: 0.05 }), evidenceBelow(counts, { p0: 0.05 }));
        expect(both).toBeLessThan(logBound(0.5));
      }),
    );
  });

  it('stays finite for counts from nothing to a thousand million', () => {
    for (const requests of [0, 1, 1_000_000_000]) {
      for (const events of [0, 1, 10_000_000, 50_000_000, 1_000_000_000]) {
        if (events > requests) continue;
        for (const p0 of [0.0001, 0.01, 0.05, 0.5]) {
          expect(evidenceAbove({ requests, events }, { p0 })).toSatisfy(Number.isFinite);
          expect(evidenceBelow({ requests, events }, { p0 })).toSatisfy(Number.isFinite);
        }
      }
    }
  });

  it.each([0.05, 0.01])('errs less often than alpha over 240 looks exactly at the objective %d', (p0) => {
    const [chance, runs] = [random(17), 1_500];
    let [above, below] = [0, 0];
    for (let run = 0; run < runs; run += 1) {
      if (minutesTo(evidenceAbove, logBound(0.05), { p: p0, p0, limit: 240, chance }) <= 240) above += 1;
      if (minutesTo(evidenceBelow, logBound(0.05), { p: p0, p0, limit: 240, chance }) <= 240) below += 1;
    }
    expect(isProvenBelow(0.05, above, runs), `above: ${above} of ${runs}`).toBe(true);
    expect(isProvenBelow(0.05, below, runs), `below: ${below} of ${runs}`).toBe(true);
  });

  it.each([
    [0.065, 0.05, 34],
    [0.08, 0.05, 11],
    [0.1, 0.05, 6],
    [0.02, 0.01, 20],
    [0.04, 0.01, 6],
  ])('shows %d above %d at 50 requests a minute in a median of at most %d minutes', (p, p0, most) => {
    const chance = random(19);
    const times = Array.from({ length: 400 }, () =>
      minutesTo(evidenceAbove, logBound(0.05), { p, p0, limit: 240, chance }),
    ).sort((a, b) => a - b);
    expect(times[200]).toBeLessThanOrEqual(most);
  });

  it('refuses impossible counts and parameters', () => {
    const one = { requests: 1, events: 0 };
    for (const p0 of [0, 1, Number.NaN]) expect(() => evidenceAbove(one, { p0 })).toThrow(RangeError);
    for (const alphaOpt of [0, 0.5]) {
      expect(() => evidenceBelow(one, { p0: 0.05, alphaOpt })).toThrow(RangeError);
    }
    expect(() => evidenceAbove(one, { p0: 0.05, vOpt: 0 })).toThrow(RangeError);
    expect(() => evidenceAbove({ requests: 1, events: 2 }, { p0: 0.05 })).toThrow(RangeError);
  });
});
