const tail = /^(\.\d{1,9})?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/**
 * A moment with its offset from UTC, as RFC 3339 has it (`2026-01-01T00:01:00Z`), in milliseconds since 1970.
 * Undefined for anything else: a moment without an offset is another one in each time zone. By hand, because it is
 * asked for every line of files with hundreds of thousands, and because Date.parse takes the 30th of February.
 */
export function momentOf(text: string): number | undefined {
  const midnight = midnightOf(text);
  const [hour, minute, second] = [two(text, 11), two(text, 14), two(text, 17)];
  const isShaped =
    text.charCodeAt(10) === T && text.charCodeAt(13) === COLON && text.charCodeAt(16) === COLON;
  // Each comparison is false for what is not two digits.
  if (!isShaped || midnight === undefined || !(hour <= 23 && minute <= 59 && second <= 59)) return undefined;
  const local = midnight + ((hour * 60 + minute) * 60 + second) * 1000;
  if (text.length === 20 && text.charCodeAt(19) === Z) return local;
  const [all, fraction, sign, hours, minutes] = tail.exec(text.slice(19)) ?? [];
  if (all === undefined) return undefined;
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  return local + Number(fraction ?? 0) * 1000 + (sign === '-' ? offset : -offset);
}

/** The last date that was asked for: the next window is nearly always of the same day. */
let last: { readonly date: string; readonly midnight: number | undefined } = {
  date: '',
  midnight: undefined,
};

/** Of the date that the text begins with, in UTC; undefined where it begins with none. */
function midnightOf(text: string): number | undefined {
  if (last.date === '' || !text.startsWith(last.date)) {
    const year = two(text, 0) * 100 + two(text, 2);
    const [month, day] = [two(text, 5), two(text, 8)];
    const isShaped = text.charCodeAt(4) === DASH && text.charCodeAt(7) === DASH;
    const isDate = year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
    if (!isShaped || !isDate) return undefined;
    last = { date: text.slice(0, 10), midnight: Date.UTC(year, month - 1, day) };
  }
  return last.midnight;
}

const [DASH, COLON, T, Z] = [45, 58, 84, 90];

/** NaN where there are not two digits. */
function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function daysOf(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}
