import type { Histogram, ScoreSums, SideCounts } from '../../src/domain/evidence.ts';
import { RecordFault } from './fault.ts';
import { at, countOf, listOf, type Members, membersOf, numberOf, wrong } from './values.ts';

type Building = { -readonly [Key in keyof SideCounts]: SideCounts[Key] };

const sideKeys = new Set(['requests', 'errors', 'clientErrors', 'throttled', 'latencyMs', 'scores']);
const histogramKeys = new Set(['le', 'n']);
const scoreKeys = new Set(['n', 'sum', 'sumOfSquares']);

/** Reads what one side did; remembers the last edges of its histogram, which hardly ever change. */
export class SideReader {
  readonly #side: string;
  #edges: readonly (number | null)[] = [];

  constructor(side: 'baseline' | 'candidate') {
    this.#side = side;
  }

  /** @throws RecordFault saying what is wrong. */
  read(value: unknown): SideCounts {
    const where = this.#side;
    const { requests, errors, clientErrors, throttled, latencyMs, scores } = membersOf(
      value,
      sideKeys,
      where,
    );
    const side: Building = {
      requests: countOf(requests, where, 'requests'),
      errors: countOf(errors, where, 'errors'),
    };
    if (side.errors > side.requests) throw tooMany(where, 'errors', side.errors, side.requests);
    if (clientErrors !== undefined) {
      side.clientErrors = countOf(clientErrors, where, 'clientErrors');
      const both = side.errors + side.clientErrors;
      if (both > side.requests) throw tooMany(where, 'errors and clientErrors', both, side.requests);
    }
    if (throttled !== undefined) side.throttled = countOf(throttled, where, 'throttled');
    if (latencyMs !== undefined) side.latencyMs = this.#histogram(latencyMs, side.requests);
    if (scores !== undefined) side.scores = scoresIn(scores, at(where, 'scores'));
    return side;
  }

  #histogram(value: unknown, requests: number): Histogram {
    const where = at(this.#side, 'latencyMs');
    const { le, n } = membersOf(value, histogramKeys, where);
    const edges = this.#known(listOf(le, where, 'le')) ?? edgesIn(listOf(le, where, 'le'), at(where, 'le'));
    this.#edges = edges;
    const counts = listOf(n, where, 'n');
    if (counts.length !== edges.length) {
      const what = `has ${counts.length} counts for ${edges.length} buckets`;
      throw new RecordFault(at(where, 'n'), what, 'give each bucket of `le` its own count');
    }
    let sum = 0;
    for (let bucket = 0; bucket < counts.length; bucket += 1) sum += countOf(counts[bucket], where, 'n');
    if (sum > requests) {
      const what = `adds up to ${sum} of ${requests} requests`;
      throw new RecordFault(at(where, 'n'), what, 'count each request in one bucket: n is not cumulative');
    }
    return { le: edges, n: counts as readonly number[] };
  }

  /** The last edges, if these are the same. */
  #known(le: readonly unknown[]): readonly (number | null)[] | undefined {
    const edges = this.#edges;
    if (le.length !== edges.length || le.length === 0) return undefined;
    for (let bucket = 0; bucket < le.length; bucket += 1) if (le[bucket] !== edges[bucket]) return undefined;
    return edges;
  }
}

function edgesIn(le: readonly unknown[], where: string): readonly (number | null)[] {
  const finite = le.slice(0, -1).map((edge, bucket) => numberOf(edge, where, `${bucket}`));
  if (le.length === 0 || le.at(-1) !== null)
    throw new RecordFault(where, 'has no last bucket without a limit', 'end it with null');
  if (finite.some((edge, bucket) => edge <= (finite[bucket - 1] ?? 0)))
    throw new RecordFault(where, 'does not rise', 'write upper edges in milliseconds, above 0 and rising');
  return [...finite, null];
}

function scoresIn(value: unknown, where: string): Readonly<Record<string, ScoreSums>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RecordFault(where, 'is no map', 'write sums by the name of each metric');
  return Object.fromEntries(
    Object.entries(value as Members).map(([metric, sums]) => [metric, sumsIn(sums, at(where, metric))]),
  );
}

/** Of scores between 0 and 1: the sum is at most their number, and the sum of squares at most the sum. */
function sumsIn(value: unknown, where: string): ScoreSums {
  const members = membersOf(value, scoreKeys, where);
  const n = countOf(members['n'], where, 'n');
  const sum = numberOf(members['sum'], where, 'sum');
  const sumOfSquares = numberOf(members['sumOfSquares'], where, 'sumOfSquares');
  // Sums of decimals are not exact to the last bit.
  const slack = 1e-9 * n;
  if (sum < 0 || sum > n + slack) throw wrong(sum, where, 'sum', `the sum of ${n} scores from 0 to 1`);
  if (sumOfSquares < sum ** 2 / Math.max(1, n) - slack || sumOfSquares > sum + slack)
    throw wrong(sumOfSquares, where, 'sumOfSquares', 'the sum of the squares of the same scores');
  return { n, sum, sumOfSquares };
}

function tooMany(where: string, key: string, count: number, requests: number): RecordFault {
  const what = `${count} of ${requests} requests`;
  return new RecordFault(at(where, key), what, 'requests count every answer, errors among them');
}
