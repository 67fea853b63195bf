import { describe, expect, it } from 'vitest';
import { RecordFault } from '../../../local/judge/fault.ts';
import { RecordReader } from '../../../local/judge/record.ts';
import { record, type Written } from './records.ts';

const read = (value: unknown) => new RecordReader().read(JSON.stringify(value));
const latency = { le: [50, 100, null], n: [900, 40, 10] };
const pair = { metric: 'quality', baseline: 0.81, candidate: 0.8, input: 'digest' };

function faultIn(value: unknown): RecordFault {
  try {
    new RecordReader().read(typeof value === 'string' ? value : JSON.stringify(value));
  } catch (thrown) {
    if (thrown instanceof RecordFault) return thrown;
    throw thrown;
  }
  throw new Error('there is no fault');
}

describe('a record', () => {
  it('is a part of a window, with all that was measured', () => {
    const whole = {
      ...record(1, { part: 3, step: 2, missing: 4, pairs: [pair] }),
      baseline: { requests: 950, errors: 4, clientErrors: 2, throttled: 7, latencyMs: latency },
      candidate: { requests: 50, errors: 1, scores: { quality: { n: 2, sum: 1.5, sumOfSquares: 1.25 } } },
      readings: [{ name: 'auc', value: 0.91, n: 400, interval: [0.9, 0.92], baseline: 0.9 }],
    };
    const { windowS, ...rest } = whole;
    expect(read(whole)).toEqual({ ...rest, at: Date.UTC(2026, 0, 1, 0, 1), span: windowS * 1000 });
  });

  it('has one part and one step where it names none, and nothing of a side that it leaves out', () => {
    const { series, t, windowS } = record(0);
    const least = read({ series, t, windowS });
    expect(least).toEqual({
      series,
      t,
      part: 0,
      step: 0,
      at: Date.UTC(2026, 0, 1),
      span: 60_000,
      baseline: null,
      candidate: null,
    });
  });

  it('takes null for what was not measured', () => {
    const { share: _, ...unmeasured } = record(0, { baseline: null });
    const side = { requests: 3, errors: 0 };
    const nulls = {
      share: null,
      pairs: null,
      missing: null,
      candidate: { ...side, latencyMs: null, throttled: null },
    };
    expect(read({ ...unmeasured, ...nulls })).toEqual(read({ ...unmeasured, candidate: side }));
  });

  it('tells edges that change from those that stay', () => {
    const reader = new RecordReader();
    const edgesOf = (le: (number | null)[]) => {
      const latencyMs = { le, n: le.map(() => 1) };
      const baseline = { requests: 9, errors: 0, latencyMs };
      return reader.read(JSON.stringify(record(0, { baseline }))).baseline?.latencyMs?.le;
    };
    const sequence = [
      [1, null],
      [1, null],
      [2, null],
      [1, 2, null],
      [1, null],
    ];
    expect(sequence.map(edgesOf)).toEqual(sequence);
  });

  const baseline = (more: object): Partial<Written> => ({ baseline: { requests: 950, errors: 4, ...more } });
  const without = (key: keyof Written) => ({ ...record(0), [key]: undefined });

  it.each<[of: string, value: unknown, key: string, what: RegExp, fix: RegExp]>([
    ['text that is no JSON', '{"series":', '', /no JSON/, /JSON object/],
    ['a list', [], '', /\[\] is not a map/, /series, t, part/],
    ['a number', 7, '', /7 is not a map/, /series/],
    ['no series', without('series'), 'series', /is missing/, /add it/],
    ['a series without a name', { ...record(0), series: '' }, 'series', /""/, /not empty/],
    ['no moment', without('t'), 't', /is missing/, /add it/],
    [
      'a moment without an offset',
      { ...record(0), t: '2026-01-01T00:00:00' },
      't',
      /2026/,
      /with its offset/,
    ],
    ['no length', without('windowS'), 'windowS', /is missing/, /seconds/],
    ['a window of no length', { ...record(0), windowS: 0 }, 'windowS', /0 cannot/, /above 0/],
    ['a share in percent', { ...record(0), share: 5 }, 'share', /5 cannot/, /such as 0.05/],
    ['a share of nothing', { ...record(0), share: 0 }, 'share', /0 cannot/, /leave it out/],
    ['half a step', { ...record(0), step: 1.5 }, 'step', /1.5/, /whole number/],
    ['a part below 0', { ...record(0), part: -1 }, 'part', /-1/, /whole number/],
    ['a misspelt side', { ...record(0), cadidate: {} }, 'cadidate', /no key "cadidate"/, /"candidate"/],
    ['a misspelt count', record(0, baseline({ erors: 1 })), 'baseline.erors', /no key/, /"errors"/],
    ['no count', { ...record(0), candidate: { errors: 0 } }, 'candidate.requests', /is missing/, /add it/],
    ['a count below 0', record(0, baseline({ errors: -1 })), 'baseline.errors', /-1/, /whole number/],
    ['half a request', record(0, baseline({ requests: 0.5 })), 'baseline.requests', /0.5/, /whole number/],
    [
      'a count as text',
      record(0, baseline({ requests: '9' } as object)),
      'baseline.requests',
      /"9"/,
      /whole/,
    ],
    [
      'a count beyond all measure',
      record(0, baseline({ requests: 1e13 })),
      'baseline.requests',
      /10000000000000/,
      /to 1000000000000/,
    ],
    [
      'more errors than requests',
      record(0, baseline({ errors: 951 })),
      'baseline.errors',
      /951 of 950/,
      /every answer/,
    ],
    [
      'more errors of both kinds than requests',
      record(0, baseline({ clientErrors: 947 })),
      'baseline.errors and clientErrors',
      /951 of 950/,
      /every answer/,
    ],
    [
      'cumulative buckets',
      record(0, baseline({ latencyMs: { le: [50, 100, null], n: [900, 940, 950] } })),
      'baseline.latencyMs.n',
      /2790 of 950/,
      /not cumulative/,
    ],
    [
      'a bucket too few',
      record(0, baseline({ latencyMs: { le: [50, null], n: [1] } })),
      'baseline.latencyMs.n',
      /1 counts for 2/,
      /own count/,
    ],
    [
      'no last bucket',
      record(0, baseline({ latencyMs: { le: [50, 100], n: [1, 2] } })),
      'baseline.latencyMs.le',
      /no last bucket/,
      /null/,
    ],
    [
      'edges that fall',
      record(0, baseline({ latencyMs: { le: [50, 40, null], n: [1, 2, 3] } })),
      'baseline.latencyMs.le',
      /does not rise/,
      /rising/,
    ],
    [
      'a score above 1',
      record(0, { pairs: [pair, { ...pair, candidate: 80 }] }),
      'pairs[1].candidate',
      /80/,
      /from 0 to 1/,
    ],
    [
      'a pair of unknown input',
      record(0, { pairs: [{ ...pair, input: '' }] }),
      'pairs[0].input',
      /""/,
      /not empty/,
    ],
    ['pairs that are no list', { ...record(0), pairs: pair }, 'pairs', /metric/, /a list/],
    [
      'a reading that is no number',
      record(0, { readings: [{ name: 'auc', value: 'high' }] }),
      'readings[0].value',
      /"high"/,
      /a number/,
    ],
    [
      'an interval upside down',
      record(0, { readings: [{ name: 'auc', value: 1, interval: [2, 1] }] }),
      'readings[0].interval',
      /\[2,1\]/,
      /lower one first/,
    ],
    [
      'sums that no scores have',
      record(0, baseline({ scores: { q: { n: 2, sum: 3, sumOfSquares: 1 } } })),
      'baseline.scores.q.sum',
      /3 cannot/,
      /2 scores/,
    ],
    [
      'squares that no scores have',
      record(0, baseline({ scores: { q: { n: 2, sum: 1, sumOfSquares: 0.1 } } })),
      'baseline.scores.q.sumOfSquares',
      /0.1/,
      /same scores/,
    ],
  ])('with %s says where, what and how to mend it', (_, value, key, what, fix) => {
    const fault = faultIn(value);
    expect(fault.key).toBe(key);
    expect(fault.message).toMatch(what);
    expect(fault.fix).toMatch(fix);
  });
});
