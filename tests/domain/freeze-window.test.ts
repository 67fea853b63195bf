import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FreezeWindow, frozenUntil, type Weekday } from '../../src/domain/freeze-window.ts';
import { instant } from '../../src/domain/units.ts';

const at = (text: string) => instant(Date.parse(text));
const until = (windows: readonly FreezeWindow[], now: string) => {
  const frozen = frozenUntil(windows, at(now));
  return frozen && new Date(frozen.until).toISOString();
};

const once = (from: string, to: string, why = 'the end of the year'): FreezeWindow => ({
  ...{ kind: 'once', from: Date.parse(from), until: Date.parse(to), why },
});
const weekly = (
  days: readonly Weekday[],
  from: string,
  to: string,
  timezone = 'Europe/Berlin',
  why = 'nobody is there',
): FreezeWindow => ({ kind: 'weekly', days, from, until: to, timezone, why });

describe('a window of one time', () => {
  const window = once('2026-12-20T00:00:00Z', '2027-01-02T00:00:00Z');

  it('holds from its first moment to the one before its end', () => {
    expect(until([window], '2026-12-19T23:59:59.999Z')).toBeUndefined();
    expect(until([window], '2026-12-20T00:00:00Z')).toBe('2027-01-02T00:00:00.000Z');
    expect(until([window], '2027-01-01T23:59:59.999Z')).toBe('2027-01-02T00:00:00.000Z');
    expect(until([window], '2027-01-02T00:00:00Z')).toBeUndefined();
  });
});

describe('a weekly window', () => {
  // 2026-01-09 is a Friday; Berlin is an hour ahead of UTC.
  const night = weekly(['fri'], '18:00', '08:00');

  it('is read on the clocks of its zone, and ends on the day after where its end is not after its beginning', () => {
    expect(until([night], '2026-01-09T16:59:59Z')).toBeUndefined();
    expect(until([night], '2026-01-09T17:00:00Z')).toBe('2026-01-10T07:00:00.000Z');
    expect(until([night], '2026-01-10T06:59:59Z')).toBe('2026-01-10T07:00:00.000Z');
    expect(until([night], '2026-01-10T07:00:00Z')).toBeUndefined();
    expect(until([night], '2026-01-08T17:30:00Z')).toBeUndefined();
  });

  it('begins on the local day, wherever UTC stands', () => {
    const auckland = weekly(['mon'], '00:00', '06:00', 'Pacific/Auckland');
    // Sunday evening in London is Monday morning in Auckland (13 hours ahead in January).
    expect(until([auckland], '2026-01-11T11:00:00Z')).toBe('2026-01-11T17:00:00.000Z');
    const honolulu = weekly(['sun'], '20:00', '23:00', 'Pacific/Honolulu');
    expect(until([honolulu], '2026-01-12T06:00:00Z')).toBe('2026-01-12T09:00:00.000Z');
  });

  it('keeps its hours when the clocks change', () => {
    // Berlin turns its clocks from 2 to 3 on 2026-03-29 and from 3 back to 2 on 2026-10-25, both Sundays.
    const sundays = weekly(['sat', 'sun'], '01:00', '12:00');
    expect(until([sundays], '2026-03-28T08:00:00Z')).toBe('2026-03-28T11:00:00.000Z');
    expect(until([sundays], '2026-03-29T08:00:00Z')).toBe('2026-03-29T10:00:00.000Z');
    expect(until([sundays], '2026-10-24T08:00:00Z')).toBe('2026-10-24T10:00:00.000Z');
    expect(until([sundays], '2026-10-25T08:00:00Z')).toBe('2026-10-25T11:00:00.000Z');
  });

  it('is rather longer than shorter where a clock shows its hour twice, or not at all', () => {
    // 02:30 comes at 00:30 and at 01:30 UTC on 2026-10-25: it begins with the first and ends with the second.
    expect(until([weekly(['sun'], '02:30', '05:00')], '2026-10-25T00:30:00Z')).toBe(
      '2026-10-25T04:00:00.000Z',
    );
    expect(until([weekly(['sun'], '01:00', '02:30')], '2026-10-25T01:29:59Z')).toBe(
      '2026-10-25T01:30:00.000Z',
    );
    // 02:30 does not come on 2026-03-29: 01:00 UTC is both 2 and 3.
    expect(until([weekly(['sun'], '02:30', '05:00')], '2026-03-29T01:00:00Z')).toBe(
      '2026-03-29T03:00:00.000Z',
    );
    expect(until([weekly(['sun'], '01:00', '02:30')], '2026-03-29T01:00:00Z')).toBe(
      '2026-03-29T01:30:00.000Z',
    );
  });
});

describe('windows together', () => {
  it('that follow each other without a gap are told as one, with every reason', () => {
    const windows = [
      weekly(['sat', 'sun'], '00:00', '00:00', 'UTC', 'the weekend'),
      weekly(['fri'], '18:00', '00:00', 'UTC', 'Friday evening'),
      once('2026-01-12T00:00:00Z', '2026-01-12T09:00:00Z', 'an audit'),
    ];
    expect(frozenUntil(windows, at('2026-01-09T20:00:00Z'))).toEqual({
      until: Date.parse('2026-01-12T09:00:00Z'),
      why: 'Friday evening; the weekend; an audit',
    });
  });

  it('with a gap of a minute are not', () => {
    const windows = [weekly(['fri'], '18:00', '23:59', 'UTC'), weekly(['sat'], '00:00', '12:00', 'UTC')];
    expect(until(windows, '2026-01-09T20:00:00Z')).toBe('2026-01-09T23:59:00.000Z');
  });

  it('that leave nothing open are followed for more than a year, and then told as they are', () => {
    const always = [weekly(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], '00:00', '00:00', 'UTC')];
    const frozen = frozenUntil(always, at('2026-01-09T20:00:00Z'));
    expect(frozen?.until).toBeGreaterThan(Date.parse('2027-01-09T20:00:00Z'));
  });

  it('are open at the moment that is told as their end, whatever they are', () => {
    const time = fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 15, 30, 59))
      .map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
    const window = fc.record({
      kind: fc.constant('weekly' as const),
      days: fc.subarray<Weekday>(['mon', 'wed', 'fri', 'sun'], { minLength: 1 }),
      from: time,
      until: time,
      timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'),
      why: fc.constant('x'),
    });
    // A year around any change of the clocks.
    const moment = fc.integer({
      min: Date.parse('2026-01-01T00:00:00Z'),
      max: Date.parse('2027-01-01T00:00:00Z'),
    });
    fc.assert(
      fc.property(fc.array(window, { maxLength: 3 }), moment, (windows, now) => {
        const frozen = frozenUntil(windows, instant(now));
        if (frozen === undefined) return;
        expect(frozen.until).toBeGreaterThan(now);
        expect(frozenUntil(windows, frozen.until)).toBeUndefined();
        expect(frozenUntil(windows, instant(frozen.until - 1))?.until).toBe(frozen.until);
      }),
      { numRuns: 300 },
    );
  });
});
