import * as z from 'zod';
import { frozenUntil, weekdays } from '../domain/freeze-window.ts';
import { instant } from '../domain/units.ts';

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, {
  error: 'a time of day is written HH:MM, such as 18:00',
  abort: true,
});
const moment = z.iso
  .datetime({
    offset: true,
    abort: true,
    error: 'a moment is written with its offset, such as 2026-12-20T18:00:00+01:00',
  })
  .transform((text) => Date.parse(text));
const why = z.string().min(1).max(200).describe('Told wherever something waits for its end.');

const freezeWindow = z.discriminatedUnion('kind', [
  z
    .strictObject({ kind: z.literal('once'), from: moment, until: moment, why })
    .refine(({ from, until }) => from < until, { path: ['until'], error: 'must come after `from`' }),
  z.strictObject({
    kind: z.literal('weekly'),
    days: z.array(z.enum(weekdays)).min(1).describe('Days on which it begins.'),
    from: timeOfDay,
    until: timeOfDay.describe('Of the day after, where it is not after `from`.'),
    timezone: z
      .string()
      .refine(isTimezone, { error: 'a time zone is an IANA name, such as Europe/Berlin or UTC', abort: true })
      .describe('Whose clocks `from` and `until` are read on.'),
    why,
  }),
]);

function isTimezone(named: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: named });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const yearMs = 365 * 86_400_000;

export const freezeWindows = z
  .array(freezeWindow)
  .default([])
  .refine((windows) => {
    const weekly = windows.filter(({ kind }) => kind === 'weekly');
    return (frozenUntil(weekly, instant(0))?.until ?? 0) < yearMs;
  }, 'the weekly windows leave no moment open in which a release could go on')
  .describe(
    'Times in which no release begins and no candidate gets more traffic. Rollbacks are free of them.',
  );
