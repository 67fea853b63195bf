import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  after,
  days,
  hours,
  instant,
  isNonEmpty,
  millis,
  minutes,
  percent,
  seconds,
} from '../../src/domain/units.ts';

const noNumber = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

describe('units', () => {
  it('takes every integer from 0 to 100 as a percentage, and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: -200, max: 300 }), fc.double()), (value) => {
        const fits = Number.isInteger(value) && value >= 0 && value <= 100;
        if (fits) expect(percent(value)).toBe(value);
        else expect(() => percent(value)).toThrow(RangeError);
      }),
    );
  });

  it.each([...noNumber, -1, 101, 0.5])('refuses %s as a percentage', (value) => {
    expect(() => percent(value)).toThrow(RangeError);
  });

  it.each(noNumber)('refuses %s as an instant and as a duration', (value) => {
    expect(() => instant(value)).toThrow(RangeError);
    expect(() => millis(value)).toThrow(RangeError);
  });

  it('knows instants before 1970, but no duration below zero', () => {
    expect(instant(-1)).toBe(-1);
    expect(millis(0)).toBe(0);
    expect(() => millis(-1)).toThrow(RangeError);
  });

  it('counts each unit in milliseconds', () => {
    expect([seconds(2), minutes(2), hours(2), days(2)]).toEqual([2_000, 120_000, 7_200_000, 172_800_000]);
    expect(after(instant(1_000), seconds(1))).toBe(2_000);
  });

  it('tells a list with members from an empty one', () => {
    expect(isNonEmpty([undefined])).toBe(true);
    expect(isNonEmpty([])).toBe(false);
  });
});
