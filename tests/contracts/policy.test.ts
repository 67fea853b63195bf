import { describe, expect, it } from 'vitest';
import { duration, environmentSchema, policySchema, spellDuration } from '../../src/contracts/policy.ts';

const least = { strategy: { kind: 'canary', steps: [{ candidate: 5 }] }, gates: [] };
const errorsGate = { name: 'errors', kind: 'errors' };
const latencyGate = { name: 'latency', kind: 'latency-slo', sloMs: 300 };
const hour = 3_600_000;
const window = { kind: 'once', from: '2026-01-01T00:00:00Z', until: '2026-01-02T00:00:00+01:00', why: 'x' };
const weekly = { kind: 'weekly', days: ['fri'], from: '08:00', until: '08:00', timezone: 'UTC', why: 'x' };

const environment = {
  environment: 'production',
  workspaces: {
    production: { host: 'https://example.com', credentials: { kind: 'pat', token: 'env:TOKEN' } },
  },
  endpoints: { fraud: { model: 'prod.ml.fraud', endpoint: 'fraud-prod', policy: 'default' } },
  policies: { default: least },
};

/** Where the schema finds fault; empty when it finds none. */
function faultsOf(schema: typeof policySchema | typeof environmentSchema, value: unknown): string[] {
  const parsed = schema.safeParse(value);
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join('.'));
}

describe('a duration', () => {
  it.each([
    ['0s', 0],
    ['90s', 90_000],
    ['10m', 600_000],
    ['3h', 3 * hour],
    ['2d', 48 * hour],
  ])('%s is read as milliseconds', (text, ms) => {
    expect(duration.parse(text)).toBe(ms);
    expect(spellDuration(ms)).toBe(text);
  });

  it.each([
    [60_000, '1m'],
    [61_000, '61s'],
    [86_400_000, '1d'],
  ])('of %d ms is written back in the largest unit that divides it', (ms, text) => {
    expect(spellDuration(ms)).toBe(text);
  });

  it.each(['', '10', 'm', '1.5h', '-1s', '10 m', '1h30m', '10M', '10ms', ' 1s', '1e3s', 10, null])(
    'is not %j',
    (value) => {
      expect(duration.safeParse(value).success).toBe(false);
    },
  );
});

