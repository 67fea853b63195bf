import type { Json } from './json-reader.ts';

/** What Python would refuse to turn into text, so that no sender can have signed it. */
export class NotPython extends Error {
  override readonly name = 'NotPython';
}

/** `str(value)` of CPython 3 for a value of `json.loads`. @throws NotPython for an integer of more than 4300 digits. */
export function pythonStr(value: Json): string {
  return typeof value === 'string' ? value : pythonRepr(value);
}

/** `repr(value)` of CPython 3. @throws NotPython for an integer of more than 4300 digits. */
export function pythonRepr(value: Json): string {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return reprText(value);
  if (value instanceof Map) {
    const members = [...value].map(([key, member]) => `${reprText(key)}: ${pythonRepr(member)}`);
    return `{${members.join(', ')}}`;
  }
  if ('lexeme' in value) return reprNumber(value.lexeme);
  return `[${value.map(pythonRepr).join(', ')}]`;
}

// sys.int_info.default_max_str_digits: a longer one is a ValueError in json.loads.
const maxDigits = 4300;

function reprNumber(lexeme: string): string {
  if (/^-?[0-9]+$/.test(lexeme)) {
    if (lexeme.replace('-', '').length > maxDigits)
      throw new NotPython('An integer has more than 4300 digits.');
    return lexeme === '-0' ? '0' : lexeme;
  }
  return reprFloat(Number(lexeme));
}

/**
 * Python and JavaScript both print the shortest decimal that reads back as the same double; they differ in form.
 * Python (float_repr, format code 'r') has an exponent when the decimal point would stand more than 16 digits right
 * or more than 3 zeros left of the first digit, writes it with two digits at least, and else keeps a `.0`.
 */
function reprFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  if (!Number.isFinite(value)) return `${sign}inf`;
  const [mantissa = '0', exponentText = '0'] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const exponent = Number(exponentText);
  if (exponent >= 16 || exponent < -4) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const power = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${digits.charAt(0)}${fraction}e${exponent < 0 ? '-' : '+'}${power}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

/** Single quotes, unless the text has single quotes and no double ones. */
function reprText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = quote;
  for (const character of text) out += reprCharacter(character, quote);
  return out + quote;
}

// str.isprintable: no control, format, surrogate, private use or unassigned character, and no separator but the
// space. What is unassigned depends on the Unicode version: a character newer than the sender's Python is escaped
// there and not here, so that its signature does not hold.
const unprintable = /[\p{C}\p{Z}]/u;
const short: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\r', '\\r'],
]);

function reprCharacter(character: string, quote: string): string {
  if (character === quote) return `\\${character}`;
  const known = short.get(character);
  if (known !== undefined) return known;
  if (character === ' ' || !unprintable.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/**
 * `urllib.parse.quote_plus(text)`: UTF-8, letters, digits and `_.-~` as they are, space as `+`.
 * @throws NotPython for a lone surrogate, which Python cannot encode.
 */
export function quotePlus(text: string): string {
  if (!text.isWellFormed()) throw new NotPython('A text has half of a surrogate pair.');
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
