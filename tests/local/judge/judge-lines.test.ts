import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineFault } from '../../../local/judge/fault.ts';
import { ObservationJudge } from '../../../local/judge/judge-lines.ts';
import type { GateSpec } from '../../../src/domain/gate.ts';
import {
  answersTo,
  broken,
  decisionsOn,
  errors,
  linesFor,
  minute,
  record,
  textOf,
  type Written,
  windows,
} from './records.ts';

const minutes = (count: number, more: Partial<Written> = {}, from = 0): Written[] =>
  Array.from({ length: count }, (_, index) => record(from + index, more));

function faultOf(text: string): LineFault {
  try {
    linesFor(text);
  } catch (thrown) {
    if (thrown instanceof LineFault) return thrown;
    throw thrown;
  }
  throw new Error('no line is at fault');
}

describe('a file of observations', () => {
  it('gets one answer a window, with both accounts of each gate', () => {
    const answers = answersTo(minutes(3));
    expect(answers.map(({ t }) => t)).toEqual([minute(0), minute(1), minute(2)]);
    expect(answers[0]).toEqual({
      series: 's1',
      t: minute(0),
      decision: 'hold',
      gates: {
        errors: {
          verdict: 'undecided',
          against: { logE: expect.any(Number), bound: -Math.log(0.01) },
          for: { logE: expect.any(Number), bound: -Math.log(0.05) },
          observed: expect.objectContaining({
            baseline: { requests: 950, events: 4 },
            candidate: { requests: 50, events: 0 },
          }),
          interval: { low: 0, high: expect.any(Number) },
          missing: { what: expect.any(String), etaS: expect.any(Number) },
        },
      },
    });
  });

  it('is promoted when harm is ruled out, and judged on', () => {
    const decisions = answersTo(minutes(120)).map(({ decision }) => decision);
    expect(decisions).toHaveLength(120);
    expect(new Set(decisions)).toEqual(new Set(['hold', 'promote']));
    expect(decisions.at(-1)).toBe('promote');
  });

  it('is rolled back for good', () => {
    const decisions = answersTo([...minutes(5, broken), ...minutes(200, {}, 5)]).map(
      ({ decision }) => decision,
    );
    const first = decisions.indexOf('rollback');
    expect(first).toBeGreaterThanOrEqual(0);
    expect(new Set(decisions.slice(first))).toEqual(new Set(['rollback']));
  });

  it('may hold many series, each judged as if it were alone', () => {
    const good = minutes(60, { series: 'good' });
    const bad = minutes(60, { series: 'bad', ...broken });
    const mixed = good.flatMap((one, index) => [one, bad[index] ?? one]);
    const of = (name: string) =>
      linesFor(textOf(mixed)).filter((line) => line.startsWith(`{"series":"${name}"`));
    expect(of('good')).toEqual(linesFor(textOf(good)));
    expect(of('bad')).toEqual(linesFor(textOf(bad)));
  });

  it('is judged the same however it is cut into pieces, with or without a last line feed, marks and empty lines', () => {
    const text = textOf(minutes(4, { series: 'größe €' }));
    const whole = linesFor(text);
    for (const piece of [1, 7, 100]) expect(linesFor(text, [errors], piece)).toEqual(whole);
    expect(linesFor(text.trimEnd())).toEqual(whole);
    expect(linesFor(`\uFEFF${text.replaceAll('\n', '\r\n\n  \n')}`)).toEqual(whole);
  });

  it('that is empty has no answers', () => {
    expect(linesFor('')).toEqual([]);
    expect(linesFor('\n\n')).toEqual([]);
  });

  it('may give series any name', () => {
    for (const series of ['__proto__', 'constructor', '"quoted"\n', '42'])
      expect(answersTo([record(0, { series })])[0]?.series).toBe(series);
  });
});

