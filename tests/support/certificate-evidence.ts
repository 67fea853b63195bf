import type { SideCounts, WindowCounts } from '../../src/domain/evidence.ts';
import { hours, instant, millis, minutes } from '../../src/domain/units.ts';
import type { Random } from './random.ts';

/** Of the first window of every release. */
export const start = instant(1_700_000_000_000);

/** Draws from a seed. */
export class Chance {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  get uniform(): number {
    return this.#random.uniform();
  }

  of<T>(...options: readonly [T, ...T[]]): T {
    return options[Math.floor(this.uniform * options.length)] ?? options[0];
  }

  is(probability: number): boolean {
    return this.uniform < probability;
  }

  /** At least one of them. */
  some<T>(options: readonly T[]): T[] {
    const kept = options.filter(() => this.is(0.4));
    return kept.length > 0 ? kept : options.slice(0, 1);
  }

  /** About `mean`, and exactly `mean` where that is too large to be drawn one by one. */
  count(mean: number): number {
    return mean < 5_000 ? this.#random.poisson(mean) : Math.round(mean);
  }

  score(mean: number): number {
    return Math.min(1, Math.max(0, mean + 0.2 * this.#random.normal()));
  }
}

/** What a release is like throughout, so that something is proven now and then. */
interface World {
  readonly requests: number;
  readonly errorRate: number;
  readonly harm: number;
  readonly slow: number;
  readonly qualityDrop: number;
  readonly isSplitWell: boolean;
  readonly isRich: boolean;
}

/** The windows of one release, all steps and sides and measures as chance has them. */
export function windowsOf(chance: Chance, shares: readonly number[]): WindowCounts[] {
  const world: World = {
    requests: chance.of(0, 1, 30, 1000, 1000, 1000, 20_000, 1e9),
    errorRate: chance.of(0, 0.0005, 0.005, 0.005, 0.05, 1),
    harm: chance.of(1, 1, 1, 1.2, 3, 20),
    slow: chance.of(0.01, 0.02, 0.3),
    qualityDrop: chance.of(0, 0.05, 0.3),
    isSplitWell: chance.is(0.9),
    isRich: chance.is(0.8),
  };
  const windows: WindowCounts[] = [];
  let at: number = start;
  const last = chance.of(0, 1, 2, 3);
  for (let step = 0; step <= last; step += 1) {
    const share = (shares[step] ?? 100) / 100;
    const count = chance.of(0, 1, 10, 25);
    for (let i = 0; i < count; i += 1) {
      windows.push(windowOf(chance, world, { at: instant(at), span: minutes(1), step, share }));
      at += chance.is(0.1) ? hours(1) : minutes(chance.of(1, 1, 1, 5));
    }
  }
  return windows;
}

type Place = Pick<WindowCounts, 'at' | 'span' | 'step'> & { readonly share: number };

function windowOf(chance: Chance, world: World, place: Place): WindowCounts {
  const { share, ...where } = place;
  const real = world.isSplitWell ? share : share / 2;
  const side = (part: number, harm: number, drop: number) =>
    chance.is(0.03) ? null : sideOf(chance, world, { requests: world.requests * part, harm, drop });
  return {
    ...where,
    span: chance.is(0.9) ? where.span : millis(30_000),
    ...(chance.is(0.9) ? { share } : {}),
    baseline: side(1 - real, 1, 0),
    candidate: side(real, world.harm, world.qualityDrop),
    ...(chance.is(0.2) ? { missing: chance.of(0, 1, 7) } : {}),
    ...(world.isRich ? { pairs: pairsOf(chance, world), readings: readingsOf(chance, world) } : {}),
  };
}

function sideOf(
  chance: Chance,
  world: World,
  about: { requests: number; harm: number; drop: number },
): SideCounts {
  const requests = chance.count(about.requests);
  const rate = Math.min(1, world.errorRate * about.harm);
  const errors = Math.min(requests, chance.count(requests * rate));
  const clientErrors = Math.min(requests - errors, chance.count((requests * rate) / 3));
  return {
    requests,
    errors,
    ...(world.isRich && chance.is(0.9)
      ? { clientErrors, throttled: chance.count((requests * rate) / 2) }
      : {}),
    ...(world.isRich && chance.is(0.9)
      ? { latencyMs: histogramOf(chance, requests, world.slow * about.harm) }
      : {}),
    ...(world.isRich && chance.is(0.9) ? { scores: scoresOf(chance, requests, about.drop) } : {}),
  };
}

function histogramOf(chance: Chance, requests: number, slow: number) {
  const measured = chance.is(0.97) ? requests : Math.floor(requests * 0.9);
  const tail = Math.min(measured, chance.count(measured * Math.min(1, slow)));
  const far = Math.floor(tail / 3);
  const half = Math.floor((measured - tail) / 2);
  const tens = Array.from({ length: 10 }, (_, index) => 60 + 10 * index);
  const le = [chance.is(0.9) ? 50 : 45.5, ...tens, null];
  const n = le.map((edge) =>
    edge === 60 ? measured - tail - half : edge === 90 ? tail - far : edge === null ? far : 0,
  );
  return { le, n: [half, ...n.slice(1)] };
}

function scoresOf(chance: Chance, requests: number, drop: number) {
  const n = Math.min(requests, 200);
  const scores = Array.from({ length: n }, () => chance.score(0.8 - drop));
  const sum = scores.reduce((total, score) => total + score, 0);
  const sumOfSquares = scores.reduce((total, score) => total + score ** 2, 0);
  return {
    f1: { n, sum, sumOfSquares },
    '10': { n, sum: n, sumOfSquares: n },
    '9': { n: 0, sum: 0, sumOfSquares: 0 },
  };
}

function pairsOf(chance: Chance, { qualityDrop }: World) {
  return Array.from({ length: chance.of(0, 5, 60) }, () => {
    const baseline = chance.score(0.7);
    const candidate = chance.is(0.1)
      ? chance.score(0.5)
      : Math.max(0, baseline - qualityDrop * chance.uniform);
    return {
      metric: chance.of('10', 'f1'),
      baseline,
      candidate,
      input: `input-${Math.floor(chance.uniform * 2_000)}`,
    };
  });
}

function readingsOf(chance: Chance, { errorRate, harm }: World) {
  return Array.from({ length: chance.of(0, 0, 1, 2) }, () => {
    const value = Math.min(1, errorRate * harm * 3);
    return {
      name: chance.of('auc', 'refusals'),
      value: chance.is(0.95) ? value : 7,
      ...(chance.is(0.9) ? { n: chance.of(0, 1, 500, 1e9) } : {}),
      ...(chance.is(0.4) ? { interval: [value / 2, value * 1.5] as const } : {}),
      ...(chance.is(0.5) ? { baseline: Math.min(1, errorRate * 3) } : {}),
    };
  });
}
