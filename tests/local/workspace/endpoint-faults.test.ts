import { describe, expect, it } from 'vitest';
import { hour, minute, rig, serving, update, withCandidate } from './harness.ts';

const endpoint = `${serving}/fraud-prod`;

describe('a fault of updates', () => {
  it('updateFails keeps the old configuration and traffic, and shows the failed entity before it goes', async () => {
    const one = await rig();
    const { call, configOf, pass, workspace } = one;
    await workspace.registerVersion('prod.ml.fraud', {});
    const before = (await call('GET', endpoint)).json.config;
    const message = 'No space left on device';
    await workspace.installFault({ name: 'updateFails', parameters: { afterMs: 29 * minute, message } });
    await call('PUT', `${endpoint}/config`, withCandidate(await configOf('fraud-prod'), '2', 10));
    await pass(29 * minute - 5_000);
    const late = (await call('GET', endpoint)).json;
    expect(late.state).toEqual({ ready: 'READY', config_update: 'IN_PROGRESS' });
    expect(late.pending_config.served_entities[1].state).toEqual({
      deployment: 'DEPLOYMENT_FAILED',
      deployment_state_message: message,
    });
    await pass(hour);
    const { json } = await call('GET', endpoint);
    expect(json.state).toEqual({ ready: 'READY', config_update: 'UPDATE_FAILED' });
    expect(json.pending_config).toBeUndefined();
    expect(json.config).toEqual(before);
    expect((await workspace.truth('fraud-prod')).activations).toHaveLength(1);
    const logs = await call('GET', `${endpoint}/served-models/fraud-2/build-logs`);
    expect(logs.json.logs).toBe(message);

    await update(one, 'again');
    await pass(minute);
    const again = (await call('GET', endpoint)).json;
    expect(again.state.config_update).toBe('NOT_UPDATING');
    expect(again.config.config_version).toBe(3);
  });

  it('updateFails on a first creation leaves nothing to fall back to', async () => {
    const { call, configOf, pass, workspace } = await rig();
    await workspace.installFault({ name: 'updateFails', parameters: { endpoint: 'young' } });
    await call('POST', serving, { name: 'young', config: await configOf('fraud-prod') });
    await pass(12 * minute);
    const { json } = await call('GET', `${serving}/young`);
    expect(json.state).toEqual({ ready: 'NOT_READY', config_update: 'UPDATE_FAILED' });
    expect(json.config).toBeUndefined();
  });

  it('updateCancelled ends in UPDATE_CANCELED with the old configuration', async () => {
    const one = await rig();
    await one.workspace.installFault({ name: 'updateCancelled', parameters: { afterMs: 5_000 } });
    await update(one);
    await one.pass(5_000);
    const { json } = await one.call('GET', endpoint);
    expect(json.state).toEqual({ ready: 'READY', config_update: 'UPDATE_CANCELED' });
    expect(json.config).toMatchObject({ config_version: 1, capture_note: 'fraud_prod' });
  });

  it('updateTakes stretches one update of one endpoint', async () => {
    const one = await rig();
    await one.workspace.installFault({
      name: 'updateTakes',
      parameters: { endpoint: 'fraud-prod', durationMs: hour },
    });
    const staging = `${serving}/fraud-staging`;
    await one.call('PUT', `${staging}/config`, await one.configOf('fraud-staging'));
    await update(one);
    await one.pass(59 * minute);
    expect((await one.call('GET', staging)).json.config.config_version).toBe(2);
    expect((await one.call('GET', endpoint)).json.state.config_update).toBe('IN_PROGRESS');
    await one.pass(minute);
    expect((await one.call('GET', endpoint)).json.config.config_version).toBe(2);
  });

  it('staleRead shows the old endpoint after an accepted update, while a second one is refused already', async () => {
    const one = await rig();
    const before = (await one.call('GET', endpoint)).json;
    await one.workspace.installFault({ name: 'staleRead', parameters: { forMs: 4_000 } });
    const accepted = await update(one);
    expect(accepted.json.state.config_update).toBe('IN_PROGRESS');
    await one.pass(3_999);
    expect((await one.call('GET', endpoint)).json).toEqual(before);
    expect((await update(one)).code).toBe(409);
    await one.pass(1);
    expect((await one.call('GET', endpoint)).json.state.config_update).toBe('IN_PROGRESS');
  });
});

describe('a change that nobody here asked for', () => {
  it('spontaneousUpdateFailure marks the endpoint UPDATE_FAILED and changes nothing else', async () => {
    const { call, pass, workspace } = await rig();
    const before = (await call('GET', endpoint)).json.config;
    await workspace.installFault({
      name: 'spontaneousUpdateFailure',
      parameters: { endpoint: 'fraud-prod', inMs: hour },
    });
    await pass(hour - 1);
    expect((await call('GET', endpoint)).json.state.config_update).toBe('NOT_UPDATING');
    await pass(1);
    const { json } = await call('GET', endpoint);
    expect(json.state).toEqual({ ready: 'READY', config_update: 'UPDATE_FAILED' });
    expect(json.config).toEqual(before);
  });

  it('foreignChange serves another configuration from its own moment on, whenever somebody looks', async () => {
    const { call, clock, configOf, pass, workspace } = await rig();
    await workspace.registerVersion('prod.ml.fraud', {});
    const installed = clock.now();
    await workspace.installFault({
      name: 'foreignChange',
      parameters: {
        endpoint: 'fraud-prod',
        inMs: 10 * minute,
        config: withCandidate(await configOf('fraud-prod'), '2', 50),
      },
    });
    await pass(hour);
    const { json } = await call('GET', endpoint);
    expect(json.config.config_version).toBe(2);
    expect(json.last_updated_timestamp).toBe(installed + 10 * minute);
    const { activations, served } = await workspace.truth('fraud-prod');
    expect(activations[1]?.at).toBe(installed + 10 * minute);
    // 50 of 60 minutes at half of 16 a second are 24,000.
    expect(Math.abs((served[1]?.requests ?? 0) - 24_000)).toBeLessThan(800);
  });

  it('foreignChange by default adds one variable, and can come as an update that locks the endpoint', async () => {
    const one = await rig();
    await one.workspace.installFault({
      name: 'foreignChange',
      parameters: { endpoint: 'fraud-prod', instant: false },
    });
    const { json } = await one.call('GET', endpoint);
    expect(json.state.config_update).toBe('IN_PROGRESS');
    expect(json.pending_config.served_entities[0].environment_vars).toMatchObject({
      CHANGED_BY: 'somebody-else',
    });
    expect((await update(one)).code).toBe(409);
  });

  it('endpointRecreated gives a new id and version 1; endpointDeleted gives 404', async () => {
    const { call, workspace } = await rig();
    const before = (await call('GET', endpoint)).json;
    await workspace.installFault({ name: 'endpointRecreated', parameters: { endpoint: 'fraud-prod' } });
    const after = (await call('GET', endpoint)).json;
    expect(after.id).not.toBe(before.id);
    expect(after.creator).toBe('somebody-else');
    expect(after.state.ready).toBe('READY');
    expect(after.config.config_version).toBe(1);
    expect(after.ownership).toEqual(before.ownership);
    await workspace.installFault({ name: 'endpointDeleted', parameters: { endpoint: 'fraud-prod' } });
    expect((await call('GET', endpoint)).code).toBe(404);
  });
});
