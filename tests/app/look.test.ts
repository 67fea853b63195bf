import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configOf } from '../../src/app/environment.ts';
import { windowsBySteps } from '../../src/app/judge.ts';
import { answer, ask, firstClosed, questionOf, watermark } from '../../src/app/look.ts';
import { isReleaseError } from '../../src/contracts/errors.ts';
import type { WindowCounts } from '../../src/domain/evidence.ts';
import { instant, millis, minutes } from '../../src/domain/units.ts';
import { documentOf, environmentWith, portsAtHand } from './ports-at-hand.ts';

const now = instant(1_700_000_030_000);
const exposures = [{ step: 0, candidate: 5, from: 1_699_999_000_000, until: null }];
const about = { releaseId: 'rel-1', step: 0, since: 1, deadline: 2, exposures };

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('the first window of a step', () => {
  /** Windows of a step from `from` on that are closed when it is `age` old. */
  const closedAt = (age: number, from: number, lag: number, span: number) => {
    const until = watermark(instant(from + age), millis(lag), millis(span));
    const first = Math.floor(from / span) * span;
    const windows: WindowCounts[] = [];
    for (let at = first; at + span <= until; at += span)
      windows.push({ at: instant(at), span: millis(span), step: 0, baseline: null, candidate: null });
    return windowsBySteps(windows, [{ step: 0, candidate: 5, from, until: null }]).length;
  };
  const spans = fc.integer({ min: 1, max: 3_600_000 });
  const lags = fc.nat({ max: 7_200_000 });
  const starts = fc.integer({ min: 1_699_999_000_000, max: 1_800_000_000_000 });

  it('is closed by then, whenever the step began', () => {
    fc.assert(
      fc.property(starts, lags, spans, (from, lag, window) => {
        expect(closedAt(firstClosed({ window, lag }), from, lag, window)).toBeGreaterThan(0);
      }),
    );
  });

  it('is not closed a moment sooner, where the step began just after a window', () => {
    fc.assert(
      fc.property(starts, lags, spans, (near, lag, window) => {
        const from = Math.floor(near / window) * window + 1;
        // The clock counts whole milliseconds: one of them is the moment after.
        expect(closedAt(firstClosed({ window, lag }) - 2, from, lag, window)).toBe(0);
      }),
    );
  });
});

describe('the watermark', () => {
  it('ends whole windows only, each of which has had its lag', () => {
    const instants = fc.integer({ min: 0, max: 4_000_000_000_000 }).map(instant);
    const spans = fc.integer({ min: 1, max: 3_600_000 }).map(millis);
    fc.assert(
      fc.property(instants, fc.nat({ max: 7_200_000 }).map(millis), spans, (at, lag, span) => {
        const mark = watermark(at, lag, span);
        // -0 where the clock shows less than the lag.
        expect(Math.abs(mark % span)).toBe(0);
        expect(mark + lag).toBeLessThanOrEqual(at);
        expect(mark + lag + span).toBeGreaterThan(at);
      }),
    );
  });

  it('never goes back as time goes on', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 600_000 }), (at, later) => {
        const of = (moment: number) => watermark(instant(moment), minutes(2), minutes(1));
        expect(of(at + later)).toBeGreaterThanOrEqual(of(at));
      }),
    );
  });
});

