import type { GateSpec } from '../../src/domain/gate.ts';
import type { NonEmpty } from '../../src/domain/units.ts';
import type { GatesName } from './scenario.ts';

const alpha = (value: number) => ({ alphaRollback: value, alphaPromote: value });
const errors: GateSpec = {
  name: 'errors',
  kind: 'errors',
  ...alpha(0.01),
  toleratedRatio: 1,
  harmfulRatio: 2,
  floor: 0.001,
  ceiling: 0.01,
};
const latency = (value: number): GateSpec => ({
  name: 'latency',
  kind: 'latency-drift',
  ...alpha(value),
  quantile: 0.95,
  marginMs: 5,
  harmfulMs: 10,
});
const quality = (pairing: 'paired' | 'unpaired'): GateSpec => ({
  name: 'quality',
  kind: 'quality',
  ...alpha(0.01),
  metric: 'quality',
  margin: 0.02,
  pairing,
});

/** The gates that judge each scenario: alpha 1 % to roll back and to promote, unless the name says otherwise. */
export const gates: Readonly<Record<GatesName, NonEmpty<GateSpec>>> = {
  errors: [errors],
  'errors-and-split': [errors, { name: 'split', kind: 'sample-ratio', ...alpha(0.01) }],
  latency: [latency(0.01)],
  'latency-5': [latency(0.05)],
  'latency-slo': [
    { name: 'slo', kind: 'latency-slo', ...alpha(0.01), sloMs: 120, quantile: 0.95, toleratedRatio: 1 },
  ],
  quality: [quality('paired')],
  'quality-unpaired': [quality('unpaired')],
};
