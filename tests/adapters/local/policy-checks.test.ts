import { describe, expect, it } from 'vitest';
import { crossFaults } from '../../../src/adapters/local/environment-checks.ts';
import { policyFaults } from '../../../src/adapters/local/policy-checks.ts';
import { policySchema } from '../../../src/contracts/policy.ts';

const strategy = { kind: 'canary', steps: [{ candidate: 5 }] };
const latency = (name: string, sloMs: number) => ({ name, kind: 'latency-slo', sloMs });
const faultsOf = (...gates: object[]) => policyFaults('default', policySchema.parse({ strategy, gates }));

describe('what is wrong with a policy beyond its schema', () => {
  it('is a second latency SLO, because slow requests are counted against one', () => {
    expect(faultsOf(latency('strict', 100), latency('usual', 300))).toMatchObject([
      { path: ['policies', 'default', 'gates', 1, 'sloMs'], what: expect.stringContaining('100 ms') },
    ]);
    expect(faultsOf(latency('median', 300), { ...latency('tail', 300), quantile: 0.99 })).toEqual([]);
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
});