describe('the question for evidence', () => {
  it('covers all exposures from the first to the watermark', () => {
    const two = [...exposures, { step: 1, candidate: 50, from: 1_699_999_900_000, until: null }];
    expect(questionOf(portsAtHand({ now }), documentOf(), two)).toEqual({
      source: 'callers',
      table: 'prod.serving.callers',
      warehouseId: 'w1',
      endpoint: 'fraud-prod',
      baseline: 'fraud-1',
      candidate: 'fraud-2',
      from: 1_699_999_000_000,
      until: 1_699_999_860_000,
      span: 60_000,
      latency: { widthMs: 300, buckets: 1 },
      stickyClient: null,
      pairs: null,
      readings: null,
    });
  });

  it('goes to the payload table where policy says so', () => {
    const document = documentOf({ evidence: { source: 'payloadTable', lag: '0s' } });
    expect(questionOf(portsAtHand({ now }), document, exposures)).toMatchObject({
      source: 'payloadTable',
      table: 'prod.serving.payload',
      until: 1_699_999_980_000,
    });
  });

  it('counts clients in place of requests where policy names their column', () => {
    const document = documentOf({ evidence: { stickyClient: 'client_id' } });
    expect(questionOf(portsAtHand({ now }), document, exposures)).toMatchObject({
      stickyClient: 'client_id',
    });
  });

  it('that names clients in a table without their column is refused with the policy', () => {
    const both = { source: 'payloadTable', stickyClient: 'client_id' } as const;
    expect(() => documentOf({ evidence: both })).toThrow('set source: callers');
  });

  it.each([
    [{ kind: 'quality', metric: 'q' }, 'prod.serving.pairs', null],
    [{ kind: 'correlation', metric: 'q', min: 0.9 }, 'prod.serving.pairs', null],
    [{ kind: 'quality', metric: 'q', pairing: 'unpaired' }, null, null],
    [{ kind: 'threshold', metric: 'auc', min: 0.9 }, null, 'prod.serving.readings'],
    [{ kind: 'errors' }, null, null],
  ] as const)('reads only the tables of scores that a gate needs: %j', (gate, pairs, readings) => {
    const environment = environmentWith();
    const scores = { pairs: 'prod.serving.pairs', readings: 'prod.serving.readings' };
    const fraud = { ...configOf(environment, 'fraud-prod'), scores };
    const ports = portsAtHand({ now, environment: { ...environment, endpoints: { fraud } } });
    const document = documentOf({ gates: [{ name: 'one', ...gate }] });
    expect(questionOf(ports, document, exposures)).toMatchObject({ pairs, readings });
    expect(questionOf(portsAtHand({ now }), document, exposures)).toMatchObject({
      pairs: null,
      readings: null,
    });
  });

  it('is refused where there is nothing to ask', () => {
    const environment = environmentWith();
    const { callers: _callers, ...fraud } = configOf(environment, 'fraud-prod');
    const ports = portsAtHand({ now, environment: { ...environment, endpoints: { fraud } } });
    for (const refused of [
      () => questionOf(ports, documentOf(), exposures),
      () => questionOf(portsAtHand({ now }), documentOf(), []),
    ]) {
      expect(isReleaseError(thrownBy(refused), 'PolicyInvalid')).toBe(true);
    }
  });
});

describe('a look', () => {
  const counts = { requests: 5, errors: 0 };
  const windowAt = (at: number): WindowCounts => ({
    at: instant(at),
    span: minutes(1),
    step: -1,
    baseline: counts,
    candidate: counts,
  });

  it('is running until the warehouse answers', async () => {
    const ports = portsAtHand({
      now,
      requests: { ask: async () => 'q7', answer: async () => 'running' },
    });
    const question = questionOf(ports, documentOf(), exposures);
    const open = await ask(ports, question);
    expect(open).toEqual({ queryId: 'q7', question });
    expect(await answer(ports, open, about)).toBe('running');
  });

  it('freezes what was answered, by step, with its query and its watermark', async () => {
    const windows = [windowAt(1_699_998_970_000), windowAt(1_699_999_020_000)];
    const ports = portsAtHand({ now, requests: { answer: async () => windows } });
    const question = questionOf(ports, documentOf(), exposures);
    expect(await answer(ports, { queryId: 'q7', question }, about)).toEqual({
      schema: 'headgate.snapshot/v1',
      releaseId: 'rel-1',
      step: 0,
      since: 1,
      deadline: 2,
      at: now,
      observation: {
        source: 'callers',
        queryId: 'q7',
        watermark: question.until,
        windows: [{ ...windowAt(1_699_999_020_000), step: 0, share: 0.05 }],
      },
    });
  });
});
