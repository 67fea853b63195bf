import { describe, expect, it } from 'vitest';
import { stream } from '../../bench/judge/random.ts';
import { scenarioNamed } from '../../bench/judge/scenarios/index.ts';
import type { WindowCounts } from '../../src/domain/evidence.ts';

/** Windows of so many runs, from look `from` up to but not including `to`. */
const windowsOf = (name: string, from: number, to: number, runs = 20): WindowCounts[] =>
  Array.from({ length: runs }, (_, run) => {
    const windows = scenarioNamed(name).start(stream(17, name, run));
    return Array.from({ length: to }, (_window, look) => windows(look)).slice(from);
  }).flat();

type Side = 'baseline' | 'candidate';
const total = (windows: readonly WindowCounts[], of: (window: WindowCounts) => number | undefined): number =>
  windows.reduce((sum, window) => sum + (of(window) ?? 0), 0);

/** Within 5 % of the truth, or nothing where nothing is true. */
const near = (seen: number, truth: number) =>
  truth === 0 ? expect(seen).toBe(0) : expect(Math.abs(seen / truth - 1)).toBeLessThan(0.05);

describe('what is refused as wrong is of all requests the part that is told', () => {
  it.each([
    ['client-errors-alike', 0, 240, 0.02, 0.02],
    ['client-errors-at-floor', 0, 240, 0, 0.001],
    ['client-errors-double', 0, 240, 0.02, 0.04],
    ['client-errors-signature', 0, 90, 0.02, 0.02],
    ['client-errors-signature', 90, 240, 0.02, 0.1],
  ] as const)('%s, minutes %d to %d', (name, from, to, baseline, candidate) => {
    const windows = windowsOf(name, from, to, name === 'client-errors-at-floor' ? 400 : 40);
    const rate = (side: Side) =>
      total(windows, (window) => window[side]?.clientErrors) /
      total(windows, (window) => window[side]?.requests);
    near(rate('baseline'), baseline);
    near(rate('candidate'), candidate);
  });

  it('whatever else fails', () => {
    const windows = windowsOf('client-errors-alike', 0, 240);
    near(
      total(windows, ({ candidate }) => candidate?.errors) /
        total(windows, ({ candidate }) => candidate?.requests),
      0.05,
    );
    expect(total(windows, ({ baseline }) => baseline?.errors)).toBe(0);
  });
});

describe('the candidate answers the part of its due that is told', () => {
  it.each([
    ['throughput-alike', 0, 240, 1],
    ['throughput-at-tolerated', 0, 240, 0.9],
    ['throughput-shared-overload', 0, 240, 1],
    ['throughput-30', 0, 240, 0.7],
    ['throughput-60-late', 0, 180, 1],
    ['throughput-60-late', 180, 240, 0.4],
    ['throughput-rows-lost', 0, 240, 0.7],
  ] as const)('%s, minutes %d to %d', (name, from, to, part) => {
    const windows = windowsOf(name, from, to);
    const answered = (window: WindowCounts, side: Side) =>
      (window[side]?.requests ?? 0) - (window[side]?.errors ?? 0);
    const due = total(windows, (window) => {
      const share = window.share ?? Number.NaN;
      return (answered(window, 'baseline') * share) / (1 - share);
    });
    near(total(windows, (window) => answered(window, 'candidate')) / due, part);
  });

  it('and is split as configured, but where its rows are lost', () => {
    const share = (name: string) => {
      const windows = windowsOf(name, 0, 240);
      const of = (side: Side) =>
        total(windows, (window) => (window[side]?.requests ?? 0) + (window[side]?.throttled ?? 0));
      return of('candidate') / (of('candidate') + of('baseline'));
    };
    near(share('throughput-30'), 0.05);
    near(share('throughput-rows-lost'), 0.0355);
  });
});

