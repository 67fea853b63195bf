import { describe, expect, it } from 'vitest';
import { logScaledBeta, logScaledIncompleteBeta, stirlingRemainder } from '../../../src/domain/stats/beta.ts';
import { log1pMinus, logWeightedMean } from '../../../src/domain/stats/log-space.ts';
import cases from '../../oracles/beta-binomial.json' with { type: 'json' };

describe('the beta functions', () => {
  it.each(cases)('agree with the 50-digit series at a=$a b=$b x=$x', ({ a, b, x, y, ...expected }) => {
    const near = (value: number, oracle: number) =>
      expect(Math.abs(value - oracle)).toBeLessThan(1e-10 * Math.max(1, Math.abs(oracle)));
    near(logScaledIncompleteBeta(a, b, x, y), expected.logIncomplete);
    near(logScaledBeta(a, b, x, y), expected.logComplete);
  });

  it('have the closed form where one parameter is 1', () => {
    for (const [a, x] of [[3.5, 0.2] as const, [0.4, 0.7] as const, [2000, 0.999] as const]) {
      const y = 1 - x;
      expect(logScaledIncompleteBeta(a, 1, x, y)).toBeCloseTo(-Math.log(a * y), 10);
      const powers = Math.log(-Math.expm1(a * Math.log1p(-x))) - Math.log(a * x) - a * Math.log1p(-x);
      expect(logScaledIncompleteBeta(1, a, x, y) / powers).toBeCloseTo(1, 10);
    }
  });

  it('rest on a Stirling remainder that knows Gamma(1/2), Gamma(1), 9! and the shift', () => {
    const logGamma = (z: number) =>
      (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + stirlingRemainder(z);
    expect(logGamma(0.5)).toBeCloseTo(0.5 * Math.log(Math.PI), 12);
    expect(logGamma(1)).toBeCloseTo(0, 12);
    expect(logGamma(10)).toBeCloseTo(Math.log(362880), 12);
    expect(logGamma(1e-6)).toBeCloseTo(Math.log(1e6) - 0.5772156649e-6, 10);
    expect(logGamma(12.25)).toBeCloseTo(logGamma(11.25) + Math.log(11.25), 12);
  });
});

describe('sums of exponentials', () => {
  it('give exactly zero where nothing was seen', () => {
    expect(logWeightedMean([0, 0, 0], [0.1, 0.7, 0.2])).toBe(0);
  });

  it('hold far beyond the range of exp', () => {
    expect(logWeightedMean([5000, 4000], [0.25, 0.75])).toBeCloseTo(5000 + Math.log(0.25), 10);
    expect(logWeightedMean([-5000, -5000], [0.25, 0.75])).toBeCloseTo(-5000, 10);
  });

  it('keep ln(1 + u) - u where the two nearly cancel', () => {
    expect(log1pMinus(1e-9) / -5e-19).toBeCloseTo(1, 8);
    // Either side of the seam between series and difference.
    for (const u of [0.0999999, 0.1000001, -0.0999999, -0.1000001]) {
      expect(log1pMinus(u)).toBeCloseTo(Math.log1p(u) - u, 14);
    }
  });
});
