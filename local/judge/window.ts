import { isDeepStrictEqual } from 'node:util';
import type { Histogram, ScoreSums, SideCounts, WindowCounts } from '../../src/domain/evidence.ts';
import type { NonEmpty } from '../../src/domain/units.ts';
import { RecordFault, seen } from './fault.ts';
import type { ObservationRecord } from './record.ts';

/**
 * The window of one series that still takes parts. Parts may come in any order and more than once: the same part again
 * changes nothing, and they are added up in the order of their numbers, so that sums are the same to the last bit.
 */
export class OpenWindow {
  readonly #first: ObservationRecord;
  /** All parts by number, from the second one on: nearly all windows have one. */
  #parts: Map<number, ObservationRecord> | undefined;

  constructor(first: ObservationRecord) {
    this.#first = first;
  }

  get at(): number {
    return this.#first.at;
  }

  get span(): number {
    return this.#first.span;
  }

  /** @returns False for a part that is already there. @throws RecordFault for one that contradicts what is there. */
  add(record: ObservationRecord): boolean {
    this.#parts ??= new Map([[this.#first.part, this.#first]]);
    const same = this.#parts.get(record.part);
    if (same !== undefined) {
      if (isDeepStrictEqual({ ...same, t: '' }, { ...record, t: '' })) return false;
      const what = `part ${record.part} of ${record.t} came before with other content`;
      throw new RecordFault('part', what, 'send it once, or give what is added a part of its own');
    }
    this.#agree(record);
    this.#parts.set(record.part, record);
    return true;
  }

  /** The window's moment, as the part with the lowest number wrote it, and its counts. */
  closed(): { readonly t: string; readonly counts: WindowCounts } {
    if (this.#parts === undefined || this.#parts.size === 1) return { t: this.#first.t, counts: this.#first };
    const [first = this.#first, ...others] = [...this.#parts.values()].sort((a, b) => a.part - b.part);
    return { t: first.t, counts: sumOf([first, ...others]) };
  }

  /** Parts of one window lie in the same window, step and share, and count latencies in the same buckets. */
  #agree(record: ObservationRecord): void {
    const first = this.#first;
    const differ = (key: string, one: unknown, other: unknown) => {
      const what = `${seen(other)} here, but ${seen(one)} in an earlier part of the same window`;
      return new RecordFault(key, what, 'write the same in each part of a window');
    };
    if (first.span !== record.span) throw differ('windowS', first.span / 1000, record.span / 1000);
    if (first.step !== record.step) throw differ('step', first.step, record.step);
    if (first.share !== record.share) throw differ('share', first.share, record.share);
    for (const side of sides) {
      const le = record[side]?.latencyMs?.le;
      const before = le && this.#edgesOf(side);
      if (before && !isDeepStrictEqual(le, before)) throw differ(`${side}.latencyMs.le`, before, le);
    }
  }

  /** Of the first part that measured latencies of the side; all others have the same. */
  #edgesOf(side: (typeof sides)[number]): readonly (number | null)[] | undefined {
    for (const part of this.#parts?.values() ?? []) {
      const le = part[side]?.latencyMs?.le;
      if (le) return le;
    }
    return undefined;
  }
}

const sides = ['baseline', 'candidate'] as const;

function sumOf(parts: NonEmpty<ObservationRecord>): WindowCounts {
  const { at, span, step, share } = parts[0];
  const missing = parts.reduce((sum, part) => sum + (part.missing ?? 0), 0);
  const pairs = parts.flatMap((part) => part.pairs ?? []);
  const readings = parts.flatMap((part) => part.readings ?? []);
  return {
    at,
    span,
    step,
    ...(share === undefined ? {} : { share }),
    baseline: sideOf(parts, 'baseline'),
    candidate: sideOf(parts, 'candidate'),
    ...(missing === 0 ? {} : { missing }),
    ...(pairs.length === 0 ? {} : { pairs }),
    ...(readings.length === 0 ? {} : { readings }),
  };
}

/** Null when no part knows of the side. */
function sideOf(parts: readonly ObservationRecord[], side: 'baseline' | 'candidate'): SideCounts | null {
  const [first, ...others] = parts.flatMap((part) => part[side] ?? []);
  return first === undefined ? null : others.reduce(plus, first);
}

/**
 * What one of the parts did not measure is not known of the sum: it is missing, never zero. A histogram says itself how
 * many requests it holds, and scores how many they are, so those of the other part stand.
 */
function plus(a: SideCounts, b: SideCounts): SideCounts {
  const clientErrors = sumIfBoth(a.clientErrors, b.clientErrors);
  const throttled = sumIfBoth(a.throttled, b.throttled);
  const latencyMs =
    a.latencyMs && b.latencyMs ? merged(a.latencyMs, b.latencyMs) : (a.latencyMs ?? b.latencyMs);
  const scores = a.scores && b.scores ? joined(a.scores, b.scores) : (a.scores ?? b.scores);
  return {
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    ...(clientErrors === undefined ? {} : { clientErrors }),
    ...(throttled === undefined ? {} : { throttled }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(scores === undefined ? {} : { scores }),
  };
}

const sumIfBoth = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a + b;

const merged = ({ le, n }: Histogram, other: Histogram): Histogram => ({
  le,
  n: n.map((count, bucket) => count + (other.n[bucket] ?? 0)),
});

type Scores = Readonly<Record<string, ScoreSums>>;

function joined(a: Scores, b: Scores): Scores {
  const sums = new Map(Object.entries(a));
  for (const [metric, more] of Object.entries(b)) {
    const { n, sum, sumOfSquares } = sums.get(metric) ?? { n: 0, sum: 0, sumOfSquares: 0 };
    sums.set(metric, {
      n: n + more.n,
      sum: sum + more.sum,
      sumOfSquares: sumOfSquares + more.sumOfSquares,
    });
  }
  return Object.fromEntries(sums);
}
