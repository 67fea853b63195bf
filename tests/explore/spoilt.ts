import { baseRuns, endpoint } from './base-runs.ts';
import type { StepTaken } from './invariants.ts';
import { Player } from './player.ts';
import { liveAt } from './root.ts';
import { take } from './step.ts';
import type { Happening, World } from './world.ts';

/** The good run's first shift of traffic and its end, and ways to spoil them. */

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

export { end, found };
export const shift = steps.find(
  ({ happenings }) => callOf(happenings, 'replace', 'ShiftTraffic') !== undefined,
);

function callOf(happenings: readonly Happening[], method: string, by?: string) {
  return happenings
    .filter((one) => one.kind === 'call')
    .find((one) => one.method === method && (by === undefined || one.actor?.name === by));
}

type Call = NonNullable<ReturnType<typeof callOf>>;

/** The step of the shift with its calls spoilt. */
export function spoilt(
  change: (call: Call) => Call,
  world: (world: World) => World = (one) => one,
): StepTaken {
  if (!shift) throw new RangeError('The good run shifts no traffic.');
  const happenings = shift.happenings.map((one) =>
    one.kind === 'call' ? change({ ...one, before: world(one.before) }) : one,
  );
  return { before: world(shift.before), after: world(shift.after), happenings };
}

export const write = (desired: object) => (call: Call) =>
  call.method === 'replace' ? { ...call, args: [endpoint, desired] } : call;

export const withRow =
  (change: object) =>
  (world: World): World => ({
    ...world,
    ledger: { ...world.ledger, endpoints: world.ledger.endpoints.map((row) => ({ ...row, ...change })) },
  });
export const withGhost =
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
export const withLedger =
  (change: object) =>
  (world: World): World => ({ ...world, ledger: { ...world.ledger, ...change } });
export const withActive =
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
export const routes = (...shares: readonly (readonly [string, number])[]) => ({
  traffic_config: {
    routes: shares.map(([name, share]) => ({ served_model_name: name, traffic_percentage: share })),
  },
});
export const entities = (...names: readonly string[]) => ({
  served_entities: names.map((name) => ({ name, entity_version: name.slice(-1) })),
});
export const same = (call: Call) => call;
export const badly = (method: string, args: (call: Call) => readonly unknown[]) => (call: Call) =>
  call.method === method ? { ...call, args: args(call) } : call;

/** The step with one more call of the ledger. */
export function withCall(
  method: string,
  args: readonly unknown[],
  world: (world: World) => World = (one) => one,
) {
  const step = spoilt(same, world);
  const like = callOf(step.happenings, 'recordIntent');
  if (!like) throw new RangeError('The shift records no intent.');
  return { ...step, happenings: [...step.happenings, { ...like, method, args }] };
}

/** The step at whose end the executions stand as given. */
export function standing(change: object, happenings: readonly Happening[] = []): StepTaken {
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
export const broken = (state: string, error: string) => standing({ status: 'FAILED', state, error });
export function failedAs(error: string, state: string): StepTaken {
  const arn = Object.keys(spoilt(same).after.executions)[0] ?? '';
  return standing({ state }, [{ kind: 'event', arn, type: 'TaskFailed', name: error, at: 0 }]);
}
