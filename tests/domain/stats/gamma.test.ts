import { describe, expect, it } from 'vitest';
import { logScaledGamma } from '../../../src/domain/stats/gamma.ts';
import cases from '../../oracles/gamma.json' with { type: 'json' };

describe('the scaled lower incomplete gamma function', () => {
  it.each(cases)('agrees with the 50-digit series at a=$a z=$z', ({ a, z, log }) => {
    expect(Math.abs(logScaledGamma(a, z) - log)).toBeLessThan(1e-13 * Math.max(1, Math.abs(log)));
  });

  it('has the closed form at a = 1, and 1 / a at z = 0', () => {
    for (const z of [-700, -3, -1e-8, 1e-8, 0.5, 1.9, 2.1, 30, 700]) {
      expect(logScaledGamma(1, z)).toBeCloseTo(Math.log(Math.expm1(z) / z), 12);
    }
    for (const a of [1e-3, 0.7, 12, 1e6]) expect(logScaledGamma(a, 0)).toBeCloseTo(-Math.log(a), 12);
  });

  it('rises in z and falls in a, through the seams of its three methods', () => {
    for (const a of [0.3, 12.6, 1000, 1e7]) {
      for (const seam of [0, a + 1]) {
        const [below, at, above] = [seam - 1e-3, seam, seam + 1e-3].map((z) => logScaledGamma(a, z));
        expect((at ?? 0) - (below ?? 0)).toBeGreaterThan(0);
        expect((above ?? 0) - (at ?? 0)).toBeGreaterThan(0);
        expect(logScaledGamma(a * 1.001, seam)).toBeLessThan(at ?? 0);
      }
    }
  });

  it('stays finite where its factors would overflow', () => {
    for (const a of [1e-3, 1, 1e6, 1e9]) {
      for (const z of [-1e12, -1e9, -1, 0, 1, 1e6, 1e9, 1.0001e9, 1e12]) {
        expect(logScaledGamma(a, z)).toSatisfy(Number.isFinite);
      }
    }
  });
});
