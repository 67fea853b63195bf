import type { EventGateSpec, GateSpec } from '../../src/domain/gate.ts';
import type { NonEmpty } from '../../src/domain/units.ts';
import type { GatesName } from './scenario.ts';

const alpha = (value: number) => ({ alphaRollback: value, alphaPromote: value });
const errors: EventGateSpec = {
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

const bounded = (bound: { readonly min: number } | { readonly max: number }, metric: string): GateSpec => ({
  name: metric,
  kind: 'threshold',
  ...alpha(0.01),
  metric,
  ...bound,
  looks: 'sequential',
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
  'client-errors': [{ ...errors, name: 'wrong', kind: 'client-errors' }],
  throughput: [{ name: 'served', kind: 'throughput', ...alpha(0.01), toleratedDrop: 0.1, harmfulDrop: 0.3 }],
  'threshold-max': [bounded({ max: 0.05 }, 'refusals')],
  'threshold-min': [bounded({ min: 0.9 }, 'accuracy')],
  correlation: [{ name: 'ranking', kind: 'correlation', ...alpha(0.01), metric: 'quality', min: 0.8 }],
};