describe('a policy', () => {
  it('has the published defaults where it says nothing', () => {
    const policy = policySchema.parse({ ...least, gates: [errorsGate, latencyGate] });
    expect(policy).toEqual({
      strategy: { kind: 'canary', steps: [{ candidate: 5 }] },
      gates: [
        { ...errorsGate, toleratedRatio: 1.1, floor: 0.001, ceiling: 0.01 },
        { ...latencyGate, toleratedRatio: 1.1, quantile: 0.95 },
      ],
      soak: {},
      atDeadline: 'rollback',
      alphaRollback: 0.02,
      onNewVersion: 'queue',
      holdDeadline: 24 * hour,
      freezeWindows: [],
      readiness: 'require',
      power: 'warn',
      emergency: { approvals: 1 },
      rollbackWindow: 24 * hour,
      onDrift: 'hold',
      escalateAfter: hour / 12,
      evidence: { every: 60_000, window: 60_000, lag: 120_000, source: 'callers' },
      stages: {
        test: { enabled: true, deadline: 2 * hour },
        evaluate: { enabled: true, deadline: 4 * hour, thresholds: [] },
        assess: { enabled: true },
        stage: { enabled: true, deadline: 1.5 * hour },
        verifyStaging: { enabled: true, deadline: hour },
        approve: { enabled: true, deadline: 72 * hour, approvals: 1 },
        warm: { deadline: 1.5 * hour },
        shadow: { enabled: true, deadline: hour, pairs: 300, alpha: 0.01, toleratedRatio: 1.1 },
        retire: { enabled: true, deadline: hour },
      },
    });
  });

  it('reads the moments of a freeze window with their offset, and leaves its weekly hours on their clocks', () => {
    const { freezeWindows } = policySchema.parse({ ...least, freezeWindows: [window, weekly] });
    expect(freezeWindows).toEqual([
      { ...window, from: Date.parse('2026-01-01T00:00:00Z'), until: Date.parse('2026-01-01T23:00:00Z') },
      weekly,
    ]);
  });

  it('has every stage on unless it is switched off', () => {
    const stages = Object.entries(
      policySchema.parse({ ...least, stages: { approve: { enabled: false } } }).stages,
    );
    const off = stages.filter(([, stage]) => 'enabled' in stage && !stage.enabled).map(([name]) => name);
    expect(off).toEqual(['approve']);
  });

  it.each<[string, object, string]>([
    ['an unknown key', { gatse: [] }, ''],
    ['an unknown strategy', { strategy: { kind: 'rolling' } }, 'strategy.kind'],
    ['a canary without steps', { strategy: { kind: 'canary', steps: [] } }, 'strategy.steps'],
    [
      'a share of 0',
      { strategy: { kind: 'canary', steps: [{ candidate: 0 }] } },
      'strategy.steps.0.candidate',
    ],
    [
      'a share of 101',
      { strategy: { kind: 'canary', steps: [{ candidate: 101 }] } },
      'strategy.steps.0.candidate',
    ],
    [
      'half a percent',
      { strategy: { kind: 'canary', steps: [{ candidate: 0.5 }] } },
      'strategy.steps.0.candidate',
    ],
    [
      'a share as text',
      { strategy: { kind: 'canary', steps: [{ candidate: '5' }] } },
      'strategy.steps.0.candidate',
    ],
    ['linear by 100', { strategy: { kind: 'linear', by: 100 } }, 'strategy.by'],
    ['a duration as a number', { holdDeadline: 60 }, 'holdDeadline'],
    ['an alpha of 0', { alphaRollback: 0 }, 'alphaRollback'],
    ['an alpha of one half', { alphaRollback: 0.5 }, 'alphaRollback'],
    ['an alpha that is no number', { alphaRollback: Number.NaN }, 'alphaRollback'],
    ['a soak that outlasts its state', { soak: { span: '10d' } }, 'soak.span'],
    [
      'a step that outlasts its state',
      { strategy: { kind: 'blueGreen', step: { deadline: '10d' } } },
      'strategy.step.deadline',
    ],
    ['a stage that outlasts its state', { stages: { test: { deadline: '10d' } } }, 'stages.test.deadline'],
    [
      'an approval that outlasts its state',
      { stages: { approve: { deadline: '30d' } } },
      'stages.approve.deadline',
    ],
    ['a hold that outlasts its state', { holdDeadline: '30d' }, 'holdDeadline'],
    [
      'a window that ends before it begins',
      { freezeWindows: [{ ...window, from: '2026-01-02T00:00:00Z', until: '2026-01-01T00:00:00Z' }] },
      'freezeWindows.0.until',
    ],
    [
      'a moment without its offset',
      { freezeWindows: [{ ...window, from: '2026-01-01T00:00:00' }] },
      'freezeWindows.0.from',
    ],
    ['a window without a reason', { freezeWindows: [{ ...weekly, why: '' }] }, 'freezeWindows.0.why'],
    ['a day that is none', { freezeWindows: [{ ...weekly, days: ['noon'] }] }, 'freezeWindows.0.days.0'],
    ['a window of no day', { freezeWindows: [{ ...weekly, days: [] }] }, 'freezeWindows.0.days'],
    ['an hour that is none', { freezeWindows: [{ ...weekly, until: '24:00' }] }, 'freezeWindows.0.until'],
    [
      'a time zone that is none',
      { freezeWindows: [{ ...weekly, timezone: 'Europe/Atlantis' }] },
      'freezeWindows.0.timezone',
    ],
    [
      'weekly windows that leave nothing open',
      { freezeWindows: [{ ...weekly, days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] }] },
      'freezeWindows',
    ],
    ['another thing to do without readiness', { readiness: 'ignore' }, 'readiness'],
    ['another thing to do about what is undecidable', { power: 'ignore' }, 'power'],
    ['less than no approvals', { emergency: { approvals: -1 } }, 'emergency.approvals'],
    ['windows of no length', { evidence: { window: '0s' } }, 'evidence.window'],
    ['another end at the deadline', { atDeadline: 'promote' }, 'atDeadline'],
    ['another thing to do with a new version', { onNewVersion: 'ignore' }, 'onNewVersion'],
    ['another source of evidence', { evidence: { source: 'rumour' } }, 'evidence.source'],
    ['no approvals', { stages: { approve: { approvals: 0 } } }, 'stages.approve.approvals'],
    ['an unknown stage', { stages: { deploy: {} } }, 'stages'],
    ['warming switched off', { stages: { warm: { enabled: false } } }, 'stages.warm'],
    ['shadow without pairs', { stages: { shadow: { pairs: 0 } } }, 'stages.shadow.pairs'],
    [
      'a threshold without a metric',
      { stages: { evaluate: { thresholds: [{ min: 1 }] } } },
      'stages.evaluate.thresholds.0.metric',
    ],
    ['a gate of an unknown kind', { gates: [{ name: 'g', kind: 'magic' }] }, 'gates.0.kind'],
    ['a gate without a name', { gates: [{ kind: 'errors' }] }, 'gates.0.name'],
    ['a gate whose name is a path', { gates: [{ ...errorsGate, name: '../x' }] }, 'gates.0.name'],
    [
      'a tolerated ratio below 1',
      { gates: [{ ...errorsGate, toleratedRatio: 0.9 }] },
      'gates.0.toleratedRatio',
    ],
    ['a harmful ratio of 1', { gates: [{ ...errorsGate, harmfulRatio: 1 }] }, 'gates.0.harmfulRatio'],
    ['a floor of 0', { gates: [{ ...errorsGate, floor: 0 }] }, 'gates.0.floor'],
    ['a ceiling of 1', { gates: [{ ...errorsGate, ceiling: 1 }] }, 'gates.0.ceiling'],
    ['a latency gate without a bound', { gates: [{ name: 'l', kind: 'latency-slo' }] }, 'gates.0.sloMs'],
    ['a quantile of 1', { gates: [{ ...latencyGate, quantile: 1 }] }, 'gates.0.quantile'],
    ['a bound on latency for errors', { gates: [{ ...errorsGate, sloMs: 300 }] }, 'gates.0'],
  ])('refuses %s and says where', (_, part, where) => {
    expect(faultsOf(policySchema, { ...least, ...part })).toEqual([where]);
  });
});

