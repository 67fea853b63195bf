import type { CommandKind } from '../../src/domain/release.ts';

/** The runs that the search branches off: together they visit every state of the machine. */

export const endpoint = 'fraud-prod';
export const stagingEndpoint = 'fraud-staging';
export const model = 'prod.ml.fraud';
export const alias = 'champion';

/** Ticks, windows and looks share one grid, so that times fall into few classes. Milliseconds. */
export const grid = 60_000;

/** How versions and their surroundings behave. */
export interface Behaviour {
  /** Versions that fail half of their callers' requests. */
  readonly bad: readonly string[];
  /** Versions that fail their probes too. */
  readonly badInShadow: readonly string[];
  /** Version 1 is not ready any more once so many acts were done. */
  readonly unreadyFrom?: number;
  /** Version 2 is another artefact once so many acts were done. */
  readonly swappedFrom?: number;
  /** Reads stay behind for so many milliseconds after each accepted update. */
  readonly behindFor?: number;
  /** No update of production is allowed from so many acts on, until so many: a restore never ends before they are done. */
  readonly forbidden?: readonly [from: number, until: number];
  /** Alerts are about tables that no endpoint is known to use. */
  readonly unmapped?: true;
  /** Windows in which nothing moves forward, in milliseconds from the beginning of the run. */
  readonly windows?: readonly (readonly [from: number, until: number])[];
}

/** What people and other systems do in a base run, as soon as its moment has come. */
export type Act =
  | { readonly kind: 'register'; readonly version: string }
  | { readonly kind: 'command'; readonly command: CommandKind | ByHand; readonly actor: string }
  | { readonly kind: 'rollback' }
  | { readonly kind: 'alert'; readonly incident: string }
  | { readonly kind: 'start'; readonly version: string };

/** What a person may do to an endpoint, whatever is in release there; `execute` and `stop`: begins version 3, or ends
 *  the execution that runs, at the engine itself. */
export type ByHand = 'freeze' | 'unfreeze' | 'drill' | 'execute' | 'stop';

/** `open`: the release stands in that state. `restoring`: so long after the way back began. `idle`: nothing runs and nothing waits. */
export type Moment =
  | { readonly open: string; readonly for?: number }
  | { readonly restoring: number }
  | 'idle'
  | 'now';

export interface BaseRun {
  readonly name: string;
  readonly behaviour: Behaviour;
  readonly acts: readonly (readonly [Moment, Act])[];
  /** Its surroundings are a trouble that does not pass: with it every fault is one of a pair already. */
  readonly troubled?: true;
  /** How its releases end when nothing goes wrong, or only what passes by itself. */
  readonly ends: string;
  readonly onNewVersion?: 'queue' | 'supersede';
  /** Faults begin once so many acts were done: until then the run is the same as `good`, where they are explored. */
  readonly faultsFrom?: number;
  /** Faults end when so many releases stand in this state: from there on it is `good` again. */
  readonly faultsUntil?: { readonly releases: number; readonly state: string };
}

/** When every run begins, in milliseconds since 1970. */
export const beginning = Date.parse('2026-01-05T09:00:00Z');

const good: Behaviour = { bad: [], badInShadow: [] };
const bad: Behaviour = { bad: ['2'], badInShadow: [] };
const registered = ['now', { kind: 'register', version: '2' }] as const;
const approved = [{ open: 'Approve' }, { kind: 'command', command: 'approve', actor: 'ana' }] as const;
/** Refused where nothing is held: it is there for faults to begin with the act after it. */
const before = (state: string) =>
  [{ open: state }, { kind: 'command', command: 'resume', actor: 'ben' }] as const;
