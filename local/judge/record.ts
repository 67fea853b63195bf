import { leastShare, type Pair, type Reading, type WindowCounts } from '../../src/domain/evidence.ts';
import { instant, millis } from '../../src/domain/units.ts';
import { RecordFault } from './fault.ts';
import { momentOf } from './moment.ts';
import { SideReader } from './side.ts';
import { at, countOf, listOf, membersOf, numberOf, scoreOf, textOf, wrong } from './values.ts';

/** One part of one window of one series; where a window has one part, it is the window. */
export interface ObservationRecord extends WindowCounts {
  readonly series: string;
  /** The window's moment, as it was written. */
  readonly t: string;
  readonly part: number;
}

export type Building = { -readonly [Key in keyof ObservationRecord]: ObservationRecord[Key] };

const recordKeys = new Set([
  ...['series', 't', 'part', 'windowS', 'share', 'step', 'baseline', 'candidate'],
  ...['missing', 'pairs', 'readings'],
]);
const pairKeys = new Set(['metric', 'baseline', 'candidate', 'input']);
const readingKeys = new Set(['name', 'value', 'n', 'interval', 'baseline']);

/** Reads lines of observations: JSON, one record each. */
export class RecordReader {
  readonly #baseline = new SideReader('baseline');
  readonly #candidate = new SideReader('candidate');

  /** @throws RecordFault saying what is wrong with the line. */
  read(line: string): ObservationRecord {
    const members = membersOf(parsed(line), recordKeys, '');
    const { share, step, baseline, candidate, missing, pairs, readings, part } = members;
    const t = textOf(members['t'], '', 't');
    const record: Building = {
      series: textOf(members['series'], '', 'series'),
      t,
      part: part === undefined ? 0 : countOf(part, '', 'part'),
      at: instant(momentIn(t)),
      span: millis(spanIn(members['windowS'])),
      step: step === undefined ? 0 : countOf(step, '', 'step'),
      baseline: baseline === undefined ? null : this.#baseline.read(baseline),
      candidate: candidate === undefined ? null : this.#candidate.read(candidate),
    };
    if (share !== undefined) record.share = shareIn(share);
    if (missing !== undefined) record.missing = countOf(missing, '', 'missing');
    if (pairs !== undefined) record.pairs = listOf(pairs, '', 'pairs').map(pairIn);
    if (readings !== undefined) record.readings = listOf(readings, '', 'readings').map(readingIn);
    return record;
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'it cannot be read';
    throw new RecordFault('', `is no JSON: ${why}`, 'write one record a line, each a JSON object');
  }
}

function momentIn(text: string): number {
  const moment = momentOf(text);
  if (moment !== undefined) return moment;
  throw wrong(text, '', 't', 'a moment with its offset, such as 2026-01-01T00:01:00Z');
}

function spanIn(seconds: unknown): number {
  if (typeof seconds === 'number' && seconds > 0 && seconds <= MOST_SECONDS) return seconds * 1000;
  throw wrong(seconds, '', 'windowS', 'the length of the window in seconds, above 0');
}

/** Ten years: what is longer is a slip of units. */
export const MOST_SECONDS = 315_360_000;

function shareIn(share: unknown): number {
  if (typeof share === 'number' && share >= leastShare && share <= 1) return share;
  const needed = `the candidate's configured share, ${leastShare} to 1, such as 0.05; leave it out where it is unknown`;
  throw wrong(share, '', 'share', needed);
}

function pairIn(value: unknown, index: number): Pair {
  const where = `pairs[${index}]`;
  const { metric, baseline, candidate, input } = membersOf(value, pairKeys, where);
  return {
    metric: textOf(metric, where, 'metric'),
    baseline: scoreOf(baseline, where, 'baseline'),
    candidate: scoreOf(candidate, where, 'candidate'),
    input: textOf(input, where, 'input'),
  };
}

function readingIn(value: unknown, index: number): Reading {
  const where = `readings[${index}]`;
  const { name, value: read, n, interval, baseline } = membersOf(value, readingKeys, where);
  return {
    name: textOf(name, where, 'name'),
    value: numberOf(read, where, 'value'),
    ...(n === undefined ? {} : { n: countOf(n, where, 'n') }),
    ...(interval === undefined ? {} : { interval: intervalIn(interval, where) }),
    ...(baseline === undefined ? {} : { baseline: numberOf(baseline, where, 'baseline') }),
  };
}

function intervalIn(value: unknown, where: string): readonly [number, number] {
  const [low, high, ...rest] = listOf(value, where, 'interval');
  const ends = [
    numberOf(low, at(where, 'interval'), '0'),
    numberOf(high, at(where, 'interval'), '1'),
  ] as const;
  if (rest.length === 0 && ends[0] <= ends[1]) return ends;
  throw wrong(value, where, 'interval', 'its two ends, the lower one first');
}