describe('parts of a window', () => {
  const parts = [
    record(0, { part: 0, candidate: null, missing: 1 }),
    record(0, { part: 1, baseline: null, candidate: { requests: 20, errors: 1 } }),
    record(0, { part: 2, baseline: null, candidate: { requests: 30, errors: 2 }, missing: 2 }),
  ];

  it('are added up', () => {
    const whole = record(0, { candidate: { requests: 50, errors: 3 }, missing: 3 });
    expect(linesFor(textOf(parts))).toEqual(linesFor(textOf([whole])));
  });

  const slo: GateSpec = {
    kind: 'latency-slo',
    name: 'slo',
    sloMs: 100,
    quantile: 0.95,
    toleratedRatio: 1,
    alphaRollback: 0.01,
    alphaPromote: 0.05,
  };
  const clients: GateSpec = { ...errors, kind: 'client-errors', name: 'clients' };

  it('add up bucket by bucket', () => {
    const side = (requests: number, ...n: number[]) => ({
      requests,
      errors: 0,
      latencyMs: { le: [100, null], n },
    });
    const split = [
      record(0, { part: 0, baseline: side(90, 80, 10), candidate: side(9, 8, 1) }),
      record(0, { part: 1, baseline: side(10, 4, 6), candidate: side(1, 0, 1) }),
    ];
    const whole = [record(0, { baseline: side(100, 84, 16), candidate: side(10, 8, 2) })];
    expect(linesFor(textOf(split), [slo])).toEqual(linesFor(textOf(whole), [slo]));
  });

  it('give their readings in the order of their numbers, whichever came first', () => {
    const auc: GateSpec = {
      kind: 'threshold',
      name: 'auc',
      metric: 'auc',
      min: 0.9,
      looks: 'one',
      alphaRollback: 0.01,
      alphaPromote: 0.05,
    };
    const of = (part: number, value: number) => record(0, { part, readings: [{ name: 'auc', value }] });
    // The last reading decides, so it is the one that is told.
    const told = { observed: { candidate: { value: 0.95 } } };
    for (const order of [
      [of(1, 0.91), of(2, 0.95)],
      [of(2, 0.95), of(1, 0.91)],
    ])
      expect(answersTo(order, [auc])[0]?.gates['auc']).toMatchObject(told);
  });

  it('of which one did not measure something leave it missing, and not zero', () => {
    const measured = { requests: 500, errors: 0, clientErrors: 0 };
    const unmeasured = { requests: 500, errors: 0 };
    const known = [record(0, { share: 0.5, baseline: measured, candidate: measured })];
    const more = record(0, { part: 1, share: 0.5, baseline: unmeasured, candidate: unmeasured });
    const doubtful = [...known, more];
    expect(answersTo(known, [clients])[0]?.gates['clients']).toMatchObject({
      observed: { candidate: { requests: 500 } },
    });
    expect(answersTo(doubtful, [clients])[0]?.gates['clients']).toMatchObject({
      observed: { candidate: { requests: 0 } },
    });
  });

  it.each<[string, Partial<Written>, string]>([
    ['length', { windowS: 30 }, 'windowS'],
    ['share', { share: 0.1 }, 'share'],
    ['step', { step: 1 }, 'step'],
    [
      'edges',
      { candidate: { requests: 1, errors: 0, latencyMs: { le: [2, null], n: [1, 0] } } },
      'candidate.latencyMs.le',
    ],
  ])('must agree on their %s', (_, more, key) => {
    const first = record(0, {
      candidate: { requests: 1, errors: 0, latencyMs: { le: [1, null], n: [1, 0] } },
    });
    const fault = faultOf(textOf([first, record(0, { part: 1, candidate: null, ...more })]));
    expect([fault.line, fault.fault.key]).toEqual([2, key]);
  });

  it('with one number and two contents are refused', () => {
    const fault = faultOf(textOf([record(0), record(0, { series: 's2' }), record(0, broken)]));
    expect([fault.line, fault.fault.key]).toEqual([3, 'part']);
    expect(fault.message).toContain('other content');
  });

  it('that come again are the same whatever the order of their keys and the spelling of their moment', () => {
    const { t: _, ...rest } = record(0);
    const again = {
      ...Object.fromEntries(Object.entries(rest).reverse()),
      t: '2026-01-01T01:00:00.000+01:00',
    };
    expect(linesFor(textOf([record(0), again]))).toEqual(linesFor(textOf([record(0)])));
    const none = textOf([record(0, { candidate: { requests: 50, errors: 0 } })]);
    expect(linesFor(`${none.replace('"errors":0', '"errors":-0')}${none}`)).toEqual(linesFor(none));
  });
});

