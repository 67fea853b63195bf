import type { Deployment } from './endpoint-record.ts';
import type { Behaviour, TrafficProfile } from './profile.ts';
import type { Chance } from './random.ts';
import type { RequestLog } from './request-log.ts';

/** One side of the active split. */
export interface Arm {
  readonly deployment: Deployment;
  readonly percentage: number;
  readonly behaviour: Behaviour;
}

/** What a version does at one moment: its behaviour with the changes that apply. */
export interface Conduct {
  readonly errorRate: number;
  readonly quality: number;
  readonly latencyMs: { readonly median: number; readonly sigma: number };
}

export interface PayloadDelivery {
  readonly delay: { readonly min: number; readonly max: number };
  readonly omits: ReadonlySet<number>;
}

export function conductAt(arm: Arm, at: number): Conduct {
  const { behaviour, deployment, percentage } = arm;
  let conduct: Conduct = behaviour;
  for (const change of behaviour.changes) {
    const age = at - (deployment.firstTrafficAt ?? at);
    if (age < change.afterMs || percentage < change.fromPercent) continue;
    conduct = {
      errorRate: change.errorRate ?? conduct.errorRate,
      quality: change.quality ?? conduct.quality,
      latencyMs: change.latencyMs ?? conduct.latencyMs,
    };
  }
  return conduct;
}

/** The arm for one random request: each keeps its percentage, and nothing is sticky. */
export function pickArm(arms: readonly Arm[], draw: number): Arm | undefined {
  let upTo = 0;
  for (const arm of arms) {
    upTo += arm.percentage;
    if (draw * 100 < upTo) return arm;
  }
  return undefined;
}

const dayMs = 86_400_000;

/**
 * The callers of one endpoint: a Poisson process from its own seeded streams. Each arrival takes the same number
 * of draws whatever happens to it, so rows depend on the seed and on the splits, never on who reads when.
 */
export class TrafficSource {
  readonly #endpoint: string;
  readonly #profile: TrafficProfile;
  readonly #payload: PayloadDelivery;
  readonly #arrivals: Chance;
  readonly #fates: Chance;
  readonly #clients: Chance;
  /** Where each sticky client's requests go, as a draw for its arm. */
  readonly #homes: readonly number[];
  #next: number;
  #sequence = 0;

  constructor(
    endpoint: string,
    profile: TrafficProfile,
    payload: PayloadDelivery,
    streams: { arrivals: Chance; fates: Chance; clients: Chance },
    start: number,
  ) {
    this.#endpoint = endpoint;
    this.#profile = profile;
    this.#payload = payload;
    this.#arrivals = streams.arrivals;
    this.#fates = streams.fates;
    this.#clients = streams.clients;
    this.#homes = Array.from({ length: profile.stickyClients ?? 0 }, () => streams.clients.uniform());
    this.#next = this.#after(start);
  }

  /** Appends every request before `until`, split by `arms`; with no arms the endpoint answers 404. */
  generate(until: number, arms: readonly Arm[], log: RequestLog): void {
    while (this.#next < until) {
      this.#request(this.#next, arms, log);
      this.#next = this.#after(this.#next);
    }
  }

  #request(at: number, arms: readonly Arm[], log: RequestLog): void {
    const anyArm = this.#fates.uniform();
    const client = this.#client();
    const arm = pickArm(arms, client === undefined ? anyArm : (this.#homes[client] ?? anyArm));
    const failing = this.#fates.uniform();
    const judging = this.#fates.uniform();
    const normal = this.#fates.normal();
    const delay = this.#fates.between(this.#payload.delay);
    const row = { at, endpoint: this.#endpoint, sequence: this.#sequence++, client, fromCallers: true };
    if (!arm) {
      log.append({
        ...row,
        deployment: undefined,
        httpCode: 404,
        durationMs: 1,
        correct: false,
        visibleAt: undefined,
      });
      return;
    }
    const conduct = conductAt(arm, at);
    const httpCode = failing < conduct.errorRate ? arm.behaviour.errorStatus : 200;
    log.append({
      ...row,
      deployment: arm.deployment,
      httpCode,
      durationMs: durationOf(conduct, normal),
      correct: judging < conduct.quality,
      // What was never answered is in no inference table.
      visibleAt: httpCode === 0 || this.#payload.omits.has(httpCode) ? undefined : at + delay,
    });
  }

  /** Who sends the next request; undefined where clients are not told apart. */
  #client(): number | undefined {
    const count = this.#homes.length;
    return count === 0 ? undefined : Math.floor(this.#clients.uniform() * count);
  }

  /** The next arrival after `from`, by thinning a process of the day's highest rate. */
  #after(from: number): number {
    const { perSecond, diurnal } = this.#profile;
    const amplitude = diurnal?.amplitude ?? 0;
    const highest = perSecond * (1 + amplitude);
    let at = from;
    for (;;) {
      at += (this.#arrivals.exponential() * 1000) / highest;
      if (!diurnal) return at;
      const phase = (2 * Math.PI * (at - diurnal.peakHour * 3_600_000)) / dayMs;
      if (this.#arrivals.uniform() * (1 + amplitude) < 1 + amplitude * Math.cos(phase)) return at;
    }
  }
}

/** Whole milliseconds of a log-normal duration: median * e^(sigma * z), at least 1. */
export function durationOf(conduct: Conduct, normal: number): number {
  return Math.max(1, Math.round(conduct.latencyMs.median * Math.exp(conduct.latencyMs.sigma * normal)));
}
