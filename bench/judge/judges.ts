import type { GateSpec } from '../../src/domain/gate.ts';
import { Judge } from '../../src/domain/judge.ts';
import type { NonEmpty } from '../../src/domain/units.ts';
import { gates } from './gates.ts';
import { kayenta } from './peers/kayenta.ts';
import { kddErrors, kddLatency } from './peers/kdd-band.ts';
import type { Look, Peer } from './peers/peer.ts';
import { growthbook, peekingZ, statsig } from './peers/rates.ts';
import { dirichlet, fixedQuantile, twoByTwo } from './peers/reference.ts';
import { argo, flagger } from './peers/thresholds.ts';
import type { Scenario } from './scenario.ts';

/** The name of our own judge in the tables. */
export const OURS = 'headgate';

/** Somebody who looks at the windows of a run. */
export type Contender = Omit<Peer, 'standing'> & { readonly standing: Peer['standing'] | 'ours' };

/** The shipped judge under these gates, asked after every window. */
export const headgate = (specs: NonEmpty<GateSpec>): Contender => ({
  name: OURS,
  standing: 'ours',
  rule: specs.map(({ name, alphaRollback }) => `${name} at ${alphaRollback * 100} %`).join(', '),
  start: () => watched(new Judge(specs)),
});

function watched(judge: Judge): Look {
  return {
    look(window) {
      judge.add(window);
      const { decision } = judge.judgement();
      return decision === 'hold' ? 'none' : decision;
    },
  };
}

const ALPHA = 0.01;
const MARGIN_MS = 5;

/** Judges beside ours: one that is slow to compute comes last, and sees fewer runs. */
const peers: Readonly<Record<Scenario['peers'], readonly Contender[]>> = {
  errors: [
    ...[argo, flagger, peekingZ(ALPHA), statsig(ALPHA), growthbook(ALPHA), kddErrors(ALPHA)],
    ...[dirichlet(ALPHA), twoByTwo(ALPHA), kayenta],
  ],
  latency: [kddLatency(ALPHA, MARGIN_MS), fixedQuantile(ALPHA, MARGIN_MS)],
  none: [],
};

/** Those who judge a scenario, ours first. */
export const contendersOf = (scenario: Scenario): readonly Contender[] => [
  headgate(gates[scenario.gates]),
  ...peers[scenario.peers],
];
