import type { SideCounts } from '../../src/domain/evidence.ts';
import type { Contender } from './judges.ts';
import type { Says } from './peers/peer.ts';
import { stream } from './random.ts';
import type { Scenario } from './scenario.ts';

/** What one judge did in one run. Looks count from 1; -1 is never. */
export interface Outcome {
  readonly rollbackAt: number;
  /** First promotion that counts, before any rollback. */
  readonly promotedAt: number;
  /** From the onset to the rollback, or to where nobody looked any further. */
  readonly candidateRequests: number;
  readonly badRequests: number;
  readonly requests: number;
  readonly pairs: number;
}

/** Outcomes of many runs of a scenario for one judge, in the order of the runs. */
export type Outcomes = Readonly<Record<keyof Outcome, readonly number[]>>;

export interface Slice {
  readonly seed: number;
  /** Runs from `from` up to but not including `to`. */
  readonly from: number;
  readonly to: number;
  /** How many of a scenario's runs each judge sees, from run 0 on. */
  readonly runsOf: (contender: Contender) => number;
}

/** Runs a scenario; the same runs give the same outcomes wherever the slices begin. */
export function measure(
  scenario: Scenario,
  contenders: readonly Contender[],
  { seed, from, to, runsOf }: Slice,
): ReadonlyMap<string, Outcomes> {
  const found = new Map(contenders.map(({ name }) => [name, noOutcomes()]));
  for (let run = from; run < to; run += 1) {
    const present = contenders.filter((contender) => run < runsOf(contender));
    for (const [name, outcome] of outcomesOf(scenario, present, seed, run)) {
      const of = found.get(name);
      if (of) for (const key of keys) of[key].push(outcome[key]);
    }
  }
  return found;
}

const keys = ['rollbackAt', 'promotedAt', 'candidateRequests', 'badRequests', 'requests', 'pairs'] as const;
export const noOutcomes = (): Record<keyof Outcome, number[]> => ({
  rollbackAt: [],
  promotedAt: [],
  candidateRequests: [],
  badRequests: [],
  requests: [],
  pairs: [],
});

/** Adds what a later slice found. */
export function append(to: Record<keyof Outcome, number[]>, more: Outcomes): void {
  for (const key of keys) for (const value of more[key]) to[key].push(value);
}

function outcomesOf(
  scenario: Scenario,
  contenders: readonly Contender[],
  seed: number,
  run: number,
): ReadonlyMap<string, Outcome> {
  const windows = scenario.start(stream(seed, scenario.name, run));
  const seen = { candidateRequests: 0, badRequests: 0, requests: 0, pairs: 0 };
  const outcomes = new Map<string, Outcome>();
  let active = contenders.map((contender) => ({ contender, judge: contender.start(), promotedAt: -1 }));
  for (let look = 0; look < scenario.looks && active.length > 0; look += 1) {
    const window = windows(look);
    if (look >= scenario.onset) {
      seen.candidateRequests += window.candidate?.requests ?? 0;
      seen.badRequests += badOf(window.candidate);
      seen.requests += (window.candidate?.requests ?? 0) + (window.baseline?.requests ?? 0);
      seen.pairs += window.pairs?.length ?? 0;
    }
    const counts = scenario.finalStep === undefined || window.step === scenario.finalStep;
    active = active.filter((each) => {
      const says = each.judge.look(window);
      if (says === 'promote' && counts && each.promotedAt < 0) each.promotedAt = look + 1;
      const over = isOver(says, counts, each.contender);
      if (over) {
        const rollbackAt = says === 'rollback' ? look + 1 : -1;
        outcomes.set(each.contender.name, { rollbackAt, promotedAt: each.promotedAt, ...seen });
      }
      return !over;
    });
  }
  for (const { contender, promotedAt } of active) {
    outcomes.set(contender.name, { rollbackAt: -1, promotedAt, ...seen });
  }
  return outcomes;
}

/** What went wrong for a client. */
const badOf = (side: SideCounts | null): number =>
  side ? side.errors + (side.clientErrors ?? 0) + (side.throttled ?? 0) : 0;

/** A rollback ends every judge's work; a promotion that of others', while ours goes on through the soak. */
const isOver = (says: Says, counts: boolean, { standing }: Contender): boolean =>
  says === 'rollback' || (says === 'promote' && counts && standing !== 'ours');
