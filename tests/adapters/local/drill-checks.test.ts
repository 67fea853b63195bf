import { describe, expect, it } from 'vitest';
import { crossFaults } from '../../../src/adapters/local/environment-checks.ts';

const fileWith = (environment: string, drill: object | undefined) => ({
  environment,
  workspaces: { production: { host: 'https://example.com' } },
  endpoints: {
    fraud: { model: 'prod.ml.fraud', endpoint: 'fraud-prod', policy: 'default', ...(drill ? { drill } : {}) },
  },
  policies: { default: {} },
});

const drillFaults = (environment: string, drill?: object) =>
  crossFaults(fileWith(environment, drill)).filter(({ path }) => path.includes('drill'));

describe('a schedule of drills', () => {
  it('in production is refused where drills are not allowed there, with what mends it', () => {
    expect(drillFaults('production', { every: '7d' })).toEqual([
      {
        path: ['endpoints', 'fraud', 'drill', 'every'],
        what: expect.stringContaining('production'),
        fix: expect.stringContaining('drill.inProduction: true'),
      },
    ]);
  });

  it.each([
    ['production', { every: '7d', inProduction: true }],
    ['production', { inProduction: false }],
    ['production', undefined],
    ['staging', { every: '7d' }],
  ])('in %s as %j is fine', (environment, drill) => {
    expect(drillFaults(environment, drill)).toEqual([]);
  });
});
