import { logScaledGamma } from './gamma.ts';

/** Fewest pairs at which Fisher's z is taken for normal. */
const FIRST_LOOK = 128;
/** Standard deviations that an input nobody has seen yet is thought to lie from the others. */
const FARTHEST = 4;
/** Widens the standard error by a part of this over n, which skewed scores need: README, "Correlation". */
const SMALL_SAMPLE = 24;
/** Beyond it the upper bound density(z) / z of the normal tail is within 4 % of the tail. */
const FAR_OUT = 5;
/** Of a correlation of 1, whose z would be infinite. */
const LARGEST = 1 - 1e-12;

/**
 * Whether the Pearson correlation of pairs of scores, each between 0 and 1, is below or above a limit; may be asked at
 * any time. Pairs are looked at when there are 128, 256, 512, ... of them; look k may err with 6 alpha / (pi k)^2, which
 * sums to alpha. Each look takes Fisher's z = atanh(r) for normal, with the larger of two standard errors: of a normal
 * law, 1 / sqrt(n - 3), and of the pairs as they are. A claim is never surer than that no rare input was missed which
 * would overturn it. Asymptotic, so unlike the rest of this room it has no exact promise.
 */
export class CorrelationTest {
  readonly #limit: number;
  readonly #x: number[] = [];
  readonly #y: number[] = [];
  #looks = 0;
  #below = 0;
  #above = 0;
  #r: number | undefined;

  /** @throws RangeError unless -1 < limit < 1. */
  constructor(limit: number) {
    if (!(limit > -1 && limit < 1)) {
      throw new RangeError(`A limit on a correlation lies between -1 and 1, not ${limit}.`);
    }
    this.#limit = limit;
  }

  get count(): number {
    return this.#x.length;
  }

  /** Pairs at which the next look is taken. */
  get nextLook(): number {
    return FIRST_LOOK * 2 ** this.#looks;
  }

  /** The correlation at the last look; undefined before the first, and while a side never varies. */
  get correlation(): number | undefined {
    return this.#r;
  }

  /** -ln of the p-value of the last look times (pi k)^2 / 6: proven at ln(1 / alpha), like the log of an e-value. */
  get logBelow(): number {
    return this.#below;
  }

  get logAbove(): number {
    return this.#above;
  }

  /** @throws RangeError unless both lie between 0 and 1. */
  add(x: number, y: number): void {
    if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) {
      throw new RangeError(`A pair is two scores between 0 and 1, not ${x} and ${y}.`);
    }
    this.#x.push(x);
    this.#y.push(y);
    if (this.#x.length === this.nextLook) this.#look();
  }

  #look(): void {
    this.#looks += 1;
    const [x, y] = [standardised(this.#x), standardised(this.#y)];
    if (!x || !y) {
      [this.#r, this.#below, this.#above] = [undefined, 0, 0];
      return;
    }
    const n = x.values.length;
    const r = Math.max(
      -LARGEST,
      Math.min(LARGEST, mean(x.values.map((value, i) => value * (y.values[i] ?? 0)))),
    );
    const influence = x.values.map((value, i) => {
      const other = y.values[i] ?? 0;
      return (value * other - (r / 2) * (value ** 2 + other ** 2)) / (1 - r ** 2);
    });
    const variance = Math.max(mean(influence.map((value) => value ** 2)) / n, 1 / (n - 3));
    const error = Math.sqrt(variance) * (1 + SMALL_SAMPLE / n);
    const gap = Math.atanh(r) - Math.atanh(this.#limit);
    // z lies r / (2n - 2) too far out in the mean. It is taken back where it helped a claim, and not otherwise.
    const bias = r / (2 * n - 2);
    const spent = Math.log((Math.PI * this.#looks) ** 2 / 6);
    const cap = -n * Math.log1p(-overturning(r, this.#limit, x.scale * y.scale));
    this.#r = r;
    this.#below = Math.min(cap, -logUpperTail(-(gap - Math.min(0, bias)) / error)) - spent;
    this.#above = Math.min(cap, -logUpperTail((gap - Math.max(0, bias)) / error)) - spent;
  }
}

/**
 * Smallest share of inputs that would carry r to the limit if each were as far out as scores between 0 and 1 can be,
 * but no more than four standard deviations: a pair that disagrees by d of them takes d^2 / 2 from r, one that is far
 * out on both sides adds up to d^2 before the scales grow. With probability (1 - share)^n none of them was seen.
 */
function overturning(r: number, limit: number, scales: number): number {
  const square = Math.min(1 / scales, FARTHEST ** 2);
  return Math.min(0.5, r > limit ? (2 * (r - limit)) / square : (limit - r) / (1 - limit) / square);
}

/** ln P(N > z) of a standard normal N; an upper bound of it from z = 5 on, which is the cautious side. */
export function logUpperTail(z: number): number {
  if (z < 0) return Math.log1p(-Math.exp(logUpperTail(-z)));
  const half = z ** 2 / 2;
  if (z > FAR_OUT) return -half - Math.log(z) - 0.5 * Math.log(2 * Math.PI);
  // P(|N| < z) is the lower incomplete gamma function at 1/2.
  const within = Math.exp(logScaledGamma(0.5, half) - half) * Math.sqrt(half / Math.PI);
  return Math.log((1 - within) / 2);
}

/** To mean 0 and mean square 1, with the scale it had; undefined where nothing varies. */
function standardised(values: readonly number[]): { values: number[]; scale: number } | undefined {
  const centre = mean(values);
  const scale = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
  return scale > 1e-12 ? { values: values.map((value) => (value - centre) / scale), scale } : undefined;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