const second = 1_000;

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
    acts: [
      registered,
      approved,
      [{ open: 'Bake' }, { kind: 'alert', incident: 'inc-1' }],
      // Nobody is asked: were it only held, it would go on.
      [
        { open: 'Hold', for: 40_000 },
        { kind: 'command', command: 'resume', actor: 'ben' },
      ],
    ],
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
  {
    name: 'freeze',
    ends: 'release 2 promoted',
    behaviour: good,
    faultsFrom: 3,
    faultsUntil: { releases: 1, state: 'Hold' },
    acts: [
      registered,
      approved,
      before('Bake'),
      ['now', { kind: 'command', command: 'freeze', actor: 'cy' }],
      [{ open: 'Hold' }, { kind: 'command', command: 'resume', actor: 'ben' }],
      [
        { open: 'Hold', for: 40_000 },
        { kind: 'command', command: 'unfreeze', actor: 'cy' },
      ],
      [{ open: 'Hold' }, { kind: 'command', command: 'resume', actor: 'cy' }],
    ],
  },
  {
    name: 'unready',
    troubled: true,
    ends: 'release 2 rejected',
    behaviour: { ...good, unreadyFrom: 2 },
    faultsFrom: 3,
    faultsUntil: { releases: 1, state: 'Hold' },
    acts: [registered, approved, before('Shadow')],
  },
  {
    name: 'refused',
    troubled: true,
    ends: 'release 2 rolledBack',
    behaviour: { ...good, forbidden: [3, 4] },
    faultsFrom: 3,
    faultsUntil: { releases: 1, state: 'AwaitBaseline' },
    acts: [
      registered,
      approved,
      [{ open: 'Bake' }, { kind: 'command', command: 'abort', actor: 'ben' }],
      [{ restoring: 100_000 }, { kind: 'command', command: 'resume', actor: 'ben' }],
    ],
  },
  {
    name: 'behind',
    troubled: true,
    ends: 'release 2 promoted',
    behaviour: { ...good, behindFor: 50 * second },
    faultsFrom: 3,
    faultsUntil: { releases: 1, state: 'Bake' },
    acts: [registered, approved, before('Shadow')],
  },
  {
    name: 'windows',
    ends: 'release 2 promoted',
    behaviour: {
      ...good,
      windows: [
        [230 * second, 290 * second],
        [410 * second, 500 * second],
        [690 * second, 760 * second],
      ],
    },
    // Worlds are merged whatever the time of day is, and windows are about that: only the way without a fault is walked.
    faultsFrom: 99,
    acts: [registered, approved],
  },
  {
    name: 'drill',
    ends: 'drill 1 restored',
    behaviour: good,
    faultsFrom: 99,
    acts: [['now', { kind: 'command', command: 'drill', actor: 'cy' }]],
  },
  {
    name: 'untidy',
    ends: 'release 2 promoted',
    behaviour: { ...good, forbidden: [3, 4] },
    faultsFrom: 99,
    acts: [
      registered,
      approved,
      before('RetireBaseline'),
      // Without faults nothing goes back, and the platform refuses to the end; a way back ends once it does not.
      [{ restoring: 100_000 }, { kind: 'command', command: 'resume', actor: 'ben' }],
    ],
  },
  {
    name: 'unmapped',
    ends: 'release 2 promoted',
    behaviour: { ...good, unmapped: true },
    faultsFrom: 99,
    acts: [registered, approved, [{ open: 'Bake' }, { kind: 'alert', incident: 'inc-1' }]],
  },
  {
    name: 'hasty',
    ends: 'release 2 promoted',
    behaviour: good,
    faultsFrom: 99,
    acts: [
      registered,
      approved,
      [{ open: 'Bake' }, { kind: 'command', command: 'hold', actor: 'ben' }],
      ['now', { kind: 'command', command: 'resume', actor: 'ben' }],
    ],
  },
  {
    name: 'forgotten',
    ends: 'release 2 rolledBack',
    behaviour: good,
    faultsFrom: 99,
    acts: [registered, approved, [{ open: 'Bake' }, { kind: 'command', command: 'hold', actor: 'ben' }]],
  },
  {
    name: 'rival',
    ends: 'release 2 promoted, release 3 rejected',
    behaviour: good,
    faultsFrom: 99,
    acts: [
      registered,
      [{ open: 'Approve' }, { kind: 'command', command: 'approve', actor: 'mlflow' }],
      approved,
      [{ open: 'Bake' }, { kind: 'command', command: 'execute', actor: 'cy' }],
      [{ open: 'Bake' }, { kind: 'rollback' }],
    ],
  },
  {
    name: 'orphan',
    troubled: true,
    ends: 'release 2 promoted',
    behaviour: good,
    faultsFrom: 3,
    acts: [
      registered,
      approved,
      [{ open: 'RetireBaseline' }, { kind: 'command', command: 'stop', actor: 'cy' }],
    ],
  },
  {
    name: 'stopped orphan',
    troubled: true,
    ends: 'release 2 rolledBack',
    behaviour: good,
    faultsFrom: 4,
    acts: [
      registered,
      approved,
      [{ open: 'RetireBaseline' }, { kind: 'command', command: 'stop', actor: 'cy' }],
      ['now', { kind: 'command', command: 'abort', actor: 'ben' }],
    ],
  },
  {
    name: 'swapped',
    ends: 'release 2 rejected',
    behaviour: { ...good, swappedFrom: 2 },
    faultsFrom: 99,
    acts: [registered, approved],
  },
  {
    name: 'swapped late',
    ends: 'release 2 rolledBack',
    behaviour: { ...good, swappedFrom: 3 },
    faultsFrom: 99,
    acts: [registered, approved, before('Bake')],
  },
];
