import { describe, expect, it } from 'vitest';
import { baseRuns, endpoint } from './base-runs.ts';
import { type StepTaken, stepInvariants, violationsAtRest, violationsOf } from './invariants.ts';
import { Player } from './player.ts';
import { replay } from './replay.ts';
import { liveAt } from './root.ts';
import { type Seed, seedOf, seedText } from './seed.ts';
import { take } from './step.ts';
import type { Happening, World } from './world.ts';

const good = baseRuns.find((one) => one.name === 'good');
if (!good) throw new RangeError('There is no good run.');

/** The world of the good run at its first traffic, before the shift is written, and at its end. */
async function moments() {
  const player = new Player(good as NonNullable<typeof good>);
  let node = await player.root();
  const steps: StepTaken[] = [];
  while (node.due.kind !== 'rest') {
    const live = liveAt(node.world);
    await take(player.controller, live, node.due);
    const { world } = node;
    node = await player.stand(live, node.depth + 1, [], world);
    steps.push({ before: world, after: node.world, happenings: live.happenings });
  }
  return { steps, end: node.world, found: player.found };
}

const { steps, end, found } = await moments();
const named = (name: string) => violationsOf.length > 0 && stepInvariants.find((one) => one.name === name);
const shift = steps.find(({ happenings }) => callOf(happenings, 'replace', 'ShiftTraffic') !== undefined);

function callOf(happenings: readonly Happening[], method: string, by?: string) {
  return happenings
    .filter((one) => one.kind === 'call')
    .find((one) => one.method === method && (by === undefined || one.actor?.name === by));
}

type Call = NonNullable<ReturnType<typeof callOf>>;

/** The step of the shift with its calls spoilt. */
function spoilt(change: (call: Call) => Call, world: (world: World) => World = (one) => one): StepTaken {
  if (!shift) throw new RangeError('The good run shifts no traffic.');
  const happenings = shift.happenings.map((one) =>
    one.kind === 'call' ? change({ ...one, before: world(one.before) }) : one,
  );
  return { before: world(shift.before), after: world(shift.after), happenings };
}

const write = (desired: object) => (call: Call) =>
  call.method === 'replace' ? { ...call, args: [endpoint, desired] } : call;

const withRow =
  (change: object) =>
  (world: World): World => ({
    ...world,
    ledger: { ...world.ledger, endpoints: world.ledger.endpoints.map((row) => ({ ...row, ...change })) },
  });
const withGhost =
  (change: object) =>
  (world: World): World => ({
    ...world,
    ghost: {
      ...world.ghost,
      releases: Object.fromEntries(
        Object.entries(world.ghost.releases).map(([id, one]) => [id, { ...one, ...change }]),
      ),
    },
  });
const withLedger =
  (change: object) =>
  (world: World): World => ({ ...world, ledger: { ...world.ledger, ...change } });
const withActive =
  (change: (active: object) => object) =>
  (world: World): World => {
    const state = world.workspace.endpoints[endpoint];
    if (!state) throw new RangeError(endpoint);
    const changed = { ...state, active: { ...change(state.active) } };
    return {
      ...world,
      workspace: { ...world.workspace, endpoints: { ...world.workspace.endpoints, [endpoint]: changed } },
    };
  };
const routes = (...shares: readonly (readonly [string, number])[]) => ({
  traffic_config: {
    routes: shares.map(([name, share]) => ({ served_model_name: name, traffic_percentage: share })),
  },
});
const entities = (...names: readonly string[]) => ({
  served_entities: names.map((name) => ({ name, entity_version: name.slice(-1) })),
});
const same = (call: Call) => call;
const badly = (method: string, args: (call: Call) => readonly unknown[]) => (call: Call) =>
  call.method === method ? { ...call, args: args(call) } : call;

/** The step with one more call of the ledger. */
function withCall(method: string, args: readonly unknown[], world: (world: World) => World = (one) => one) {
  const step = spoilt(same, world);
  const like = callOf(step.happenings, 'recordIntent');
  if (!like) throw new RangeError('The shift records no intent.');
  return { ...step, happenings: [...step.happenings, { ...like, method, args }] };
}

/** The step at whose end the executions stand as given. */
function standing(change: object, happenings: readonly Happening[] = []): StepTaken {
  const step = spoilt(same);
  const changed = Object.entries(step.after.executions).map(([arn, one]) => {
    return [arn, { ...one, ...change, position: { ...one.position, ...change } }] as const;
  });
  const executions = Object.fromEntries(changed) as World['executions'];
  return {
    ...step,
    after: { ...step.after, executions },
    happenings: [...step.happenings, ...happenings],
  };
}
const broken = (state: string, error: string) => standing({ status: 'FAILED', state, error });
function failedAs(error: string, state: string): StepTaken {
  const arn = Object.keys(spoilt(same).after.executions)[0] ?? '';
  return standing({ state }, [{ kind: 'event', arn, type: 'TaskFailed', name: error, at: 0 }]);
}

