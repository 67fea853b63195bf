import { onTestFinished } from 'vitest';
import type * as z from 'zod';
import { openSqliteLedger } from '../../src/adapters/local/sqlite-ledger.ts';
import type { PlanDocument } from '../../src/app/plan-document.ts';
import type { Ledger } from '../../src/app/ports/ledger.ts';
import type { Ports } from '../../src/app/ports/ports.ts';
import type { RequestEvidence, Workspace } from '../../src/app/ports/workspace.ts';
import { planFromPolicy } from '../../src/app/stages/plan-release.ts';
import { type EnvironmentConfig, environmentSchema, policySchema } from '../../src/contracts/policy.ts';
import { type Instant, instant } from '../../src/domain/units.ts';

export type PolicyInput = z.input<typeof policySchema>;

export const aPolicy = {
  strategy: { kind: 'canary', steps: [{ candidate: 5 }, { candidate: 50 }] },
  gates: [
    { name: 'errors', kind: 'errors' },
    { name: 'latency', kind: 'latency-slo', sloMs: 300 },
  ],
} satisfies PolicyInput;

export function environmentWith(policy: Partial<PolicyInput> = {}): EnvironmentConfig {
  return environmentSchema.parse({
    environment: 'production',
    workspaces: {
      production: { host: 'https://example.com', credentials: { kind: 'pat', token: 'env:TOKEN' } },
    },
    endpoints: {
      fraud: {
        model: 'prod.ml.fraud',
        endpoint: 'fraud-prod',
        policy: 'default',
        warehouse: 'w1',
        callers: 'prod.serving.callers',
        payloadTable: { name: 'prod.serving.payload', complete: true },
      },
    },
    policies: { default: { ...aPolicy, ...policy } },
  });
}

export function documentOf(input: Partial<PolicyInput> = {}): PlanDocument {
  const policy = policySchema.parse({ ...aPolicy, ...input });
  return {
    schema: 'headgate.plan/v1',
    release: {
      releaseId: 'rel-fraud-prod-2-x',
      endpoint: 'fraud-prod',
      model: 'prod.ml.fraud',
      version: '2',
      intent: 'release',
    },
    mode: 'act',
    emergency: null,
    policyName: 'default',
    policy,
    plan: planFromPolicy(policy),
    baseline: { entity: 'fraud-1', version: '1' },
    candidate: { entity: 'fraud-2', version: '2' },
    artefactDigest: 'a'.repeat(64),
    skipped: [],
    plannedAt: 0,
  };
}

/** A ledger that lasts as long as the test. */
export function aLedger(): Ledger {
  const ledger = openSqliteLedger(':memory:');
  onTestFinished(() => ledger.shut());
  return ledger;
}

const nowhere = async (): Promise<never> => {
  throw new Error('Nobody expected this port to be used.');
};

export interface AtHand {
  readonly now: Instant;
  readonly ledger?: Ledger;
  readonly environment?: EnvironmentConfig;
  readonly requests?: Partial<RequestEvidence>;
  readonly observe?: Workspace['serving']['observe'];
  /** Executions by name; those that end are set to another phase by the test. */
  readonly executions?: Map<string, 'running' | 'failed'>;
}

/** Ports for the small rooms: a real ledger, an engine that is a map, and nothing else unless the test gives it. */
export function portsAtHand({ now, ledger = aLedger(), ...more }: AtHand): Ports {
  const executions = more.executions ?? new Map<string, 'running' | 'failed'>();
  const workspace: Workspace = {
    serving: {
      observe: more.observe ?? nowhere,
      replace: nowhere,
      probe: nowhere,
      request: (_endpoint, body) => ({ method: 'PUT', path: '/config', body, confidential: false }),
      change: (base) => base,
      differences: () => [],
    },
    jobs: { start: nowhere, run: nowhere, output: nowhere, cancel: nowhere },
    registry: {
      version: nowhere,
      alias: nowhere,
      setAlias: nowhere,
      tag: nowhere,
      keepText: nowhere,
      keptText: nowhere,
    },
    requests: { ask: nowhere, answer: nowhere, cancel: nowhere, ...more.requests },
  };
  return {
    clock: { now: () => instant(now), sleep: nowhere },
    ledger,
    evidence: { put: nowhere, get: nowhere },
    machine: {
      start: async (_machine, name) => {
        const began = executions.has(name) ? 'alreadyExists' : 'started';
        if (began === 'started') executions.set(name, 'running');
        return { executionArn: `arn:${name}`, began };
      },
      succeed: async () => 'gone',
      fail: async () => 'gone',
      stop: async (arn) => {
        const name = arn.replace(/^arn:/, '');
        if (executions.has(name)) executions.set(name, 'failed');
      },
      phase: async (arn) => executions.get(arn.replace(/^arn:/, '')) ?? 'unknown',
    },
    bus: { publish: nowhere },
    environment: more.environment ?? environmentWith(),
    workspace: () => workspace,
    mlflow: { read: nowhere },
    monteCarlo: { read: nowhere },
    incidents: { read: nowhere, comment: nowhere },
  };
}
