import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { momentOf } from '../../../local/judge/moment.ts';

describe('the moment of a window', () => {
  it('is read as every ISO date is', () => {
    fc.assert(
      fc.property(
        fc.date({
          min: new Date('1970-01-01T00:00:00Z'),
          max: new Date('9999-12-31T23:59:59Z'),
          noInvalidDate: true,
        }),
        (date) => {
          expect(momentOf(date.toISOString())).toBe(date.getTime());
          const seconds = Math.floor(date.getTime() / 1000) * 1000;
          expect(momentOf(date.toISOString().replace(/\.\d+Z/, 'Z'))).toBe(seconds);
        },
      ),
    );
  });

  it('knows offsets', () => {
    expect(momentOf('2026-01-01T01:30:00+01:30')).toBe(Date.UTC(2026, 0, 1));
    expect(momentOf('2025-12-31T19:00:00-05:00')).toBe(Date.UTC(2026, 0, 1));
    expect(momentOf('2024-02-29T00:00:00.5Z')).toBe(Date.UTC(2024, 1, 29) + 500);
  });

  it.each([
    '',
    'yesterday',
    '2026-01-01',
    '2026-01-01T00:01:00',
    '2026-01-01 00:01:00Z',
    '2026-01-01T00:01Z',
    '2026-1-01T00:01:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2100-02-29T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:60Z',
    '1969-12-31T23:59:59Z',
    '2026-01-01T00:00:00Zjunk',
    '2026-01-01T00:00:00+0100',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00-01:60',
    '+026-01-01T00:00:00Z',
  ])('is not %j', (text) => {
    expect(momentOf(text)).toBeUndefined();
  });
});