const planted: Readonly<Record<string, () => StepTaken>> = {
  'shares are whole and sum to 100': () =>
    spoilt(
      same,
      withActive((active) => ({ ...active, ...routes(['fraud-1', 90]) })),
    ),
  'traffic only to what was ready before': () =>
    spoilt(write({ ...entities('fraud-1', 'fraud-9'), ...routes(['fraud-1', 90], ['fraud-9', 10]) })),
  'one candidate at most': () =>
    spoilt(write({ ...entities('fraud-1', 'fraud-2'), ...routes(['fraud-2', 50], ['fraud-3', 50]) })),
  'no unapproved traffic': () => spoilt(same, withLedger({ commands: [] })),
  'what serves is not removed': () => spoilt(write({ ...entities('fraud-2'), ...routes(['fraud-2', 100]) })),
  'a stop is a stop': () => spoilt(same, withGhost({ stopAt: 1 })),
  'what somebody else changed is kept': () =>
    spoilt(same, (world) => ({
      ...withActive((active) => ({ ...active, tags: [] }))(world),
      ghost: { ...world.ghost, foreign: { [endpoint]: { what: 'field', at: 1, epoch: 1 } } },
    })),
  'one writer': () => spoilt(badly('recordIntent', ({ args }) => [{ endpoint, epoch: 0 }, args[1]])),
  'intent before write': () =>
    spoilt(write({ ...entities('fraud-1', 'fraud-2'), ...routes(['fraud-1', 100]) })),
  'no way forward while going back': () => spoilt(same, withRow({ phase: 'restoring' })),
  'the way back is fixed': () => spoilt(same, withGhost({ target: 'another' })),
  'silence after the end': () => spoilt(same, withRow({ owner: null })),
  'one outcome': () =>
    spoilt(same, (world) => ({
      ...withLedger({ releases: end.ledger.releases })(world),
      ghost: withGhost({ outcome: 'rejected' })(world).ghost,
    })),
  'three calls to the way back': () =>
    spoilt(same, withGhost({ calls: 4, acceptedAt: 1, restoreAt: 1, hadTraffic: true })),
  'what lands late is healed': () => spoilt(same, withGhost({ unhealedSince: 1 })),
  'what was asked comes first': () =>
    spoilt(same, (world) => {
      const [release] = world.ledger.releases;
      const asked = { releaseId: release?.releaseId, kind: 'abort', phase: 'pending' };
      return withLedger({ commands: [...world.ledger.commands, asked] })(world);
    }),
  'every error is caught': () => broken('Bake', 'SomethingUnknown'),
  'whoever lost the lease does nothing more': () => failedAs('LeaseLost', 'VerifyTraffic'),
  'what asks to wait undoes nothing': () => failedAs('HoldRequested', 'RestoreBaseline'),
  'what is judged was observed': () => {
    const wait = {
      kind: 'traffic',
      state: 'Bake',
      reference: { exposure: [{ candidate: 50, until: null }] },
    };
    return withCall('registerWait', [{ endpoint, epoch: 1 }, wait]);
  },
  'final means that the baseline serves': () =>
    withCall('close', [{ endpoint, epoch: 1 }, 'rel-1', { kind: 'rolledBack', says: '' }], (world) =>
      withActive((active) => ({ ...active, ...routes(['fraud-1', 90], ['fraud-2', 10]) }))(world),
    ),
  'the baseline is observed in time': () => spoilt(same, withGhost({ acceptedAt: 1 })),
  'histories and states stay small': () => {
    const step = spoilt(same);
    const grown = Object.entries(step.after.executions).map(([arn, one]) => [
      arn,
      { ...one, lastEvent: 25_000 },
    ]);
    return { ...step, after: { ...step.after, executions: Object.fromEntries(grown) } };
  },
  'no secret is told': () => spoilt(badly('audit', () => [{ says: 'canary-4f1d9a-secret' }])),
};

describe('invariants', () => {
  it('hold in a run that nothing befalls', () => {
    expect([...found.values()]).toEqual([]);
    expect(violationsAtRest(end)).toEqual([]);
  });

  it('are planted against, every one of them', () => {
    expect(Object.keys(planted).toSorted()).toEqual(stepInvariants.map(({ name }) => name).toSorted());
  });

  it.each(Object.keys(planted))('sees a history that breaks it: %s', (name) => {
    const invariant = named(name) || undefined;
    const step = planted[name]?.();
    if (!invariant || !step) throw new RangeError(name);
    expect(shift && invariant.broken(shift)).toBeUndefined();
    expect(invariant.broken(step)).toEqual(expect.any(String));
  });

  const rests: Readonly<Record<string, (world: World) => World>> = {
    'every command is answered': (world) =>
      withLedger({ commands: world.ledger.commands.map((one) => ({ ...one, phase: 'pending' })) })(world),
    'nothing is lost': withLedger({ releases: [] }),
    'every start ends': withRow({ owner: { releaseId: 'rel-1', executionArn: 'arn' } }),
    'the endpoint is its last good configuration': withActive((active) => ({ ...active, more: 1 })),
    'promoted means served and proven': (world) =>
      withLedger({ releases: world.ledger.releases.map((one) => ({ ...one, files: [] })) })(world),
    'the trail is whole': (world) => withLedger({ audit: world.ledger.audit.slice(1) })(world),
    'the machine says what the ledger says': (world) =>
      withLedger({
        releases: world.ledger.releases.map((one) => ({ ...one, outcome: { kind: 'rejected', says: '' } })),
      })(world),
  };

  it.each(Object.keys(rests))('sees an end that breaks it: %s', (name) => {
    const spoil = rests[name];
    expect(spoil && violationsAtRest(spoil(end)).map(({ invariant }) => invariant)).toContain(name);
  });
});

describe('seeds', () => {
  const seed: Seed = {
    run: 'good',
    choices: [{ step: 3, choice: { kind: 'event', event: 'abort' } }],
    chance: 7,
  };

  it('come back as they were', () => expect(seedOf(seedText(seed))).toEqual(seed));

  it('are refused with a hint when they are none', () =>
    expect(() => seedOf('no seed')).toThrow(/after "seed"/));

  it('give the same run each time', async () => expect(await replay(seed)).toEqual(await replay(seed)));
});
