import type { Histogram, SideCounts, WindowCounts } from '../evidence.ts';
import type { GateFinding, LatencyDriftSpec } from '../gate.ts';
import type { Counts } from '../stats/counts.ts';
import { RatioMixture, testAgainstSlight, testLess } from '../stats/ratio-mixture.ts';
import { logBound, RateInterval } from '../stats/sequential.ts';
import { shownAlpha } from './event-ratio.ts';
import { above, bucketsOf, edge, hasLatency, sameEdges } from './histograms.ts';
import { Against, findingOf, type GateProcess, StepAge } from './process.ts';
import { isAlone, nothing, plus } from './views.ts';

/** Windows of the baseline that its own recent quantile is taken from. */
const recentWindows = 10;
/** Below so many requests the quantile is a guess; the evidence would stay valid, and be dull. */
const fewestRequests = 100;

/**
 * Whether the candidate's latency drifts away from the baseline's by more than a margin. Each window is judged at x, the
 * quantile of the baseline's windows before it, so that x is fixed before the window is seen: candidate requests above
 * x + margin against baseline requests above x, by the ratio mixture for slight excesses. While no quantile is
 * slower by the margin, the first are at most as likely as the second, in every window, however both drift.
 * For: above x + harmfulMs the candidate's requests are clearly fewer than the baseline's above x.
 */
export class LatencyDriftGate implements GateProcess {
  readonly #spec: LatencyDriftSpec;
  readonly #against: Against;
  readonly #slower = new RatioMixture(testAgainstSlight(1));
  readonly #age = new StepAge();
  #interval = new RateInterval({ alpha: shownAlpha });
  #notSlower = new RatioMixture(testLess());
  #recent: Histogram[] = [];
  #start: number | undefined;
  #coarse: string | undefined;
  #step: { baseline: Counts; candidate: Counts } = { baseline: nothing, candidate: nothing };
  #limitMs: number | undefined;

  constructor(spec: LatencyDriftSpec) {
    this.#spec = spec;
    this.#against = new Against(spec.alphaRollback);
  }

  enter(step: number): void {
    if (!this.#age.enter(step)) return;
    this.#interval = new RateInterval({ alpha: shownAlpha });
    this.#notSlower = new RatioMixture(testLess());
    this.#step = { baseline: nothing, candidate: nothing };
  }

  add(window: WindowCounts): void {
    this.enter(window.step);
    this.#age.add(window);
    const { baseline, candidate } = window;
    if (isAlone(window) || !hasLatency(baseline) || !hasLatency(candidate)) return;
    const limitMs = this.#usualLimit(baseline.latencyMs);
    if (limitMs !== undefined) this.#judge(window, baseline, candidate, limitMs);
    this.#recent = [...this.#recent.slice(1 - recentWindows), baseline.latencyMs];
  }

  #judge(
    { at, missing = 0 }: WindowCounts,
    baseline: SideCounts & { readonly latencyMs: Histogram },
    candidate: SideCounts & { readonly latencyMs: Histogram },
    limitMs: number,
  ): void {
    const { marginMs, harmfulMs } = this.#spec;
    this.#start ??= at;
    this.#limitMs = limitMs;
    const start = at - this.#start;
    const usual = above(baseline, limitMs);
    const drifted = above(candidate, limitMs + marginMs);
    const harmful = above(candidate, limitMs + harmfulMs);
    this.#slower.add(
      start,
      { requests: baseline.requests + missing, events: usual.atMost + missing },
      { requests: candidate.requests, events: drifted.surely },
    );
    this.#notSlower.add(
      start,
      { requests: baseline.requests, events: usual.surely },
      { requests: candidate.requests + missing, events: harmful.atMost + missing },
    );
    this.#step = {
      baseline: plus(this.#step.baseline, { requests: baseline.requests, events: usual.atMost }),
      candidate: plus(this.#step.candidate, { requests: candidate.requests, events: drifted.surely }),
    };
    this.#against.set(this.#slower.logE);
  }

  finding(): GateFinding {
    return findingOf(this.#spec, {
      against: this.#against,
      for: { logE: this.#notSlower.logE, bound: logBound(this.#spec.alphaPromote) },
      observed: { ...this.#step, limitMs: this.#limitMs ?? null },
      interval: this.#interval.of(this.#step.candidate),
      age: this.#age,
      obstacle: this.#coarse,
    });
  }

  /**
   * Upper edge of the bucket that holds the quantile of the baseline's recent windows; undefined while they are too
   * few, or where the buckets are too coarse for the margin.
   */
  #usualLimit(now: Histogram): number | undefined {
    const known = this.#recent.filter((one) => sameEdges(one, now));
    const n = now.le.map((_, bucket) => known.reduce((sum, one) => sum + (one.n[bucket] ?? 0), 0));
    if (n.reduce((sum, count) => sum + count, 0) < fewestRequests) return undefined;
    this.#coarse = coarseness(now, n, this.#spec.marginMs);
    if (this.#coarse !== undefined) return undefined;
    const [bucket] = bucketsOf(n, this.#spec.quantile, this.#spec.quantile) ?? [];
    return bucket === undefined ? undefined : edge(now, bucket);
  }
}

/** A bucket between the 90th and the 99th percentile must not be wider than a fifth of the margin. */
function coarseness(histogram: Histogram, n: readonly number[], marginMs: number): string | undefined {
  const [first, last] = bucketsOf(n, 0.9, 0.99) ?? [0, -1];
  for (let bucket = first; bucket <= last; bucket += 1) {
    const width = edge(histogram, bucket) - (bucket === 0 ? 0 : edge(histogram, bucket - 1));
    // Where nobody is, no bucket hides anything.
    if ((n[bucket] ?? 0) === 0 || width <= marginMs / 5) continue;
    const wide = Number.isFinite(width)
      ? `of ${width} ms`
      : 'without an end, which failed requests are in too,';
    return `the histogram is too coarse: a bucket ${wide} between the 90th and the 99th percentile, and a margin of ${marginMs} ms needs ${marginMs / 5} ms`;
  }
  return undefined;
}
