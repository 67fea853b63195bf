import { type Instant, instant } from './units.ts';

export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
export type Weekday = (typeof weekdays)[number];

/** A time in which nothing moves forward. `until` is the first moment after it. */
export type FreezeWindow =
  | { readonly kind: 'once'; readonly from: number; readonly until: number; readonly why: string }
  | {
      readonly kind: 'weekly';
      /** Days on which it begins. */
      readonly days: readonly Weekday[];
      /** `HH:MM` on a clock in `timezone`; an end that is not after the beginning is on the day after. */
      readonly from: string;
      readonly until: string;
      /** IANA name, such as Europe/Berlin. */
      readonly timezone: string;
      readonly why: string;
    };

export interface Frozen {
  readonly until: Instant;
  /** Of all windows that follow each other without a gap. */
  readonly why: string;
}

const hour = 3_600_000;
const day = 24 * hour;
/** Windows that leave no opening would be followed for ever: what is longer is told as this long. */
const furthest = 400 * day;

/**
 * Until when the windows that hold `now` last, those that follow without a gap included; undefined outside of all.
 * @throws RangeError for a time zone that the runtime does not know.
 */
export function frozenUntil(windows: readonly FreezeWindow[], now: Instant): Frozen | undefined {
  const reasons = new Set<string>();
  let until: number = now;
  for (let open = true; open && until - now < furthest; ) {
    open = false;
    for (const window of windows) {
      const end = endOf(window, until);
      if (end === undefined) continue;
      reasons.add(window.why);
      until = end;
      open = true;
    }
  }
  return reasons.size === 0 ? undefined : { until: instant(until), why: [...reasons].join('; ') };
}

/** When the window ends that holds `at`; undefined when none of its occurrences does. */
function endOf(window: FreezeWindow, at: number): number | undefined {
  if (window.kind === 'once') return window.from <= at && at < window.until ? window.until : undefined;
  // One that began yesterday may still last. A third day, because a local date may be a day away from that of UTC.
  const ends = [-2, -1, 0, 1].flatMap((days) => {
    const date = dateOf(at + days * day);
    if (!window.days.includes(weekdayOf(date))) return [];
    const overnight = minutesOf(window.until) <= minutesOf(window.from) ? day : 0;
    const [from] = instantsOf(date + minutesOf(window.from) * 60_000, window.timezone);
    const [, until] = instantsOf(date + overnight + minutesOf(window.until) * 60_000, window.timezone);
    return from <= at && at < until ? [until] : [];
  });
  return ends.length === 0 ? undefined : Math.max(...ends);
}

/** Midnight of the UTC date, taken as a date without a time zone. */
const dateOf = (at: number): number => Math.floor(at / day) * day;

/** 1970-01-01 was a Thursday. */
const weekdayOf = (date: number): Weekday => weekdays[(date / day + 4) % 7] ?? 'sun';

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/**
 * When a clock in the zone shows `wall`: twice the same, or the first and the last moment where the clock was turned
 * back. A time that was left out counts as both sides of the leap, so that a window is rather longer than shorter.
 * @param wall A wall clock's reading as if it were UTC, in milliseconds.
 */
function instantsOf(wall: number, timezone: string): readonly [number, number] {
  const candidates = [wall - day, wall + day].map((near) => wall - offsetAt(near, timezone));
  const right = candidates.filter((at) => at + offsetAt(at, timezone) === wall);
  const chosen = right.length > 0 ? right : candidates;
  return [Math.min(...chosen), Math.max(...chosen)];
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** What a clock in the zone shows more than UTC at that moment, in milliseconds. */
function offsetAt(at: number, timezone: string): number {
  const known = clocks.get(timezone);
  const clock =
    known ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  if (!known) clocks.set(timezone, clock);
  const shown = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day: date = 1, hour: hours = 0, minute = 0, second = 0 } = shown;
  return Date.UTC(year, month - 1, date, hours, minute, second) - Math.floor(at / 1000) * 1000;
}
