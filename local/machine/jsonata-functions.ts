import { createHash } from 'node:crypto';
import jsonata from 'jsonata';

/** Where the functions get time and chance from, so that a run can be repeated. */
export interface Chance {
  readonly random: () => number;
  readonly uuid: () => string;
  /** Milliseconds since 1970, for `$now` and `$millis`. */
  readonly now: () => number;
}

const ALGORITHMS: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};
// The array limit of States.ArrayRange, which $range stands in for.
const MAX_RANGE = 1000;

const printMillis = jsonata('$fromMillis($at, $picture, $zone)');

/**
 * What Step Functions adds to JSONata, and what it takes away ($eval):
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html. JSONata's own functions of time and
 * chance are replaced by ones that ask `chance`.
 */
export function stepFunctionsLibrary(chance: Chance): Record<string, unknown> {
  return {
    eval: undefined,
    partition,
    range,
    hash,
    parse,
    uuid: () => chance.uuid(),
    random: (seed?: unknown) => (seed === undefined ? chance.random() : seeded(numberOf('random', 1, seed))),
    shuffle: (items?: unknown) => shuffle(items, chance.random),
    millis: () => chance.now(),
    now: (picture?: unknown, zone?: unknown) =>
      printMillis.evaluate(null, { at: chance.now(), picture, zone }),
  };
}

function numberOf(name: string, position: number, value: unknown): number {
  if (typeof value === 'number') return value;
  throw new TypeError(`T0410: Argument ${position} of function "${name}" must be a number`);
}

function stringOf(name: string, position: number, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`T0410: Argument ${position} of function "${name}" must be a string`);
}

/** Pieces of `size` items, the last one maybe shorter; a single value counts as an array of one, as in JSONata. */
function partition(items: unknown, size: unknown): unknown {
  if (items === undefined) return undefined;
  const width = numberOf('partition', 2, size);
  if (!Number.isInteger(width) || width < 1) throw new RangeError('$partition needs a size of 1 or more');
  const all = Array.isArray(items) ? items : [items];
  return Array.from({ length: Math.ceil(all.length / width) }, (_, at) =>
    all.slice(at * width, (at + 1) * width),
  );
}

/** From `first` to `last`, both included when the step meets it. */
function range(first: unknown, last: unknown, step: unknown): unknown {
  const [from, to, by] = [
    numberOf('range', 1, first),
    numberOf('range', 2, last),
    numberOf('range', 3, step),
  ];
  if (by === 0) throw new RangeError('$range needs a step that is not 0');
  const count = Math.max(0, Math.floor((to - from) / by) + 1);
  if (count > MAX_RANGE) throw new RangeError(`$range makes at most ${MAX_RANGE} items`);
  return Array.from({ length: count }, (_, at) => from + at * by);
}

function hash(content: unknown, algorithm: unknown): string | undefined {
  if (content === undefined) return undefined;
  const name = ALGORITHMS[stringOf('hash', 2, algorithm)];
  if (name === undefined) {
    throw new RangeError(`$hash knows ${Object.keys(ALGORITHMS).join(', ')}, not ${algorithm}`);
  }
  return createHash(name)
    .update(stringOf('hash', 1, content))
    .digest('hex');
}

const parse = (text: unknown): unknown =>
  text === undefined ? undefined : JSON.parse(stringOf('parse', 1, text));

/** mulberry32 (public domain, Tommy Ettinger): the same seed gives the same number from 0 to 1. AWS's own differ. */
function seeded(seed: number): number {
  let bits = (Math.trunc(seed) + 0x6d2b79f5) | 0;
  bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
  bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
  return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
}

function shuffle(items: unknown, random: () => number): unknown {
  if (items === undefined || !Array.isArray(items)) return items;
  const drawn: unknown[] = [];
  // Fisher-Yates, inside out.
  for (const [at, item] of items.entries()) {
    const to = Math.floor(random() * (at + 1));
    drawn[at] = drawn[to];
    drawn[to] = item;
  }
  return drawn;
}
