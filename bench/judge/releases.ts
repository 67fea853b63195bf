import { loadEnvironment } from '../../src/adapters/local/environment-file.ts';
import { gateSpecsOf } from '../../src/app/gate-specs.ts';
import { planOfPolicy } from '../../src/app/policy-plan.ts';
import type { SideCounts } from '../../src/domain/evidence.ts';
import type { GateSpec } from '../../src/domain/gate.ts';
import { Judge } from '../../src/domain/judge.ts';
import type { Plan } from '../../src/domain/plan.ts';
import type { NonEmpty } from '../../src/domain/units.ts';
import { drawnIn, lognormal, timed } from './latency.ts';
import { type Random, stream } from './random.ts';
import { routed, windowOf } from './traffic.ts';

/** A policy as a release follows it. */
export interface Shipped {
  readonly plan: Plan;
  readonly specs: NonEmpty<GateSpec>;
  /** A window is looked at so many minutes after its end. */
  readonly lagMinutes: number;
}

/** The policy that the repository ships for production. @throws Error when its plan is none. */
export function shippedPolicy(): Shipped {
  const path = new URL('../../configs/production.yaml', import.meta.url).pathname;
  const policy = loadEnvironment(path, {}).policies['default'];
  if (!policy) throw new Error('configs/production.yaml has no policy called default.');
  const plan = planOfPolicy(policy);
  if ('says' in plan) throw new Error(`configs/production.yaml: ${plan.says}`);
  return { plan, specs: gateSpecsOf(policy), lagMinutes: policy.evidence.lag / MINUTE };
}

const MINUTE = 60_000;

/** How a release ended, and after how many minutes; `late` where it was still going on at the deadline. */
export interface ReleaseEnd {
  readonly kind: 'promoted' | 'rolledBack' | 'late';
  readonly minutes: number;
}

export interface ReleaseTraffic {
  readonly perMinute: number;
  readonly errorRate: number;
  /** 95th percentile of the latency, lognormal with sigma 0.5. */
  readonly p95Ms: number;
}

/** 16 requests a second, 0.5 % errors, half of the shipped limit on latency. */
export const usualTraffic: ReleaseTraffic = { perMinute: 960, errorRate: 0.005, p95Ms: 180 };

const le = [50, 100, 150, 200, 250, 300, 400, 600, 1000, 2000, null];

/**
 * A version as good as the baseline, released under the policy: each minute's window is looked at when it is closed,
 * and a step ends when it has lasted long enough and its proof is complete. The minute of a shift belongs to no step.
 */
export function release(
  { plan, specs, lagMinutes }: Shipped,
  traffic: ReleaseTraffic,
  chance: Random,
  deadlineMinutes: number,
): ReleaseEnd {
  const judge = new Judge(specs);
  const law = drawnIn(lognormal(traffic.p95Ms / Math.exp(0.5 * 1.644854)), le);
  let shifts = [{ at: 0, step: 0 }];
  for (let minute = 0; minute + 1 + lagMinutes <= deadlineMinutes; minute += 1) {
    const now = minute + 1 + lagMinutes;
    const under = shifts.findLast(({ at }) => at <= minute);
    const current = shifts.at(-1);
    if (!under || !current || shifts.some(({ at }) => at === minute)) continue;
    const share = (plan.steps[under.step]?.candidate ?? 0) / 100;
    const [nb, nc] = routed(chance, { perMinute: traffic.perMinute, share });
    const side = (requests: number): SideCounts => timed(chance, requests, traffic.errorRate, law, le);
    judge.add(windowOf(minute, { share, step: under.step }, side(nb), side(nc)));
    const step = plan.steps[current.step];
    const { decision } = judge.judgement(new Set(step?.gates));
    if (decision === 'rollback') return { kind: 'rolledBack', minutes: now };
    const baked = (now - current.at) * MINUTE >= (step?.minBake ?? 0);
    if (decision !== 'promote' || under !== current || !baked) continue;
    if (current.step === plan.steps.length - 1) return { kind: 'promoted', minutes: now };
    shifts = [...shifts, { at: now, step: current.step + 1 }];
  }
  return { kind: 'late', minutes: deadlineMinutes };
}

export const THREE_HOURS = 180;

/** Runs `from` up to but not including `to`. */
export function releases(seed: number, from: number, to: number): ReleaseEnd[] {
  const shipped = shippedPolicy();
  return Array.from({ length: to - from }, (_, index) =>
    release(shipped, usualTraffic, stream(seed, 'healthy-release', from + index), THREE_HOURS),
  );
}