describe('a record that comes late', () => {
  it('is counted, and changes nothing that is decided', () => {
    const on = [record(0), record(1), record(2)];
    const late = [record(0), record(1), record(0, { part: 1, ...broken }), record(2)];
    expect(decisionsOn(late)).toEqual(decisionsOn(on));
    expect(answersTo(late).map((answer) => answer.late)).toEqual([undefined, 1, 1]);
    expect(answersTo(late).map(({ gates }) => gates)).toEqual(answersTo(on).map(({ gates }) => gates));
  });

  it('never changes a decision, whatever it says', () => {
    fc.assert(
      fc.property(windows, fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 5 }), (inOrder, picks) => {
        const withLate: Written[] = [...inOrder];
        for (const [which, where] of picks) {
          const index = which % inOrder.length;
          const later = inOrder[index + 1];
          if (later === undefined) continue;
          // Anywhere after a record of a later window.
          const first = withLate.indexOf(later) + 1;
          const at = first + (where % (withLate.length - first + 1));
          withLate.splice(at, 0, { ...(inOrder[index] ?? later), part: 7, ...broken });
        }
        expect(decisionsOn(withLate)).toEqual(decisionsOn(inOrder));
      }),
    );
  });
});

describe('a line that cannot be judged', () => {
  const bad = fc.constantFrom('{', '[]', '7', '{"series":"s1"}', JSON.stringify({ ...record(0), share: 7 }));

  it('is named by its number; what closed before it is answered, and nothing after it', () => {
    fc.assert(
      fc.property(fc.nat({ max: 20 }), bad, fc.nat({ max: 3 }), (good, line, blank) => {
        const answered: string[] = [];
        const judge = new ObservationJudge([errors], ({ t }) => answered.push(t));
        const text = `${'\n'.repeat(blank)}${textOf(minutes(good))}${line}\n${textOf(minutes(5, {}, 50))}`;
        expect(faultOf(text).line).toBe(good + blank + 1);
        expect(() => judge.push(Buffer.from(text))).toThrow(LineFault);
        expect(answered).toEqual(minutes(Math.max(0, good - 1)).map(({ t }) => t));
      }),
    );
  });

  it('is one that never ends', () => {
    const judge = new ObservationJudge([errors], () => {});
    const piece = Buffer.alloc(1024 * 1024, ' ');
    expect(() => {
      for (let mebibytes = 0; mebibytes < 20; mebibytes += 1) judge.push(piece);
    }).toThrow('longer than 16 MiB');
  });

  it('is one whose sums no judge can take', () => {
    const most = { requests: 1e12, errors: 0 };
    const part = (index: number) => record(0, { part: index, baseline: most, candidate: most, share: 0.5 });
    const text = textOf([...Array.from({ length: 9_100 }, (_, index) => part(index)), record(1)]);
    expect(faultOf(text)).toMatchObject({
      line: 9_101,
      message: expect.stringContaining('cannot be judged'),
    });
  });
});

