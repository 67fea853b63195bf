import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { copyFromWorkspace } from '../../local/breakglass-workspace.ts';
import { writePrivate } from '../../local/private-file.ts';
import { openStage } from '../scenarios/stage.ts';

/** With the shipped configuration and the simulator's connection file, as after the loss of everything of Headgate's. */

it('reads the request from the workspace without any store of ours', async () => {
  const stage = await openStage();
  const { host, token, clientId, clientSecret } = stage.workspace;
  await stage.controller.close();
  onTestFinished(() => stage.restart());
  const workspace = join(stage.data, 'connection.json');
  const epoch = { real: 0, virtual: 0, speed: 1 };
  writePrivate(workspace, { host, token, clientId, clientSecret, epoch });
  const options = { config: undefined, version: undefined, workspace, folder: stage.data, env: {} };

  const copy = await stage.clock.busy(() => copyFromWorkspace({ ...options, named: 'fraud' }));
  expect(copy).toMatchObject({ endpoint: 'fraud-prod', version: '1', request: { method: 'PUT' } });
  expect(copy.request.url).toBe(`${host}/api/2.0/serving-endpoints/fraud-prod/config`);
  const truth = (await stage.workspace.truth('fraud-prod')).configuration;
  expect(copy.request.body['served_entities']).toEqual(truth['served_entities']);

  await expect(copyFromWorkspace({ ...options, named: 'fruad' })).rejects.toMatchObject({
    name: 'UnknownEndpoint',
  });
  await stage.version();
  const other = stage.clock.busy(() => copyFromWorkspace({ ...options, named: 'fraud', version: '2' }));
  await expect(other).rejects.toMatchObject({
    name: 'NoLastGood',
    message: 'no request for fraud-prod is kept with prod.ml.fraud, version 2',
  });
  const gone = { ...options, named: 'fraud', workspace: join(stage.data, 'nowhere.json') };
  await expect(copyFromWorkspace(gone)).rejects.toMatchObject({ name: 'ConfigurationInvalid' });
});
