import { describe, expect, it } from 'vitest';
import { CorrelationTest, logUpperTail } from '../../../src/domain/stats/correlation.ts';
import { logBound } from '../../../src/domain/stats/sequential.ts';
import { type Random, random } from '../../support/random.ts';
import { isProvenBelow } from './clopper-pearson.ts';

type Draw = (chance: Random) => readonly [number, number];
const score = (value: number) => Math.min(1, Math.max(0, value));
const gaussian =
  (r: number): Draw =>
  (chance) => {
    const x = chance.normal();
    return [score(0.5 + 0.12 * x), score(0.5 + 0.12 * (r * x + Math.sqrt(1 - r * r) * chance.normal()))];
  };
/** Mostly near 0, seldom far: both sides share a part of an exponential law. */
const skewed =
  (r: number): Draw =>
  (chance) => {
    const draw = () => Math.min(1, -Math.log(1 - chance.uniform()) / 10);
    const x = draw();
    return [x, score((r * x + Math.sqrt(1 - r * r) * draw()) / 1.5)];
  };
/** Both sides score 1 rarely; the candidate copies the baseline with probability r, which is then the correlation. */
const rareOnes =
  (r: number): Draw =>
  (chance) => {
    const draw = () => (chance.uniform() < 0.2 ? 1 : 0);
    const x = draw();
    return [x, chance.uniform() < r ? x : draw()];
  };

describe('the tail of the normal law', () => {
  // Abramowitz and Stegun, table 26.1 and 26.2; ln of the tail.
  it.each([
    [0, Math.log(0.5)],
    [1, Math.log(0.15865525393145707)],
    [-1, Math.log(0.8413447460685429)],
    [3, Math.log(1.3498980316300946e-3)],
    [4.9, Math.log(4.791832765903e-7)],
  ])('beyond %d is the tabulated one', (z, golden) => {
    expect(Math.abs(logUpperTail(z) - golden)).toBeLessThan(1e-8);
  });

  it('is bounded from above far out, closely', () => {
    // ln P(N > 10) = -53.2312851505
    expect(logUpperTail(10)).toBeGreaterThan(-53.2312851505);
    expect(logUpperTail(10)).toBeLessThan(-53.22);
    expect(logUpperTail(1e6)).toSatisfy(Number.isFinite);
    expect(logUpperTail(5.0001)).toBeGreaterThanOrEqual(logUpperTail(5.0002));
  });
});

describe('the sequential test of a correlation', () => {
  it('knows nothing before the first look, and stands between two looks', () => {
    const chance = random(103);
    const test = new CorrelationTest(0.5);
    for (let i = 0; i < 127; i += 1) test.add(...gaussian(0.95)(chance));
    expect([test.correlation, test.logAbove, test.logBelow, test.nextLook]).toEqual([undefined, 0, 0, 128]);
    test.add(...gaussian(0.95)(chance));
    const { correlation, logAbove } = test;
    expect(logAbove).toBeGreaterThan(logBound(0.05));
    for (let i = 0; i < 127; i += 1) test.add(...gaussian(-0.9)(chance));
    expect([test.correlation, test.logAbove, test.nextLook]).toEqual([correlation, logAbove, 256]);
    test.add(0, 0);
    expect(test.correlation).toBeLessThan(0.5);
  });

  it('concludes nothing where a side never varies, and is finite for a perfect copy', () => {
    const test = new CorrelationTest(0.5);
    for (let i = 0; i < 128; i += 1) test.add(0.1 + 0.2, i / 128);
    expect([test.correlation, test.logAbove, test.logBelow]).toEqual([undefined, 0, 0]);
    for (const isCopy of [true, false]) {
      const copy = new CorrelationTest(0.5);
      for (let i = 0; i < 128; i += 1) copy.add(i / 128, isCopy ? i / 128 : 1 - i / 128);
      expect(Math.abs(copy.correlation ?? 0)).toBeCloseTo(1, 10);
      const [proven, refuted] = isCopy ? [copy.logAbove, copy.logBelow] : [copy.logBelow, copy.logAbove];
      expect(Number.isFinite(proven) && proven > 10 && refuted <= 0).toBe(true);
    }
  });

  it('is not sure of a copy whose exceptions are too rare to have been seen', () => {
    const test = new CorrelationTest(0.95);
    for (let i = 0; i < 128; i += 1) test.add(i % 5 === 0 ? 1 : 0, i % 5 === 0 ? 1 : 0);
    expect(test.correlation).toBeCloseTo(1, 10);
    expect(test.logAbove).toBeLessThan(logBound(0.05));
  });

  it.each([
    ['normal', gaussian],
    ['skewed', skewed],
    ['rare ones', rareOnes],
  ])('errs in neither direction with more than alpha at the limit, over four looks: %s', (_, law) => {
    const chance = random(107);
    const runs = 1_500;
    let [below, above] = [0, 0];
    for (let run = 0; run < runs; run += 1) {
      const test = new CorrelationTest(0.8);
      let [isBelow, isAbove] = [false, false];
      for (let i = 0; i < 1_024; i += 1) {
        test.add(...law(0.8)(chance));
        isBelow ||= test.logBelow >= logBound(0.05);
        isAbove ||= test.logAbove >= logBound(0.05);
      }
      if (isBelow) below += 1;
      if (isAbove) above += 1;
    }
    expect(isProvenBelow(0.05, below, runs), `below: ${below} of ${runs}`).toBe(true);
    expect(isProvenBelow(0.05, above, runs), `above: ${above} of ${runs}`).toBe(true);
  });

  it('tells 0.95 and 0.6 from 0.8 within 1,024 pairs, mostly', () => {
    const chance = random(109);
    for (const r of [0.95, 0.6]) {
      let decided = 0;
      for (let run = 0; run < 100; run += 1) {
        const test = new CorrelationTest(0.8);
        for (let i = 0; i < 1_024; i += 1) test.add(...gaussian(r)(chance));
        if ((r > 0.8 ? test.logAbove : test.logBelow) >= logBound(0.01)) decided += 1;
      }
      expect(decided).toBeGreaterThan(90);
    }
  });

  it('refuses what is no correlation and no pair', () => {
    for (const limit of [-1, 1, Number.NaN]) expect(() => new CorrelationTest(limit)).toThrow(RangeError);
    for (const x of [-0.1, 1.1, Number.NaN]) {
      expect(() => new CorrelationTest(0).add(x, 0)).toThrow(RangeError);
      expect(() => new CorrelationTest(0).add(0, x)).toThrow(RangeError);
    }
  });
});