describe('whatever the observations are,', () => {
  /** Splits each window into parts of whole requests, in an order drawn by chance, some of them twice. */
  const split = (inOrder: readonly Written[], chance: readonly number[]): Written[] => {
    let draws = 0;
    const draw = () => chance[draws++ % chance.length] ?? 0;
    return inOrder.flatMap((window) => {
      const count = 1 + Math.floor(draw() * 3);
      const parts = Array.from({ length: count }, (_, part) => ({
        ...window,
        part,
        baseline: portion(window.baseline, part, count),
        candidate: portion(window.candidate, part, count),
        missing: part === 0 ? (window.missing ?? 0) : 0,
      }));
      const delivered = parts.flatMap((part) => (draw() < 0.3 ? [part, part] : [part]));
      return delivered
        .map((part) => ({ part, at: draw() }))
        .sort((a, b) => a.at - b.at)
        .map(({ part }) => part);
    });
  };
  const portion = (side: Written['baseline'], part: number, count: number) => {
    if (!side) return null;
    const errorsIn = Math.floor((side.errors + part) / count);
    const restIn = Math.floor((side.requests - side.errors + part) / count);
    return { requests: errorsIn + restIn, errors: errorsIn };
  };

  it('order within a window, parts and duplicate delivery change no answer', () => {
    const chance = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
      minLength: 20,
      maxLength: 40,
    });
    fc.assert(
      fc.property(windows, chance, (inOrder, draws) => {
        expect(linesFor(textOf(split(inOrder, draws)))).toEqual(linesFor(textOf(inOrder)));
      }),
    );
  });

  it('more harm never turns a rollback into a promotion', () => {
    const reached = new Set<string>();
    const harms = fc.array(fc.tuple(fc.nat({ max: 40 }), fc.nat({ max: 40 })), {
      minLength: 1,
      maxLength: 25,
    });
    fc.assert(
      fc.property(windows, harms, (before, more) => {
        const after = before.map((window, index): Written => {
          const [up, down] = more[index % more.length] ?? [0, 0];
          const { baseline, candidate } = window;
          return {
            ...window,
            baseline: baseline ? { ...baseline, errors: Math.max(0, baseline.errors - down) } : null,
            candidate: candidate
              ? { ...candidate, errors: Math.min(candidate.requests, candidate.errors + up) }
              : null,
          };
        });
        const harmed = answersTo(after);
        for (const [index, { decision }] of answersTo(before).entries()) {
          reached.add(decision);
          if (decision === 'rollback') expect(harmed[index]?.decision).not.toBe('promote');
          if (harmed[index]?.decision === 'promote') expect(decision).toBe('promote');
        }
      }),
      { numRuns: 300 },
    );
    expect(reached).toEqual(new Set(['hold', 'promote', 'rollback']));
  });

  const specs: [GateSpec, ...GateSpec[]] = [
    errors,
    { ...errors, kind: 'client-errors', name: 'client-errors' },
    { ...errors, kind: 'throttled', name: 'throttled' },
    {
      kind: 'latency-slo',
      name: 'slo',
      sloMs: 100,
      quantile: 0.95,
      toleratedRatio: 1.1,
      alphaRollback: 0.01,
      alphaPromote: 0.05,
    },
    {
      kind: 'latency-drift',
      name: 'drift',
      quantile: 0.95,
      marginMs: 5,
      harmfulMs: 15,
      alphaRollback: 0.01,
      alphaPromote: 0.05,
    },
    {
      kind: 'quality',
      name: 'quality',
      metric: 'q',
      margin: 0.02,
      pairing: 'paired',
      alphaRollback: 0.01,
      alphaPromote: 0.05,
    },
    {
      kind: 'throughput',
      name: 'throughput',
      toleratedDrop: 0.1,
      harmfulDrop: 0.3,
      alphaRollback: 0.01,
      alphaPromote: 0.05,
    },
    {
      kind: 'threshold',
      name: 'threshold',
      metric: 'auc',
      min: 0.9,
      looks: 'one',
      alphaRollback: 0.01,
      alphaPromote: 0.05,
    },
    {
      kind: 'correlation',
      name: 'correlation',
      metric: 'q',
      min: 0.9,
      alphaRollback: 0.01,
      alphaPromote: 0.05,
    },
    { kind: 'sample-ratio', name: 'sample-ratio', alphaRollback: 0.001, alphaPromote: 0.05 },
  ];
  const empty: [string, Partial<Written>][] = [
    ['neither side', { baseline: null, candidate: null }],
    ['no candidate', { candidate: null }],
    ['no requests', { baseline: { requests: 0, errors: 0 }, candidate: { requests: 0, errors: 0 } }],
    ['nothing sent to the candidate', { candidate: { requests: 0, errors: 0 } }],
  ];

  it.each(empty)('no data never passes: %s', (_, more) => {
    for (const spec of specs) {
      const answers = answersTo(minutes(300, { share: 0.01, ...more }), [spec]);
      const verdicts = answers.map(({ gates }) => gates[spec.name]?.verdict);
      expect([spec.name, ...new Set(verdicts)]).not.toContain('pass');
      expect(answers.every(({ decision }) => decision !== 'promote')).toBe(true);
    }
  });
});