describe('an environment', () => {
  const withEndpoint = (part: object) => ({
    ...environment,
    endpoints: { fraud: { ...environment.endpoints.fraud, ...part } },
  });
  const withWorkspace = (part: object) => ({
    ...environment,
    workspaces: { production: { ...environment.workspaces.production, ...part } },
  });

  it('has the published defaults where it says nothing', () => {
    const parsed = environmentSchema.parse(environment);
    expect(parsed).toMatchObject({ tick: 15_000, intake: {} });
    expect(parsed.endpoints['fraud']).toEqual({
      ...environment.endpoints.fraud,
      mode: 'act',
      measureTraffic: false,
      drill: { inProduction: false },
      jobs: {},
      alerts: { tables: [], rules: [], upstream: { tables: [], rules: [] } },
    });
  });

  it.each<[string, unknown, string]>([
    ['looks without a pause', { ...environment, tick: '0s' }, 'tick'],
    ['another environment', { ...environment, environment: 'moon' }, 'environment'],
    ['a workspace of an unknown role', { ...environment, workspaces: { moon: {} } }, 'workspaces'],
    ['a host without a scheme', withWorkspace({ host: 'example.com' }), 'workspaces.production.host'],
    ['a host by ftp', withWorkspace({ host: 'ftp://example.com' }), 'workspaces.production.host'],
    [
      'a token written in',
      withWorkspace({ credentials: { kind: 'pat', token: 'dapi123' } }),
      'workspaces.production.credentials.token',
    ],
    [
      'half of a login',
      withWorkspace({ credentials: { kind: 'oauth', clientId: 'env:ID' } }),
      'workspaces.production.credentials.clientSecret',
    ],
    ['a model of two parts', withEndpoint({ model: 'ml.fraud' }), 'endpoints.fraud.model'],
    ['an endpoint with a slash', withEndpoint({ endpoint: 'a/b' }), 'endpoints.fraud.endpoint'],
    ['an endpoint of 64 characters', withEndpoint({ endpoint: 'x'.repeat(64) }), 'endpoints.fraud.endpoint'],
    ['a log that is no table', withEndpoint({ callers: 'requests' }), 'endpoints.fraud.callers'],
    [
      'a payload table of unknown completeness',
      withEndpoint({ payloadTable: { name: 'a.b.c' } }),
      'endpoints.fraud.payloadTable.complete',
    ],
    ['an unknown job', withEndpoint({ jobs: { deploy: '1' } }), 'endpoints.fraud.jobs'],
    [
      'probes that nobody vouches for',
      withEndpoint({ probes: { sideEffectFree: false, requests: [{}] } }),
      'endpoints.fraud.probes.sideEffectFree',
    ],
    [
      'probes without requests',
      withEndpoint({ probes: { sideEffectFree: true, requests: [] } }),
      'endpoints.fraud.probes.requests',
    ],
    [
      'intake without a secret',
      { ...environment, intake: { mlflow: { secrets: [] } } },
      'intake.mlflow.secrets',
    ],
    [
      'a secret written in',
      { ...environment, intake: { mlflow: { secrets: ['hunter2'] } } },
      'intake.mlflow.secrets.0',
    ],
  ])('refuses %s and says where', (_, value, where) => {
    expect(faultsOf(environmentSchema, value)).toEqual([where]);
  });

  it('does not repeat a secret that was written in by mistake', () => {
    const parsed = environmentSchema.safeParse({
      ...environment,
      intake: { mlflow: { secrets: ['hunter2'] } },
    });
    expect(JSON.stringify(parsed.error?.issues)).not.toContain('hunter2');
  });
});
