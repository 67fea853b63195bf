import type { SideCounts, WindowCounts } from '../../../src/domain/evidence.ts';
import type { Random } from '../random.ts';
import { binomial } from '../sampling.ts';
import { type Scenario, scenario } from '../scenario.ts';
import { base, minute, routed, thinned, type Windows, windowOf } from '../traffic.ts';

type Loss = { readonly side: 'baseline' | 'candidate'; readonly ofErrors: number; readonly ofRest: number };

/** Rows of one side are lost, each by itself. `known`: somebody counted requests and tells how many rows are missing. */
const lossy =
  ({ side, ofErrors, ofRest }: Loss, known: boolean) =>
  (chance: Random): Windows =>
  (look) => {
    const window = minute(chance, look, base);
    const whole = window[side] ?? { requests: 0, errors: 0 };
    const kept = thinned(chance, whole, { ofErrors: 1 - ofErrors, ofRest: 1 - ofRest });
    const lost: WindowCounts = { ...window, [side]: kept };
    return known ? { ...lost, missing: whole.requests - kept.requests } : lost;
  };

/** Beside 5 % of everybody's requests the candidate gets those of a few tenants, who fail four times as often. */
const pinned =
  (chance: Random): Windows =>
  (look) => {
    const [nb, nc] = routed(chance, base);
    const theirs = binomial(chance, nb, 0.03);
    const side = (requests: number, ofTenants: number): SideCounts => ({
      requests: requests + ofTenants,
      errors: binomial(chance, requests, 0.005) + binomial(chance, ofTenants, 0.02),
    });
    return windowOf(look, base, side(nb - theirs, 0), side(nc, theirs));
  };

const lostSuccesses: Loss = { side: 'candidate', ofErrors: 0, ofRest: 0.3 };
const lostErrors: Loss = { side: 'baseline', ofErrors: 0.5, ofRest: 0 };
const split = { gates: 'errors-and-split' } as const;

/** The candidate is as good as the baseline, and the evidence says otherwise. */
export const broken: readonly Scenario[] = [
  scenario('broken', {
    ...split,
    name: 'rows-lost',
    about: '30 % of the candidate’s successes never arrive',
    start: lossy(lostSuccesses, false),
  }),
  scenario('broken', {
    name: 'rows-lost-known',
    about: 'the same, and the missing rows are known to be missing',
    start: lossy(lostSuccesses, true),
  }),
  scenario('broken', {
    name: 'baseline-errors-omitted-known',
    about: 'half of the baseline’s errors never arrive, and are known to be missing',
    start: lossy(lostErrors, true),
  }),
  scenario('broken', {
    ...split,
    name: 'broken-split',
    about: '8 % instead of 5 % reach the candidate, among them all of a few tenants who fail more',
    start: pinned,
  }),
];

export const toldBroken: readonly Scenario[] = [
  scenario('told', {
    ...split,
    name: 'baseline-errors-omitted',
    about: 'half of the baseline’s errors never arrive, and nobody knows',
    start: lossy(lostErrors, false),
  }),
];
