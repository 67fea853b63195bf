import { describe, expect, it } from 'vitest';
import { gates } from '../../bench/judge/gates.ts';
import { lognormal, shifted } from '../../bench/judge/latency.ts';
import { stream } from '../../bench/judge/random.ts';
import { scenarioNamed, scenarios } from '../../bench/judge/scenarios/index.ts';
import type { SideCounts, WindowCounts } from '../../src/domain/evidence.ts';
import { normalCdf } from '../../src/domain/power/traffic-model.ts';

const windowsOf = (name: string, looks: number, run = 0): WindowCounts[] => {
  const windows = scenarioNamed(name).start(stream(17, name, run));
  return Array.from({ length: looks }, (_, look) => windows(look));
};
const sum = (sides: (SideCounts | null)[]) => {
  const requests = sides.reduce((total, side) => total + (side?.requests ?? 0), 0);
  const errors = sides.reduce((total, side) => total + (side?.errors ?? 0), 0);
  return { requests, errors, rate: errors / requests };
};
/** Sums over many runs of the first 240 looks. */
const totals = (name: string, runs = 20) => {
  const windows = Array.from({ length: runs }, (_, run) => windowsOf(name, 240, run)).flat();
  const baseline = sum(windows.map((window) => window.baseline));
  const candidate = sum(windows.map((window) => window.candidate));
  return { baseline, candidate, share: candidate.requests / (candidate.requests + baseline.requests) };
};

describe('every scenario', () => {
  it('has a name of its own', () => {
    expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
  });

  it.each(scenarios.map(({ name }) => name))('%s makes windows that can be true', (name) => {
    for (const [look, window] of windowsOf(name, 200).entries()) {
      expect(window.at).toBe(Date.UTC(2026, 0, 1) + look * 60_000);
      for (const side of [window.baseline, window.candidate]) {
        if (!side) continue;
        expect(side.errors).toBeLessThanOrEqual(side.requests);
        expect(side.errors).toBeGreaterThanOrEqual(0);
        const { latencyMs } = side;
        if (!latencyMs) continue;
        expect(latencyMs.n.reduce((total, n) => total + n, 0)).toBe(side.requests);
        expect(latencyMs.n.length).toBe(latencyMs.le.length);
      }
      for (const { baseline, candidate } of window.pairs ?? []) {
        expect(Math.min(baseline, candidate)).toBeGreaterThanOrEqual(0);
        expect(Math.max(baseline, candidate)).toBeLessThanOrEqual(1);
      }
    }
  });

  it.each(scenarios.map(({ name }) => name))('%s gives the same windows again', (name) => {
    expect(windowsOf(name, 30)).toEqual(windowsOf(name, 30));
    expect(windowsOf(name, 30, 1)).not.toEqual(windowsOf(name, 30));
  });

  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s has gates', (_, scenario) => {
    expect(gates[scenario.gates].length).toBeGreaterThan(0);
    expect(scenario.onset).toBeLessThan(scenario.looks);
  });

  it('is refused under a name that no scenario has, with those there are', () => {
    expect(() => scenarioNamed('sunny')).toThrow(/called sunny.*stationary/);
  });
});

describe('in a null the sides fail alike', () => {
  // Harmless by a limit, and not because the sides are alike.
  const unlike = new Set(['alone-at-ceiling', 'alone-at-ratio']);
  const nulls = scenarios.filter(
    ({ name, family, gates: of }) => family === 'null' && of === 'errors' && !unlike.has(name),
  );
  it.each(nulls.map(({ name }) => name))('%s', (name) => {
    const { baseline, candidate, share } = totals(name);
    const all = baseline.errors + candidate.errors;
    // An error is the candidate's as often as a request is, within 4 sds; each scenario's runs are bursty by at most 10.
    const burst = name.startsWith('bursts') ? 10 : 1;
    const spread =
      name.startsWith('steps') || name.startsWith('weight') || name === 'share-untold' ? 0.03 : 0;
    const sd = Math.sqrt(burst * all * share * (1 - share));
    expect(Math.abs(candidate.errors - all * share)).toBeLessThanOrEqual(4 * sd + spread * all);
  });
});