describe('readings are the rates that are told, of 50 samples each', () => {
  it.each([
    ['threshold-at-max', 0, 240, null, 0.05],
    ['threshold-at-min', 0, 240, null, 0.9],
    ['threshold-shared', 0, 240, 0.1, 0.1],
    ['threshold-above-beside', 0, 240, 0.04, 0.1],
    ['threshold-below', 0, 240, 0.92, 0.8],
    ['threshold-late', 0, 180, null, 0.03],
    ['threshold-late', 180, 240, null, 0.1],
  ] as const)('%s, minutes %d to %d', (name, from, to, baseline, candidate) => {
    const readings = windowsOf(name, from, to).flatMap((window) => window.readings ?? []);
    expect(readings.length).toBe(20 * (to - from));
    const mean = (values: readonly (number | undefined)[]) =>
      values.reduce<number>((sum, value) => sum + (value ?? Number.NaN), 0) / values.length;
    near(mean(readings.map(({ value }) => value)), candidate);
    if (baseline === null) expect(readings.every((reading) => reading.baseline === undefined)).toBe(true);
    else near(mean(readings.map((reading) => reading.baseline)), baseline);
    for (const { value, n } of readings) {
      expect(n).toBe(50);
      expect(Math.abs(value * 50 - Math.round(value * 50))).toBeLessThan(1e-9);
    }
  });
});

describe('scores correlate as they are said to', () => {
  it.each([
    ['correlation-at-limit', 0.8],
    ['correlation-skewed', 0.8],
    ['correlation-rare', 0.8],
    ['correlation-0.6', 0.6],
  ])('%s', (name, rho) => {
    const pairs = windowsOf(name, 0, 240, 100).flatMap((window) => window.pairs ?? []);
    const mean = (of: (pair: (typeof pairs)[number]) => number) =>
      pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length;
    const [x, y] = [mean(({ baseline }) => baseline), mean(({ candidate }) => candidate)];
    const product = mean((pair) => (pair.baseline - x) * (pair.candidate - y));
    const squares = mean((pair) => (pair.baseline - x) ** 2) * mean((pair) => (pair.candidate - y) ** 2);
    expect(Math.abs(product / Math.sqrt(squares) - rho)).toBeLessThan(0.02);
  });
});

describe('at 100 % the candidate is alone', () => {
  it.each([
    ['alone-alike', 0.005, 0.005],
    ['alone-at-ceiling', 0.001, 0.01],
    ['alone-at-ratio', 0.02, 0.04],
    ['alone-harmful', 0.005, 0.02],
    ['alone-three-times', 0.005, 0.015],
  ])('%s', (name, before, after) => {
    const rate = (windows: readonly WindowCounts[], side: Side) =>
      total(windows, (window) => window[side]?.errors) / total(windows, (window) => window[side]?.requests);
    const beside = windowsOf(name, 0, 60);
    near(rate(beside, 'baseline'), before);
    near(rate(beside, 'candidate'), before);
    const alone = windowsOf(name, 60, 240);
    near(rate(alone, 'candidate'), after);
    expect(total(alone, ({ baseline }) => baseline?.requests)).toBe(0);
    expect(new Set(alone.map(({ share, step }) => `${step} ${share}`))).toEqual(new Set(['2 1']));
    expect(new Set(beside.map(({ share, step }) => `${step} ${share}`))).toEqual(
      new Set(['0 0.25', '1 0.5']),
    );
  });

  it('and a late harm begins after three healthy hours of it, in requests that fail or are slow', () => {
    const errors = (from: number, to: number) => {
      const windows = windowsOf('alone-late', from, to);
      return (
        total(windows, ({ candidate }) => candidate?.errors) /
        total(windows, ({ candidate }) => candidate?.requests)
      );
    };
    near(errors(60, 240), 0.005);
    near(errors(240, 300), 0.02);
    const slow = (from: number, to: number) => {
      const windows = windowsOf('alone-slo-late', from, to);
      return (
        total(windows, ({ candidate }) => candidate?.latencyMs?.n[1]) /
        total(windows, ({ candidate }) => candidate?.requests)
      );
    };
    near(slow(60, 240), 0.04);
    near(slow(240, 300), 0.15);
  });
});
