import type { Contender } from './judges.ts';
import type { Scenario } from './scenario.ts';

/** How many runs of what. */
export interface Sizes {
  /** Ours, in nulls, broken evidence and what is only told. */
  readonly nulls: number;
  /** The same where latencies are drawn, which costs ten times as much. */
  readonly latencyNulls: number;
  /** Ours, in harm and improvements. */
  readonly harm: number;
  /** Ours, in regressions of errors and nulls on the margin: one is promoted nearly as often as alpha allows. */
  readonly regressions: number;
  /** The same for other harm on the very margin. */
  readonly margin: number;
  readonly peers: number;
  /** Judges that cost milliseconds a run: rank-sum intervals of hours, and a test at each edge of a histogram. */
  readonly slow: number;
  readonly releases: number;
}

/**
 * The slice has more than 2,000 runs of each null: a judge whose true rate is half of alpha would break the bound of
 * one null in ten by chance alone at 2,000 runs, and of one in thousands at 6,000.
 */
export const slice: Sizes = {
  nulls: 6000,
  latencyNulls: 3000,
  harm: 2000,
  regressions: 60_000,
  margin: 20_000,
  peers: 500,
  slow: 100,
  releases: 1000,
};
export const full: Sizes = {
  nulls: 20_000,
  latencyNulls: 20_000,
  harm: 4000,
  regressions: 60_000,
  margin: 20_000,
  peers: 4000,
  slow: 400,
  releases: 4000,
};
export const evenly = (runs: number): Sizes => ({
  nulls: runs,
  latencyNulls: runs,
  harm: runs,
  regressions: runs,
  margin: runs,
  peers: runs,
  slow: Math.ceil(runs / 10),
  releases: runs,
});

/** Part of `slow` that each of them sees. */
const SLOW: ReadonlyMap<string, number> = new Map([
  ['kayenta', 1],
  ['f5-quantile', 0.25],
]);

/** How many runs of a scenario a judge sees. */
export function runsOf(scenario: Scenario, { name, standing }: Contender, sizes: Sizes): number {
  const most = sizes[kindOf(scenario)];
  if (standing === 'ours') return most;
  const part = SLOW.get(name);
  return Math.min(most, part === undefined ? sizes.peers : Math.ceil(part * sizes.slow));
}

function kindOf({ family, rates, gates, onMargin }: Scenario): keyof Sizes {
  if (onMargin) return family === 'null' ? 'regressions' : 'margin';
  if (family === 'harm' || family === 'better') return rates ? 'regressions' : 'harm';
  return gates.startsWith('latency') ? 'latencyNulls' : 'nulls';
}
