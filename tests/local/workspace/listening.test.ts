import { expect, it } from 'vitest';
import { VirtualClock } from '../../../local/clock.ts';
import { fraudProfile } from '../../../local/workspace/profiles/fraud.ts';
import { startWorkspace } from '../../../local/workspace/workspace.ts';
import { instant } from '../../../src/domain/units.ts';
import { rig, start } from './harness.ts';

it('says which port of the workspace is taken', async () => {
  const { workspace } = await rig();
  const port = Number(new URL(workspace.host).port);
  const second = startWorkspace({
    clock: new VirtualClock(instant(start)),
    seed: 1,
    port,
    profile: fraudProfile,
  });
  await expect(second).rejects.toMatchObject({
    name: 'ConfigurationInvalid',
    message: `port ${port} is taken; is another simulator running?`,
    facts: { port },
  });
});
