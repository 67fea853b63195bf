import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deadlineOf, type Exposure, judge, type Snapshot, windowsBySteps } from '../../src/app/judge.ts';
import type { SideCounts, WindowCounts } from '../../src/domain/evidence.ts';
import { hours, instant, minutes } from '../../src/domain/units.ts';
import { documentOf } from './ports-at-hand.ts';

const start = 1_700_000_000_000;
const side = (requests: number, bad = 0, slow = bad): SideCounts => ({
  requests,
  errors: bad,
  latencyMs: { le: [300, null], n: [requests - slow, slow] },
});

function windowAt(at: number, step = -1, bad = 0): WindowCounts {
  return {
    at: instant(at),
    span: minutes(1),
    step,
    baseline: side(900, 1),
    candidate: side(100, bad),
  };
}
const minutesFrom = (at: number, count: number, step: number, bad = 0) =>
  Array.from({ length: count }, (_, index) => windowAt(at + index * 60_000, step, bad));

function snapshotOf(windows: readonly WindowCounts[], more: Partial<Snapshot> = {}): Snapshot {
  return {
    schema: 'headgate.snapshot/v1',
    releaseId: 'rel-fraud-prod-2-x',
    step: 0,
    since: start,
    deadline: start + hours(3),
    at: start + minutes(90),
    observation: { source: 'callers', queryId: 'q1', watermark: instant(start + minutes(88)), windows },
    ...more,
  };
}

describe('windows by steps', () => {
  const exposures: Exposure[] = [
    { step: 0, candidate: 5, from: 1_000, until: 200_000 },
    { step: 1, candidate: 50, from: 260_000, until: null },
  ];

  it('gives each window the step that holds all of it, and drops those that straddle a change', () => {
    const windows = [0, 1_000, 60_000, 140_000, 141_000, 200_000, 230_000, 260_000, 9_000_000].map((at) =>
      windowAt(at),
    );
    const kept = windowsBySteps(windows, exposures);
    expect(kept.map(({ at, step }) => [Number(at), step])).toEqual([
      [1_000, 0],
      [60_000, 0],
      [140_000, 0],
      [260_000, 1],
      [9_000_000, 1],
    ]);
  });

  it('never keep a window that any moment without exposure touches', () => {
    fc.assert(
      fc.property(fc.nat({ max: 400_000 }), (at) => {
        for (const { step } of windowsBySteps([windowAt(at)], exposures)) {
          const home = exposures.find((exposure) => exposure.step === step);
          expect(at).toBeGreaterThanOrEqual(home?.from ?? Number.NaN);
          expect(at + 60_000).toBeLessThanOrEqual(home?.until ?? Number.POSITIVE_INFINITY);
        }
      }),
    );
  });

  it('tell no share of clients that stick to a side, but for all of it', () => {
    const all: Exposure[] = [...exposures, { step: 2, candidate: 100, from: 20_000_000, until: null }].map(
      (one, index) => (index === 1 ? { ...one, until: 19_000_000 } : one),
    );
    const windows = [1_000, 300_000, 20_000_000].map((at) => windowAt(at));
    const shares = (sticky: boolean) => windowsBySteps(windows, all, { sticky }).map(({ share }) => share);
    expect(shares(false)).toEqual([0.05, 0.5, 1]);
    expect(shares(true)).toEqual([undefined, undefined, 1]);
  });

  it('are none without exposures', () => {
    expect(windowsBySteps([windowAt(5_000)], [])).toEqual([]);
  });
});

