import { type EnvironmentConfig, environmentSchema } from '../../src/contracts/policy.ts';
import type { CommandKind } from '../../src/domain/release.ts';

/** The runs that the search branches off: together they visit every state of the machine. */

export const endpoint = 'fraud-prod';
export const stagingEndpoint = 'fraud-staging';
export const model = 'prod.ml.fraud';

/** Ticks, windows and looks share one grid, so that times fall into few classes. Milliseconds. */
export const grid = 30_000;

export interface Behaviour {
  /** Versions that fail half of their callers' requests. */
  readonly bad: readonly string[];
  /** Versions that fail their probes too. */
  readonly badInShadow: readonly string[];
}

/** What people and other systems do in a base run, as soon as its moment has come. */
export type Act =
  | { readonly kind: 'register'; readonly version: string }
  | { readonly kind: 'command'; readonly command: CommandKind; readonly actor: string }
  | { readonly kind: 'rollback' }
  | { readonly kind: 'alert'; readonly incident: string }
  | { readonly kind: 'start'; readonly version: string };

/** `open`: the release stands in that state. `idle`: nothing runs and nothing waits. */
export type Moment = { readonly open: string; readonly for?: number } | 'idle' | 'now';

export interface BaseRun {
  readonly name: string;
  readonly behaviour: Behaviour;
  readonly acts: readonly (readonly [Moment, Act])[];
  /** How its releases end when nothing goes wrong, or only what passes by itself. */
  readonly ends: string;
  readonly onNewVersion?: 'queue' | 'supersede';
  /** Faults begin once so many acts were done: until then the run is the same as `good`, where they are explored. */
  readonly faultsFrom?: number;
  /** Faults end when so many releases stand in this state: from there on it is `good` again. */
  readonly faultsUntil?: { readonly releases: number; readonly state: string };
}

const good: Behaviour = { bad: [], badInShadow: [] };
const bad: Behaviour = { bad: ['2'], badInShadow: [] };
const registered = ['now', { kind: 'register', version: '2' }] as const;
const approved = [{ open: 'Approve' }, { kind: 'command', command: 'approve', actor: 'ana' }] as const;

export const baseRuns: readonly BaseRun[] = [
  { name: 'good', ends: 'release 2 promoted', behaviour: good, acts: [registered, approved] },
  { name: 'bad', ends: 'release 2 rolledBack', behaviour: bad, acts: [registered, approved] },
  {
    name: 'rollback',
    ends: 'release 2 promoted, rollback 1 restored',
    behaviour: good,
    faultsFrom: 3,
    acts: [registered, approved, ['idle', { kind: 'rollback' }]],
  },
  {
    name: 'hold',
    ends: 'release 2 promoted',
    behaviour: good,
    faultsFrom: 3,
    acts: [
      registered,
      approved,
      [{ open: 'Bake' }, { kind: 'command', command: 'hold', actor: 'ben' }],
      [
        { open: 'Hold', for: 40_000 },
        { kind: 'command', command: 'resume', actor: 'ben' },
      ],
    ],
  },
  {
    name: 'alert',
    ends: 'release 2 rolledBack',
    behaviour: good,
    faultsFrom: 3,
    acts: [registered, approved, [{ open: 'Bake' }, { kind: 'alert', incident: 'inc-1' }]],
  },
  {
    name: 'supersede',
    ends: 'release 2 superseded, release 3 promoted',
    behaviour: good,
    faultsFrom: 3,
    faultsUntil: { releases: 2, state: 'Evaluate' },
    onNewVersion: 'supersede',
    acts: [registered, approved, [{ open: 'Bake' }, { kind: 'register', version: '3' }], approved],
  },
];

export function environmentOf(run: BaseRun): EnvironmentConfig {
  const workspace = { host: 'https://example.com', credentials: { kind: 'pat', token: 'env:TOKEN' } };
  return environmentSchema.parse({
    environment: 'production',
    workspaces: { production: workspace, staging: workspace, evaluate: workspace, test: workspace },
    endpoints: {
      fraud: {
        model,
        endpoint,
        policy: 'default',
        warehouse: 'w1',
        callers: 'prod.serving.callers',
        stagingEndpoint,
        alias: 'champion',
        hiddenFields: 'none',
        jobs: { test: '1', evaluate: '2', verifyStaging: '3' },
        alerts: { tables: ['prod.features.fraud'], rules: [] },
        probes: { sideEffectFree: true, requests: [{ x: 1 }], perTick: 4 },
      },
    },
    policies: {
      default: {
        strategy: { kind: 'canary', steps: [{ candidate: 10, minBake: '30s', deadline: '5m' }] },
        gates: [{ name: 'errors', kind: 'errors', ceiling: 0.05 }],
        soak: { span: '30s' },
        onNewVersion: run.onNewVersion ?? 'queue',
        holdDeadline: '10m',
        evidence: { every: '30s', window: '30s', lag: '0s' },
        stages: {
          test: { deadline: '5m' },
          evaluate: { deadline: '5m' },
          stage: { deadline: '5m' },
          verifyStaging: { deadline: '5m' },
          approve: { deadline: '10m' },
          warm: { deadline: '5m' },
          shadow: { deadline: '5m', pairs: 4 },
          retire: { deadline: '5m' },
        },
      },
    },
    tick: '30s',
  });
}

/** The endpoint of a model that the configuration knows. */
export const findConfigured = (name: string): string | undefined => (name === model ? endpoint : undefined);
