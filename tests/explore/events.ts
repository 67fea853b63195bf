import { changed, routesOf } from '../../src/adapters/databricks/configuration.ts';
import { traffic } from '../../src/domain/traffic.ts';
import { endpoint, grid } from './base-runs.ts';
import type { Controller, Request } from './controller.ts';
import { executionsOf } from './fakes/machine.ts';
import { endpointOf, saveEndpoint } from './fakes/serving.ts';
import type { EventName } from './fault.ts';
import { actInvocation, runningRelease } from './step.ts';
import { changeWorld, type Live } from './world.ts';

/** What people, other systems and the platform do beside the controller, at any moment. */

/** Whether the event means anything in this world: one that could not happen is no fault. */
export function canHappen(event: EventName, live: Live): boolean {
  const { world } = live;
  switch (event) {
    case 'alert':
    case 'abort':
    case 'rollback':
    case 'hold':
      return runningRelease(live) !== undefined;
    case 'register':
    case 'start':
      return (
        world.ledger.releases.length > 0 &&
        !world.ledger.releases.some(({ version }) => version === '4' || version === '5')
      );
    case 'stop':
      return executionsOf(world).some(({ status }) => status === 'RUNNING');
    case 'redrive':
      return executionsOf(world).some(({ status }) => !['RUNNING', 'SUCCEEDED'].includes(status));
    case 'staleToken':
      return world.ledger.waits.some(({ phase }) => phase === 'closed');
    case 'foreignTraffic':
    case 'foreignField':
      return (
        world.ghost.foreign[endpoint] === undefined &&
        world.workspace.endpoints[endpoint]?.update === null &&
        world.ledger.releases.length > 0
      );
    case 'duplicate':
      return world.ledger.deliveries.some(({ published }) => published);
    case 'late':
      return world.bus.length > 0;
    case 'lost':
      return world.broke > 0 || world.bus.some(({ event }) => event.type === 'DataAlertRaised');
    case 'reorder':
      return world.bus.length > 1;
    case 'noApproval':
      return world.ledger.waits.some(({ state, phase }) => state === 'Approve' && phase === 'open');
    case 'noTicks':
      return runningRelease(live) !== undefined;
  }
}

export async function happen(controller: Controller, live: Live, event: EventName): Promise<void> {
  const { world } = live;
  const ask = async (request: Request) => {
    await controller.invoke(live, 'Operate', request);
  };
  const releaseId = runningRelease(live) ?? 'none';
  switch (event) {
    case 'alert': {
      const act = actInvocation(live, { kind: 'alert', incident: 'inc-9' });
      await controller.invoke(live, act.name, act.event);
      return;
    }
    case 'abort':
    case 'rollback':
    case 'hold':
      return ask({ ask: 'command', releaseId, kind: event, actor: 'eve' });
    case 'register': {
      const act = actInvocation(live, { kind: 'register', version: '4' });
      await controller.invoke(live, act.name, act.event);
      return;
    }
    case 'start':
      return ask({ ask: 'start', endpoint, version: '5', intent: 'release', actor: 'eve' });
    case 'stop':
      for (const { arn } of executionsOf(world)) controller.engine.stop(live, arn, 'as the explorer asks');
      return;
    case 'redrive': {
      const closed = executionsOf(world).findLast(({ status }) => !['RUNNING', 'SUCCEEDED'].includes(status));
      if (closed) controller.engine.redrive(live, closed.arn);
      return;
    }
    case 'staleToken': {
      const token = world.ledger.waits.findLast(({ phase }) => phase === 'closed')?.token ?? 'none';
      controller.engine.answer(live, token, { kind: 'failed', error: 'StageFailed', cause: 'late' });
      controller.engine.answer(live, token, { kind: 'succeeded', output: { says: 'late', evidence: null } });
      return;
    }
    case 'foreignTraffic':
    case 'foreignField':
      return changeByHand(live, event === 'foreignTraffic' ? 'traffic' : 'field');
    case 'duplicate': {
      const last = world.ledger.deliveries.findLast(({ published }) => published);
      if (last) await controller.republish(live, last.event);
      return;
    }
    case 'late':
      return changeWorld(live, {
        bus: world.bus.map((one) => ({ ...one, notBefore: one.notBefore + 6 * grid })),
      });
    case 'lost':
      // A registered version is announced once; its loss is the bus's promise broken, and a person's to see.
      return changeWorld(live, {
        broke: 0,
        bus: world.bus.filter((one) => one.event.type !== 'DataAlertRaised'),
      });
    case 'reorder':
      return changeWorld(live, { bus: world.bus.toReversed() });
    case 'noApproval':
      return changeWorld(live, { acted: world.acted + 1 });
    case 'noTicks':
      return changeWorld(live, {
        nextTick: world.nextTick + 6 * grid,
        nextReconcile: world.nextReconcile + 6 * grid,
      });
  }
}

/** Somebody with a console: at once, past the ledger. */
function changeByHand(live: Live, what: 'traffic' | 'field'): void {
  const state = endpointOf(live, endpoint);
  const names = routesOf(state.active).map((route) => String(route['served_model_name']));
  const [first = '', second] = names;
  const active =
    what === 'field'
      ? { ...state.active, tags: [{ key: 'changed-by', value: 'hand' }] }
      : changed(state.active, {
          traffic: second === undefined ? traffic({ [first]: 100 }) : traffic({ [first]: 60, [second]: 40 }),
        });
  saveEndpoint(live, endpoint, { ...state, active, configVersion: state.configVersion + 1 });
  live.happenings.push({ kind: 'foreign', endpoint, what, at: live.world.now });
}
