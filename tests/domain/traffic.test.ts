import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeTraffic,
  entitiesWithTraffic,
  sameTraffic,
  shareOf,
  split,
  traffic,
} from '../../src/domain/traffic.ts';
import { percent } from '../../src/domain/units.ts';

const anEntity = fc.string({ minLength: 1, maxLength: 20 });
const twoEntities = fc.uniqueArray(anEntity, { minLength: 2, maxLength: 2 });
const aShare = fc.integer({ min: 0, max: 100 }).map(percent);

const sumOf = (shares: Readonly<Record<string, number>>) =>
  Object.values(shares).reduce((total, share) => total + share, 0);

describe('traffic', () => {
  it('is refused unless its shares are percentages that sum to 100', () => {
    const shares = fc.dictionary(anEntity, fc.integer({ min: 0, max: 60 }), { minKeys: 1, maxKeys: 4 });
    fc.assert(
      fc.property(shares, (given) => {
        if (sumOf(given) === 100) expect(traffic(given)).toEqual(given);
        else expect(() => traffic(given)).toThrow(RangeError);
      }),
    );
    expect(() => traffic({ a: 101, b: -1 })).toThrow(RangeError);
    expect(() => traffic({ a: 50.5, b: 49.5 })).toThrow(RangeError);
    expect(() => traffic({})).toThrow('sum to 100, not 0');
  });

  it('splits in two whose shares always sum to 100', () => {
    fc.assert(
      fc.property(twoEntities, aShare, ([baseline, candidate], share) => {
        const shares = split(String(baseline), String(candidate), share);
        expect(sumOf(shares)).toBe(100);
        expect(shareOf(shares, String(candidate))).toBe(share);
        expect(shareOf(shares, String(baseline))).toBe(100 - share);
      }),
    );
  });

  it('cannot be split between an entity and itself', () => {
    fc.assert(
      fc.property(anEntity, fc.integer({ min: 0, max: 99 }), (entity, share) => {
        expect(() => split(entity, entity, percent(share))).toThrow(RangeError);
      }),
    );
  });

  it('gives an entity that it does not name no share, whatever the name', () => {
    fc.assert(
      fc.property(anEntity, (name) => {
        fc.pre(name !== 'a');
        expect(shareOf(traffic({ a: 100 }), name)).toBe(0);
      }),
    );
    expect(shareOf(traffic({ a: 100 }), 'constructor')).toBe(0);
  });

  it('keeps entities at 0 % in the truth, but not among those with traffic', () => {
    const shares = traffic({ warm: 0, baseline: 95, candidate: 5 });
    expect(Object.keys(shares)).toContain('warm');
    expect(entitiesWithTraffic(shares)).toEqual(['baseline', 'candidate']);
  });

  it('is the same to a request whether an entity is at 0 % or absent', () => {
    expect(sameTraffic(traffic({ a: 100, b: 0 }), traffic({ a: 100 }))).toBe(true);
    expect(sameTraffic(traffic({ a: 100 }), traffic({ a: 100, b: 0 }))).toBe(true);
    expect(sameTraffic(traffic({ a: 100, b: 0 }), traffic({ a: 0, b: 100 }))).toBe(false);
    expect(sameTraffic(traffic({ a: 95, b: 5 }), traffic({ b: 5, a: 95 }))).toBe(true);
  });

  it('reads as a sentence', () => {
    expect(describeTraffic(traffic({ a: 95, b: 5 }))).toBe('a 95 %, b 5 %');
  });
});
