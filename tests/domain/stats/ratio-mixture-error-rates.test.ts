import { describe, expect, it } from 'vitest';
import {
  RatioMixture,
  type RatioTest,
  testAgainst,
  testFor,
  type Window,
} from '../../../src/domain/stats/ratio-mixture.ts';
import { logBound } from '../../../src/domain/stats/sequential.ts';
import { type Random, random } from '../../support/random.ts';
import { isProvenBelow } from './clopper-pearson.ts';

// The true rates are 0.4 to 0.5 % (30,000 runs each): 4,000 runs suffice to show that they are below 1 %.
const RUNS = 4_000;
const LOOKS = 240;
const MINUTE = 60_000;

type Law = { perMinute: number; share: number; baseline: number; candidate: number };

/** One minute's counts; requests vary as Poisson counts do (rounded normal), errors are exact binomials. */
function minute(chance: Random, i: number, law: Law): Window {
  const side = (mean: number, rate: number) => {
    const requests = Math.max(0, Math.round(mean + Math.sqrt(mean) * chance.normal()));
    return { requests, events: chance.binomial(requests, rate) };
  };
  return {
    start: i * MINUTE,
    baseline: side(law.perMinute * (1 - law.share), law.baseline),
    candidate: side(law.perMinute * law.share, law.candidate),
  };
}

const alike = { perMinute: 1000, share: 0.05, baseline: 0.005, candidate: 0.005 };
const release = (chance: Random, looks: number, law: (i: number) => Law): Window[] =>
  Array.from({ length: looks }, (_, i) => minute(chance, i, law(i)));

const take = (mixture: RatioMixture, { start, baseline, candidate }: Window): void =>
  mixture.add(start, baseline, candidate);

/** Whether the bound is reached after any of the windows. */
function isProven(test: RatioTest, windows: readonly Window[], alpha: number): boolean {
  const mixture = new RatioMixture(test);
  return windows.some((window) => {
    take(mixture, window);
    return mixture.logE >= logBound(alpha);
  });
}

/** Minutes until proven in each run, sorted; `limit` + 1 where not within it. */
function delays(
  seed: number,
  runs: number,
  limit: number,
  test: RatioTest,
  alpha: number,
  law: Law,
): number[] {
  const chance = random(seed);
  const bound = logBound(alpha);
  const times = Array.from({ length: runs }, () => {
    const seen = new RatioMixture(test);
    let minutes = 0;
    while (minutes <= limit && seen.logE < bound) {
      take(seen, minute(chance, minutes, law));
      minutes += 1;
    }
    return minutes;
  });
  return times.sort((a, b) => a - b);
}
const quantile = (sorted: number[], q: number) => sorted[Math.floor(q * sorted.length)];

describe('the false-alarm rate of the evidence against, over 240 looks', () => {
  const incident = (i: number) => (i >= 100 && i < 110 ? 0.05 : 0.005);
  const steps = [0.05, 0.1, 0.25, 0.5];
  const worlds: [string, (i: number) => Law][] = [
    ['both sides under one steady law', () => alike],
    [
      'an incident shared by both sides',
      (i) => ({ ...alike, baseline: incident(i), candidate: incident(i) }),
    ],
    [
      'hourly steps of 5, 10, 25 and 50 % through a shared incident and a day-and-night rate',
      (i) => {
        const rate = incident(i) * (1 + 0.5 * Math.sin(i / 40));
        return { ...alike, share: steps[Math.floor(i / 60)] ?? 0.5, baseline: rate, candidate: rate };
      },
    ],
    [
      'a true share that wanders from 2 to 8 % unannounced',
      (i) => ({ ...alike, share: 0.05 + 0.03 * Math.sin(i / 9) }),
    ],
    ['ten requests a minute at 10 %', () => ({ ...alike, perMinute: 10, share: 0.1 })],
  ];

  it.each(worlds)('is below alpha under %s', (_, law) => {
    const chance = random(99);
    let alarms = 0;
    for (let run = 0; run < RUNS; run += 1) {
      if (isProven(testAgainst(1), release(chance, LOOKS, law), 0.01)) alarms += 1;
    }
    expect(isProvenBelow(0.01, alarms, RUNS), `${alarms} of ${RUNS}`).toBe(true);
  });
});

describe('the power of the evidence against', () => {
  // Medians of 7 and 2 minutes were measured at alpha 5 % with another grid; 1 % costs some more.
  it.each([
    [0.02, 1, 0.05, 8],
    [0.05, 1, 0.05, 2],
    [0.02, 1.1, 0.01, 12],
    [0.05, 1.1, 0.01, 4],
  ])(
    'shows %d against 0.005 (tolerated %d, alpha %d) in a median of at most %d minutes',
    (rate, tolerated, alpha, most) => {
      const times = delays(7, 500, LOOKS, testAgainst(tolerated), alpha, { ...alike, candidate: rate });
      expect(quantile(times, 0.5)).toBeLessThanOrEqual(most);
      expect(times.at(-1)).toBeLessThanOrEqual(LOOKS);
    },
  );

  it.each([
    [2, 2 / 3],
    [8, 2 / 5],
  ])('sees an onset after %d hours sooner for the restarts, in at most %d of the time', (hours, most) => {
    const restarted = testAgainst(1.1);
    const healthy = hours * 60;
    const mean = (test: RatioTest) => {
      const chance = random(31);
      let total = 0;
      for (let run = 0; run < 100; run += 1) {
        const seen = new RatioMixture(test);
        for (const window of release(chance, healthy, () => alike)) take(seen, window);
        let i = healthy;
        for (; i < healthy + 600 && seen.logE < logBound(0.01); i += 1)
          take(seen, minute(chance, i, { ...alike, candidate: 0.015 }));
        total += i - healthy;
      }
      return total / 100;
    };
    expect(mean(restarted)).toBeLessThan(most * mean({ ...restarted, restarts: false }));
  });
});

describe('the evidence for, anew at each step', () => {
  const sixteenPerSecond = { ...alike, perMinute: 960 };

  it.each([
    [0.05, 3, 17, 36],
    [0.25, 2, 14, 32],
    [0.5, 2, 13, 30],
  ])(
    'clears a healthy version at share %d (harmful %d) in a median of %d and 90th percentile of %d minutes',
    (share, harmful, median, p90) => {
      const times = delays(11, 600, 600, testFor(harmful), 0.05, { ...sixteenPerSecond, share });
      expect(quantile(times, 0.5)).toBeLessThanOrEqual(median);
      expect(quantile(times, 0.9)).toBeLessThanOrEqual(p90);
    },
  );

  it.each([
    [0.05, 3],
    [0.25, 2],
    [0.5, 2],
  ])('clears a version exactly as bad as harmful at share %d with less than alpha', (share, harmful) => {
    const chance = random(13);
    const law = { ...sixteenPerSecond, share, candidate: harmful * 0.005 };
    let cleared = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const windows = release(chance, 120, () => law);
      if (isProven(testFor(harmful), windows, 0.05)) cleared += 1;
    }
    expect(isProvenBelow(0.05, cleared, RUNS), `${cleared} of ${RUNS}`).toBe(true);
  });
});
