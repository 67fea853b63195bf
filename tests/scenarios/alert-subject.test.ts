import { describe, expect, it } from 'vitest';
import { accept } from '../../src/app/command.ts';
import { ReleaseError } from '../../src/contracts/errors.ts';
import { busEvent } from '../../src/contracts/events.ts';
import { minutes } from '../../src/domain/units.ts';
import { alerted, commandsOf, lines, needs, ownTable, watching } from './alerted.ts';
import { alertDelivery } from './deliveries.ts';
import { foreign } from './refusal-table.ts';
import { endpoint, healthy, openStage, type Setting } from './stage.ts';

/** Which release an alert is about when more than one could be. */

const running: Setting = { fraud: watching };
const approving: Setting = { policy: { stages: { approve: { enabled: true } } }, fraud: watching };

describe('an incident on what the version makes that was promoted last', () => {
  it('undoes it while a drill runs, and the drill gives way', async () => {
    const stage = await openStage({ ...running, fraud: { ...watching, drill: { inProduction: true } } });
    await stage.end(await stage.register(healthy));
    await stage.pass(minutes(5));
    const wish = { inProduction: true, reason: 'quarterly', actor: 'ada' };
    const { release } = await stage.clock.busy(() => stage.controller.operations.drill(endpoint, wish));
    await stage.until(release, 'WarmCandidate');
    await alerted(stage);
    await stage.pass(minutes(60));
    expect(await stage.serving()).toEqual({ 1: 100 });
  });

  it('ends a newer one that has had no traffic, and a person is told what is to be undone after it', async () => {
    const stage = await openStage(approving);
    const first = await stage.register(healthy);
    await stage.until(first, 'Approve');
    await stage.approve(first);
    await stage.end(first);
    await stage.pass(minutes(5));
    const second = await stage.register(healthy);
    await stage.until(second, 'Approve');
    await alerted(stage);
    expect((await stage.end(second)).outcome?.kind).toBe('rejected');
    expect(await needs(stage)).toEqual([expect.stringContaining('headgate rollback')]);
    // The end of the one that gave way settles nothing.
    expect(await stage.clock.busy(() => stage.controller.operations.needs())).toHaveLength(1);
    await stage.end((await stage.start(undefined, { intent: 'rollback' })).release);
    expect(await stage.serving()).toEqual({ 1: 100 });
  });

  it('undoes just that also where somebody changed the endpoint since', async () => {
    const stage = await openStage(running);
    await stage.end(await stage.register(healthy));
    await stage.pass(minutes(30));
    await foreign(stage);
    await stage.pass(minutes(5));
    await alerted(stage);
    await stage.pass(minutes(40));
    expect(await stage.serving()).toEqual({ 1: 100 });
    expect(await lines(stage, 'AlertAnswered')).toEqual([
      expect.stringContaining('is being undone by back-'),
    ]);
  });

  it('undoes it when the platform answers again, and comments nothing as done before', async () => {
    const stage = await openStage(running);
    await stage.end(await stage.register(healthy));
    await stage.pass(minutes(5));
    const match = { path: '/api/2.0/serving-endpoints/*' };
    const down = { name: 'unavailable', parameters: {}, match, times: 'always' } as const;
    const fault = await stage.workspace.installFault(down);
    await alerted(stage);
    expect(await lines(stage, 'AlertAnswered')).toEqual([
      expect.stringContaining('is being undone by back-'),
    ]);
    await stage.pass(minutes(15));
    await stage.workspace.removeFault(fault);
    await stage.pass(minutes(60));
    expect(await stage.serving()).toEqual({ 1: 100 });
  });

  it('undoes nothing where a person has the endpoint by breakglass: that person is told', async () => {
    const stage = await openStage(running);
    await stage.end(await stage.register(healthy));
    await stage.pass(minutes(5));
    const taking = { take: true, reason: 'mine', actor: 'ada' };
    await stage.clock.busy(() => stage.controller.operations.breakglass(endpoint, taking));
    const writes = stage.calls.servingWrites().length;
    await alerted(stage);
    await stage.pass(minutes(20));
    expect(stage.calls.servingWrites()).toHaveLength(writes);
    expect(await needs(stage)).toContainEqual(expect.stringContaining('ada has the endpoint by breakglass'));
    expect(await lines(stage, 'AlertAnswered')).toEqual([expect.stringContaining('nothing was done')]);
  });
});

describe('an alert that was answered', () => {
  it('and comes again from the bus does nothing to a later release', async () => {
    const stage = await openStage(running);
    const second = await stage.register(healthy);
    await stage.until(second, 'Bake', 5);
    const third = await stage.register(healthy);
    await stage.pass(minutes(1));
    const delivery = alertDelivery(
      { incident: 'i-1', table: ownTable },
      stage.clock.now(),
      stage.senders.monteCarlo,
    );
    await stage.controller.receive('monte-carlo', delivery);
    const [row] = await stage.ledger((ledger) => ledger.unpublishedDeliveries());
    const copy = busEvent.parse(row?.event);
    await stage.end(second);
    await stage.until(third, 'Bake', 5);
    expect(await stage.ledger((ledger) => ledger.unpublishedDeliveries())).toEqual([]);
    await stage.clock.busy(() => stage.controller.ports.bus.publish(copy));
    await stage.pass(minutes(20));
    expect(await commandsOf(stage, third)).toEqual([]);
  });

  it('and comes again with another table of old data rolls back no later release: it is paused', async () => {
    const tables = ['prod:features.transactions', 'prod:features.scores'];
    const stage = await openStage({
      fraud: { alerts: { tables, rules: [], upstream: { tables: [], rules: [] } } },
    });
    const second = await stage.register(healthy);
    await stage.until(second, 'Bake', 5);
    await alerted(stage);
    await stage.end(second);
    await stage.pass(minutes(10));
    const third = await stage.register(healthy);
    await stage.until(third, 'Bake', 5);
    await alerted(stage, { table: 'scores' });
    await stage.until(third, 'Hold');
    expect(await needs(stage)).toEqual([expect.stringContaining('before the release was requested')]);
  });

  it('is told as answered when its answer was lost on the way, and not as nothing', async () => {
    const stage = await openStage(approving);
    const release = await stage.register(healthy);
    await stage.until(release, 'Approve');
    const { ledger } = stage.controller.ports;
    const addCommand = ledger.addCommand.bind(ledger);
    let lost = false;
    ledger.addCommand = async (command) => {
      const row = await addCommand(command);
      if (lost) return row;
      lost = true;
      await accept(stage.controller.ports, command);
      throw new ReleaseError('LedgerUnavailable', 'the answer was lost');
    };
    await alerted(stage);
    await stage.pass(minutes(5));
    expect(lost).toBe(true);
    expect(await lines(stage, 'AlertAnswered')).toEqual([expect.stringContaining('is rolled back')]);
    expect(await needs(stage)).toEqual([]);
  });
});