describe('the judge', () => {
  it('judges the same snapshot always the same', () => {
    const snapshot = snapshotOf(minutesFrom(start, 80, 0, 1));
    const again = JSON.parse(JSON.stringify(snapshot)) as Snapshot;
    expect(judge(documentOf(), again)).toEqual(judge(documentOf(), snapshot));
  });

  it('waits without evidence, and follows policy at the deadline', () => {
    expect(judge(documentOf(), snapshotOf([])).decision.kind).toBe('wait');
    const late = snapshotOf([], { at: start + hours(3) });
    expect(judge(documentOf(), late).decision.kind).toBe('rollback');
    expect(judge(documentOf({ atDeadline: 'hold' }), late).decision.kind).toBe('hold');
  });

  it('advances on proof, rolls back on harm, and lets one failing gate outweigh all others', () => {
    const good = minutesFrom(start, 80, 0);
    expect(judge(documentOf(), snapshotOf(good)).decision.kind).toBe('advance');
    expect(judge(documentOf(), snapshotOf(minutesFrom(start, 80, 0, 20))).decision.kind).toBe('rollback');
    const slow = good.map((window) => ({ ...window, candidate: side(100, 0, 30) }));
    const judgement = judge(documentOf(), snapshotOf(slow));
    expect(judgement.findings.map(({ verdict }) => verdict)).toEqual(['pass', 'fail']);
    expect(judgement.decision.kind).toBe('rollback');
  });

  it('asks a step for the proof of its own gates only, and heeds the harm that any other shows', () => {
    const steps = [{ candidate: 5, gates: ['errors'] }, { candidate: 50 }];
    const document = documentOf({ strategy: { kind: 'canary', steps }, soak: { gates: ['latency'] } });
    const gatesAt = (step: number) => judge(document, snapshotOf([], { step })).required;
    expect([gatesAt(0), gatesAt(1), gatesAt(2)]).toEqual([['errors'], ['errors', 'latency'], ['latency']]);
    const slow = minutesFrom(start, 80, 0).map((window) => ({ ...window, candidate: side(100, 0, 30) }));
    expect(judge(document, snapshotOf(slow)).decision.kind).toBe('rollback');
  });

  it('rolls back a candidate that turns bad only in the soak', () => {
    const alone = minutesFrom(start + hours(1), 20, 2, 60).map((window) => ({
      ...window,
      share: 1,
      baseline: side(0),
    }));
    const windows = [...minutesFrom(start, 20, 0), ...alone];
    const snapshot = snapshotOf(windows, { step: 2, since: start + hours(1) });
    expect(judge(documentOf(), snapshot).decision.kind).toBe('rollback');
  });

  it('wants proof anew in a step of which no window is closed yet', () => {
    const proven = minutesFrom(start, 80, 0);
    expect(judge(documentOf(), snapshotOf(proven)).decision.kind).toBe('advance');
    expect(judge(documentOf(), snapshotOf(proven, { step: 1 })).decision.kind).toBe('wait');
  });

  it('spends on all gates together at most the chance of a false alarm that policy allows', () => {
    const own = fc.option(fc.double({ min: 1e-4, max: 0.004, noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(own, { minLength: 1, maxLength: 5 }), (alphas) => {
        const gates = alphas.map((alphaRollback, index) => ({
          name: `gate-${index}`,
          kind: 'errors' as const,
          ...(alphaRollback === undefined ? {} : { alphaRollback }),
        }));
        const { specs } = judge(documentOf({ gates, alphaRollback: 0.02 }), snapshotOf([]));
        const spent = specs.reduce((total, spec) => total + spec.alphaRollback, 0);
        expect(spent).toBeLessThanOrEqual(0.02 + 1e-12);
        expect(specs.every((spec) => spec.alphaRollback > 0)).toBe(true);
      }),
    );
  });
});

describe('the deadline of a step', () => {
  const document = documentOf();
  it('counts from when the step began', () => {
    expect(deadlineOf(document, 0, start, instant(start + minutes(5)))).toBe(start + hours(3));
  });

  it('is given once more to a step that a person let go on after it', () => {
    const now = instant(start + hours(4));
    expect(deadlineOf(document, 0, start, now)).toBe(start + hours(7));
  });

  it('is the end of the span in the soak', () => {
    expect(deadlineOf(document, 2, start, instant(start))).toBe(start + hours(1));
  });
});
