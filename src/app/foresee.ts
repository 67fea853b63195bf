import { isReleaseError } from '../contracts/errors.ts';
import type { Policy } from '../contracts/policy.ts';
import type { ExpectedTraffic } from '../contracts/traffic.ts';
import type { SideCounts, WindowCounts } from '../domain/evidence.ts';
import type { Release } from '../domain/release.ts';
import { instant, millis, minutes } from '../domain/units.ts';
import { configOf } from './environment.ts';
import { questionOf, watermark } from './look.ts';
import type { PlanDocument } from './plan-document.ts';
import type { Ports } from './ports/ports.ts';
import type { RequestQuestion } from './ports/workspace.ts';
import { type PowerDocument, powerDocument, powerInBrief, refuseUndecidable } from './power-report.ts';
import { brief, inWords, note } from './trail.ts';

/** What the planned steps can decide at the traffic that is known or measured, before anything is touched. */

/** A function has a part of a core and a time-out: chances are known to some 8 points here. */
const fewRuns = { plan: 200, healthy: 100, harmful: 30 };

/**
 * Keeps the report beside the release and tells it. Nothing where traffic is neither configured nor to be measured.
 * @throws `PolicyInvalid` where the policy refuses what cannot be decided; never in observe-only, where people set the shares.
 */
export async function foresee(ports: Ports, document: PlanDocument): Promise<void> {
  const { release, mode, policy } = document;
  const { measureTraffic, traffic: configured } = configOf(ports.environment, release.endpoint);
  const found = measureTraffic ? await measured(ports, document) : undefined;
  if (typeof found === 'string') await note(ports, release, 'TrafficUnknown', brief(found), { once: '1' });
  const isMeasured = typeof found === 'object';
  const traffic = isMeasured ? { ...scoresIn(configured), ...found } : configured;
  if (!traffic) return;
  const source = isMeasured ? 'measured over the hour before the release' : 'as configured';
  const report = powerDocument(policy, traffic, source, fewRuns);
  await keep(ports, release, report);
  if (mode === 'act') refuseUndecidable(policy, report);
}

/** A log of requests holds no scores. */
const scoresIn = ({
  pairs,
  pairSd,
  score,
  scoreSd,
}: Partial<ExpectedTraffic> = {}): Partial<ExpectedTraffic> => ({
  pairs,
  pairSd,
  score,
  scoreSd,
});

async function keep(ports: Ports, release: Release, report: PowerDocument): Promise<void> {
  const written = await ports.evidence.put(
    `releases/${release.releaseId}/power.json`,
    `${JSON.stringify(report, null, 2)}\n`,
    brief(powerInBrief(report)),
  );
  await ports.ledger.attachFile(release.releaseId, written);
  await note(ports, release, 'PowerReport', written.summary, { evidence: written, once: '1' });
}

const measuredMinutes = 60;
const span = minutes(10);

/** One question, asked once: a release does not wait for it. Text where nothing can be said. */
async function measured(ports: Ports, document: PlanDocument): Promise<ExpectedTraffic | string> {
  const question = questionFor(ports, document);
  const { requests } = ports.workspace('production');
  try {
    const queryId = await requests.ask(question);
    const windows = await requests.answer(queryId, question);
    if (windows !== 'running') return trafficIn(windows, document.policy);
    await requests.cancel(queryId);
    return 'the traffic could not be measured: the warehouse did not answer at once';
  } catch (thrown) {
    // What is only told must not keep a release from beginning.
    if (!isReleaseError(thrown)) throw thrown;
    return `the traffic could not be measured: ${inWords(thrown)}`;
  }
}

/** As a look asks, of the time before the release. */
function questionFor(ports: Ports, document: PlanDocument): RequestQuestion {
  const until = watermark(ports.clock.now(), millis(document.policy.evidence.lag), span);
  const from = instant(until - minutes(measuredMinutes));
  const before = [{ step: 0, candidate: 0, from, until }];
  return { ...questionOf(ports, document, before), until, span, pairs: null, readings: null };
}

/** The baseline had all traffic. To two digits: more would claim that the next hours are like the last one. */
function trafficIn(windows: readonly WindowCounts[], { gates }: Policy): ExpectedTraffic | string {
  const sides = windows.flatMap(({ baseline }) => (baseline ? [baseline] : []));
  const sum = (of: (side: SideCounts) => number | undefined): number =>
    sides.reduce((total, side) => total + (of(side) ?? 0), 0);
  const requests = sum((side) => side.requests);
  if (requests === 0) return 'the traffic could not be measured: there was none in the last hour';
  const throttled = sum((side) => side.throttled);
  const rounded = (value: number): number => Number(value.toPrecision(2));
  // An hour in which all failed is no traffic to expect, and still a rate.
  const rate = (events: number, of: number): number => Math.min(0.99, rounded(events / of));
  const knows = (key: 'clientErrors' | 'throttled') => sides.every((side) => side[key] !== undefined);
  return {
    rate: rounded((requests + throttled) / (measuredMinutes * 60)),
    errors: rate(
      sum((side) => side.errors),
      requests,
    ),
    clientErrors: knows('clientErrors')
      ? rate(
          sum((side) => side.clientErrors),
          requests,
        )
      : undefined,
    throttled: knows('throttled') ? rate(throttled, requests + throttled) : undefined,
    ...latencyIn(sides, gates),
  };
}

/**
 * Where a gate compares latencies the grid is fine, and quantiles are the upper edges of their buckets; else the share
 * of requests in buckets above the objective, which is an edge of every grid.
 */
function latencyIn(
  sides: readonly SideCounts[],
  gates: Policy['gates'],
): Pick<ExpectedTraffic, 'slow' | 'p50' | 'p95'> {
  const buckets = sides
    .flatMap(
      ({ latencyMs }) => latencyMs?.n.map((n, at) => ({ n, upTo: latencyMs.le[at] ?? Infinity })) ?? [],
    )
    .sort((a, b) => a.upTo - b.upTo);
  const total = buckets.reduce((sum, { n }) => sum + n, 0);
  if (total === 0) return {};
  const slos = gates.flatMap((gate) => (gate.kind === 'latency-slo' ? [gate.sloMs] : []));
  if (!gates.some(({ kind }) => kind === 'latency-drift')) {
    const slow = buckets.reduce((sum, { n, upTo }) => sum + (upTo > Math.max(...slos) ? n : 0), 0);
    return { slow: Math.min(0.999, Number((slow / total).toPrecision(2))) };
  }
  const at = (part: number): number | undefined => {
    let below = 0;
    for (const { n, upTo } of buckets) {
      below += n;
      if (below >= part * total) return Number.isFinite(upTo) ? upTo : undefined;
    }
    return undefined;
  };
  const [p50, p95] = [at(0.5), at(0.95)];
  return p50 !== undefined && p95 !== undefined && p50 < p95 ? { p50, p95 } : { p95 };
}
