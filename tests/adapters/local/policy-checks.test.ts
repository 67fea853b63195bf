import { describe, expect, it } from 'vitest';
import { crossFaults } from '../../../src/adapters/local/environment-checks.ts';
import { policyFaults } from '../../../src/adapters/local/policy-checks.ts';
import { policySchema } from '../../../src/contracts/policy.ts';

const strategy = { kind: 'canary', steps: [{ candidate: 5 }] };
const latency = (name: string, sloMs: number) => ({ name, kind: 'latency-slo', sloMs });
const faultsOf = (...gates: object[]) => policyFaults('default', policySchema.parse({ strategy, gates }));

describe('a policy', () => {
  it('may have several latency SLOs, and several quantiles of one', () => {
    expect(faultsOf(latency('strict', 100), latency('usual', 300))).toEqual([]);
    expect(faultsOf(latency('median', 300), { ...latency('tail', 300), quantile: 0.99 })).toEqual([]);
  });
});

describe('what is wrong with a policy', () => {
  it('is a gate that only compares where the last step leaves nothing to compare with', () => {
    const drift = { name: 'd', kind: 'latency-drift' };
    const at100 = (...gates: object[]) =>
      policyFaults('default', policySchema.parse({ strategy: { kind: 'blueGreen' }, gates }));
    expect(at100(drift)).toMatchObject([{ what: expect.stringContaining('"d" can never pass there') }]);
    expect(at100({ name: 'e', kind: 'errors' }, latency('l', 300))).toEqual([]);
    expect(faultsOf(drift)).toEqual([]);
  });

  it('is a bound that every rate keeps, or none', () => {
    const rate = (bound: object) => ({
      name: 't',
      kind: 'threshold',
      metric: 'm',
      looks: 'sequential',
      ...bound,
    });
    expect(faultsOf(rate({ max: 1 }))).toMatchObject([{ path: ['policies', 'default', 'gates', 0, 'max'] }]);
    expect(faultsOf(rate({ min: 0, max: 0.5 }))).toMatchObject([
      { path: ['policies', 'default', 'gates', 0, 'min'] },
    ]);
    expect(faultsOf(rate({ min: 0.1 }))).toEqual([]);
  });
});

describe('what may be over before a first window is closed', () => {
  const gates = [{ name: 'errors', kind: 'errors' }];
  const evidence = { window: '5m', lag: '30m' };
  const keysOf = (policy: object) =>
    policyFaults('default', policySchema.parse({ strategy, gates, evidence, ...policy })).map(({ path }) =>
      path.slice(2).join('.'),
    );

  it('is a step or a soak shorter than two windows and the lag, and no longer one', () => {
    expect(keysOf({ soak: { span: '39m' } })).toEqual(['soak.span']);
    expect(keysOf({ soak: { span: '40m' } })).toEqual([]);
    const step = (deadline: string) => ({ kind: 'blueGreen', step: { deadline } });
    expect(keysOf({ strategy: step('2399s') })).toEqual(['strategy.step.deadline']);
    expect(keysOf({ strategy: step('2400s') })).toEqual([]);
  });

  it('is told all at once, and once where all steps have one deadline', () => {
    const steps = [{ candidate: 5, deadline: '20m' }, { candidate: 25 }, { candidate: 50, deadline: '39m' }];
    expect(keysOf({ strategy: { kind: 'canary', steps }, soak: { span: '1s' } })).toEqual([
      'strategy.steps.0.deadline',
      'strategy.steps.2.deadline',
      'soak.span',
    ]);
    const linear = { kind: 'linear', by: 10, step: { deadline: '20m' } };
    expect(keysOf({ strategy: linear })).toEqual(['strategy.step.deadline']);
  });
});

describe('what is wrong with an endpoint', () => {
  it("is evidence from the callers without the callers' log, whatever is probed", () => {
    const probes = { sideEffectFree: true, requests: [{}] };
    const off = { enabled: false };
    const stages = { test: off, evaluate: off, stage: off, verifyStaging: off };
    const environment = {
      workspaces: { production: { host: 'https://example.com' } },
      endpoints: { fraud: { model: 'a.b.c', endpoint: 'fraud', policy: 'default', warehouse: 'w', probes } },
      policies: { default: { strategy, gates: [latency('latency', 300)], stages } },
    };
    expect(crossFaults(environment)).toMatchObject([{ path: ['endpoints', 'fraud', 'callers'] }]);
  });

  const production = { production: { host: 'https://example.com' } };
  const off = { enabled: false };
  const stages = { test: off, evaluate: off, stage: off, verifyStaging: off, shadow: off };
  const faultsWith = (gate: object, endpoint: object = {}, policy: object = {}) =>
    crossFaults({
      workspaces: production,
      endpoints: {
        fraud: {
          model: 'a.b.c',
          endpoint: 'fraud',
          policy: 'default',
          warehouse: 'w',
          callers: 'a.b.d',
          ...endpoint,
        },
      },
      policies: { default: { strategy, gates: [gate], stages, ...policy } },
    });

  it('is a gate that judges scores without the table that holds them', () => {
    const quality = { name: 'q', kind: 'quality', metric: 'correctness' };
    const bound = { name: 't', kind: 'threshold', metric: 'auc', min: 0.9 };
    expect(faultsWith(quality)).toMatchObject([{ path: ['endpoints', 'fraud', 'scores', 'pairs'] }]);
    expect(faultsWith(bound)).toMatchObject([{ path: ['endpoints', 'fraud', 'scores', 'readings'] }]);
    expect(faultsWith(quality, { scores: { pairs: 'a.b.p' } })).toEqual([]);
    expect(faultsWith(bound, { scores: { readings: 'a.b.r' } })).toEqual([]);
  });

  it('is a gate that goes by the share, where clients stick to a side', () => {
    const sticky = { evidence: { stickyClient: 'client_id' } };
    for (const kind of ['sample-ratio', 'throughput']) {
      expect(faultsWith({ name: 'g', kind }, {}, sticky)).toMatchObject([
        { what: expect.stringContaining('stick') },
      ]);
      expect(faultsWith({ name: 'g', kind })).toEqual([]);
    }
  });

  it('is a gate on scores of live requests, which no source gives', () => {
    const unpaired = { name: 'q', kind: 'quality', metric: 'correctness', pairing: 'unpaired' };
    expect(faultsWith(unpaired)).toMatchObject([{ path: ['policies', 'default', 'gates', 0, 'pairing'] }]);
  });

  it('is a gate on failures that the table may lack', () => {
    const table = { payloadTable: { name: 'a.b.t', complete: false } };
    const policy = { evidence: { source: 'payloadTable' } };
    for (const kind of ['errors', 'client-errors', 'throttled']) {
      expect(faultsWith({ name: 'g', kind }, table, policy)).toMatchObject([
        { path: ['endpoints', 'fraud', 'payloadTable', 'complete'] },
      ]);
    }
    expect(faultsWith(latency('l', 300), table, policy)).toEqual([]);
  });
});