describe('truths are as they are called', () => {
  const near = (value: number, truth: number) => expect(Math.abs(value / truth - 1)).toBeLessThan(0.05);

  it.each([
    ['errors-1', 0.01],
    ['errors-2', 0.02],
    ['errors-5', 0.05],
    ['candidate-bug', 0.0249],
    ['dead', 1],
  ])('%s', (name, rate) => {
    const { baseline, candidate, share } = totals(name);
    near(candidate.rate, rate);
    near(baseline.rate, 0.005);
    near(share, 0.05);
  });

  it('the share of 8 % is not the configured one', () => {
    near(totals('share-unlike-configured').share, 0.08);
    expect(windowsOf('share-unlike-configured', 1)[0]?.share).toBe(0.05);
  });

  it('harm at half begins with the step of 50 %', () => {
    const windows = windowsOf('harmful-at-half', 480);
    const before = sum(windows.slice(0, 180).map(({ candidate }) => candidate));
    const after = sum(windows.slice(180).map(({ candidate }) => candidate));
    near(after.rate, 0.015);
    expect(before.rate).toBeLessThan(0.008);
    expect(windows.map(({ step, share }) => `${step} ${share}`).filter((_, at) => at % 60 === 59)).toEqual([
      ...['0 0.05', '1 0.1', '2 0.25', '3 0.5'],
      ...Array(4).fill('3 0.5'),
    ]);
  });

  it('30 % of the successes of one side are lost, and known to be lost where it says so', () => {
    const whole = totals('stationary');
    const lost = totals('rows-lost');
    near(lost.candidate.requests, 0.7 * whole.candidate.requests + 0.3 * whole.candidate.errors);
    const known = windowsOf('rows-lost-known', 240).reduce((total, { missing = 0 }) => total + missing, 0);
    near(known, 240 * 50 * 0.3 * 0.995);
  });

  it('half of the errors of the baseline are omitted', () => {
    near(totals('baseline-errors-omitted').baseline.rate, 0.0025);
  });

  it('unlabelled clients fail ten times on one side, labelled ones count once', () => {
    for (const { candidate } of windowsOf('sticky-unlabelled', 2000)) {
      expect((candidate?.errors ?? 0) % 10).toBe(0);
    }
    near(totals('sticky-labelled').baseline.errors, 20 * 240 * 5 * 0.95);
  });

  it('replayed probes are the same inputs again', () => {
    const inputs = windowsOf('replayed-probes', 50).flatMap(({ pairs = [] }) => pairs);
    expect(inputs.length).toBe(1000);
    expect(new Set(inputs.map(({ input }) => input)).size).toBe(20);
    expect(new Set(inputs.map(({ candidate }) => candidate)).size).toBe(20);
  });

  it('pairs differ by the drop in the mean, with an sd of 0.15', () => {
    const drops = windowsOf('quality-0.05', 4000).flatMap(({ pairs = [] }) =>
      pairs.map(({ baseline, candidate }) => baseline - candidate),
    );
    const mean = drops.reduce((total, drop) => total + drop, 0) / drops.length;
    const variance = drops.reduce((total, drop) => total + (drop - mean) ** 2, 0) / drops.length;
    expect(mean).toBeCloseTo(0.05, 2);
    expect(Math.sqrt(variance)).toBeCloseTo(0.15, 2);
  });
});

describe('scores of live requests', () => {
  it('have the mean that is told, an sd of 0.2, and lie between 0 and 1', () => {
    for (const [side, mean] of [
      ['baseline', 0.55],
      ['candidate', 0.5],
    ] as const) {
      const sums = windowsOf('quality-unpaired-0.05', 400).map((window) => window[side]?.scores?.['quality']);
      const n = sums.reduce((total, one) => total + (one?.n ?? 0), 0);
      const seen = sums.reduce((total, one) => total + (one?.sum ?? 0), 0) / n;
      const square = sums.reduce((total, one) => total + (one?.sumOfSquares ?? 0), 0) / n;
      expect(Math.abs(seen - mean)).toBeLessThan(4 * (0.2 / Math.sqrt(n)));
      expect(Math.sqrt(square - seen * seen)).toBeCloseTo(0.2, 2);
      for (const one of sums) expect(one?.sumOfSquares).toBeLessThanOrEqual(one?.sum ?? 0);
    }
  });
});

describe('latencies', () => {
  it.each([
    [0, 0.5],
    [1.959963985, 0.975],
    [-3, 0.0013498980316],
    [9, 1],
    [-9, 0],
  ])('the normal distribution function at %d', (x, golden) => {
    expect(normalCdf(x)).toBeCloseTo(golden, 9);
  });

  it('have the 95th percentile that is told, and a shift moves it', () => {
    expect(lognormal()(113.8)).toBeCloseTo(0.95, 3);
    expect(shifted(lognormal(), 15)(128.8)).toBeCloseTo(0.95, 3);
  });

  it('a window’s histogram follows its distribution, errors in the last bucket', () => {
    const windows = windowsOf('latency-15', 200);
    for (const [side, law] of [
      ['baseline', lognormal()],
      ['candidate', shifted(lognormal(), 15)],
    ] as const) {
      let [below, all] = [0, 0];
      for (const window of windows) {
        const histogram = window[side]?.latencyMs;
        histogram?.n.forEach((n, bucket) => {
          all += n;
          if ((histogram.le[bucket] ?? Number.POSITIVE_INFINITY) <= 114) below += n;
        });
      }
      const truth = law(114);
      expect(Math.abs(below / all - truth)).toBeLessThan(4 * Math.sqrt((truth * (1 - truth)) / all));
    }
    const failed = windowsOf('latency-alike', 200);
    const last = failed.reduce((total, { baseline }) => total + (baseline?.latencyMs?.n.at(-1) ?? 0), 0);
    expect(last).toBeGreaterThanOrEqual(sum(failed.map(({ baseline }) => baseline)).errors);
  });
});
