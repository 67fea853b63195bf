import * as fc from 'fast-check';
import { answerLine } from '../../../local/judge/answers.ts';
import { ObservationJudge } from '../../../local/judge/judge-lines.ts';
import type { EventGateSpec, GateSpec } from '../../../src/domain/gate.ts';
import type { NonEmpty } from '../../../src/domain/units.ts';

/** Records as programs write them, and what the judge answers to a file of them. */

export interface Side {
  requests: number;
  errors: number;
  clientErrors?: number;
  throttled?: number;
  latencyMs?: { le: (number | null)[]; n: number[] };
  scores?: Record<string, { n: number; sum: number; sumOfSquares: number }>;
}

export interface Written {
  series: string;
  t: string;
  windowS: number;
  part?: number;
  step?: number;
  share?: number;
  baseline?: Side | null;
  candidate?: Side | null;
  missing?: number;
  pairs?: { metric: string; baseline: number; candidate: number; input: string }[];
  readings?: object[];
}

export const errors: EventGateSpec = {
  kind: 'errors',
  name: 'errors',
  alphaRollback: 0.01,
  alphaPromote: 0.05,
  toleratedRatio: 1,
  harmfulRatio: 2,
  floor: 0.001,
  ceiling: 0.01,
};

/** The moment of the window that begins so many minutes after new year. */
export const minute = (index: number): string =>
  new Date(Date.UTC(2026, 0, 1) + index * 60_000).toISOString().replace('.000Z', 'Z');

export function record(index: number, more: Partial<Written> = {}): Written {
  return {
    series: 's1',
    t: minute(index),
    windowS: 60,
    share: 0.05,
    baseline: { requests: 950, errors: 4 },
    candidate: { requests: 50, errors: 0 },
    ...more,
  };
}

/** The worst there is: half of the candidate's requests fail. */
export const broken: Partial<Written> = { candidate: { requests: 50, errors: 25 } };

export interface Given {
  readonly series: string;
  readonly t: string;
  readonly decision: 'promote' | 'rollback' | 'hold';
  readonly gates: Readonly<Record<string, { verdict: string; missing: { what: string } | null }>>;
  readonly late?: number;
}

export const textOf = (records: readonly object[]): string =>
  records.map((one) => `${JSON.stringify(one)}\n`).join('');

/** Lines of answers to a text; `piece` bytes of it are read at a time. @throws LineFault */
export function linesFor(text: string, specs: NonEmpty<GateSpec> = [errors], piece = 64 * 1024): string[] {
  const lines: string[] = [];
  const judge = new ObservationJudge(specs, (answer) => lines.push(answerLine(answer)));
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += piece) judge.push(bytes.subarray(from, from + piece));
  judge.end();
  return lines;
}

export const answersTo = (records: readonly object[], specs?: NonEmpty<GateSpec>): Given[] =>
  linesFor(textOf(records), specs).map((line) => JSON.parse(line));

export const decisionsOn = (records: readonly object[], specs?: NonEmpty<GateSpec>): string[] =>
  answersTo(records, specs).map(({ series, t, decision }) => `${series} ${t} ${decision}`);

/** A side of traffic that is anything from healthy to dead. */
const side = (most: number): fc.Arbitrary<Side> =>
  fc
    .tuple(fc.nat({ max: most }), fc.constantFrom(0, 0, 0.002, 0.01, 0.1, 1), fc.nat({ max: 3 }))
    .map(([requests, rate, extra]) => ({
      requests,
      errors: Math.min(requests, Math.floor(requests * rate) + extra),
    }));

/** Windows of one series in order of time: both sides, one, or none. */
export const windows: fc.Arbitrary<Written[]> = fc
  .array(
    fc.record({
      baseline: fc.option(side(5_000), { freq: 9 }),
      candidate: fc.option(side(500), { freq: 9 }),
      missing: fc.constantFrom(0, 0, 0, 2),
      gap: fc.integer({ min: 1, max: 50 }),
      shift: fc.constantFrom(0, 0, 0, 0, 1),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((rows) => {
    let at = 0;
    let step = 0;
    return rows.map(({ baseline, candidate, missing, gap, shift }) => {
      at += gap;
      step += shift;
      return record(at, { step, baseline, candidate, ...(missing === 0 ? {} : { missing }) });
    });
  });
