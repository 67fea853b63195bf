import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { VirtualClock } from '../../local/clock.ts';
import { writePrivate } from '../../local/private-file.ts';
import { type ServeOptions, serve } from '../../local/serve.ts';
import { tourProfile } from '../../local/workspace/profiles/fraud.ts';
import { startWorkspace } from '../../local/workspace/workspace.ts';
import { instant } from '../../src/domain/units.ts';
import { recordingHost } from '../support/recording-host.ts';

/** A folder with the connection file of a simulator that runs. */
async function withSimulator(mode: number, name: string): Promise<string> {
  const above = mkdtempSync(join(tmpdir(), 'headgate-second-'));
  const data = join(above, name);
  mkdirSync(data);
  chmodSync(data, mode);
  const simulator = await startWorkspace({
    clock: new VirtualClock(instant(0)),
    seed: 1,
    profile: tourProfile,
  });
  onTestFinished(async () => {
    await simulator.close();
    rmSync(above, { recursive: true, force: true });
  });
  const { host, token, clientId, clientSecret } = simulator;
  const epoch = { real: Date.now(), virtual: Date.now(), speed: 1 };
  writePrivate(join(data, 'workspace.json'), { host, token, clientId, clientSecret, epoch });
  return data;
}

function started(data: string) {
  const stop = new AbortController();
  const host = recordingHost();
  const options: ServeOptions = {
    environment: 'production',
    config: undefined,
    data,
    port: 0,
    intakePort: 0,
    workspace: undefined,
    findSimulator: true,
    env: {},
    json: true,
    stop: stop.signal,
  };
  return { host, stop, ended: serve(options, host) };
}

describe('serve on a folder that it cannot have', () => {
  it('refuses while another controller runs there, before it says a word, and lets that one be', async () => {
    const data = await withSimulator(0o700, 'mine');
    const first = started(data);
    await expect.poll(() => first.host.stdout.length).toBe(1);

    const second = started(data);
    await expect(second.ended).rejects.toMatchObject({
      name: 'ConfigurationInvalid',
      message: expect.stringMatching(/^another controller runs on .*simulator-[0-9a-f]{8}$/),
      facts: { dataFolder: expect.stringContaining(data), inUse: true },
    });
    expect([second.host.stderr, second.host.stdout]).toEqual([[], []]);

    first.stop.abort();
    await first.ended;
    expect(first.host.stderr[0]).toMatch(/^Using the simulated workspace at /);
  });

  it("refuses somebody else's folder that others may enter, and writes nothing", async () => {
    const data = await withSimulator(0o755, 'theirs');
    const { ended, host } = started(data);
    await expect(ended).rejects.toMatchObject({
      name: 'ConfigurationInvalid',
      message: expect.stringContaining(`chmod 700 ${data}`),
    });
    expect(host.stderr).toEqual([]);
    expect(statSync(data).mode & 0o777).toBe(0o755);
    expect(readdirSync(data)).toEqual(['workspace.json']);
  });

  it('closes its own folder to others', async () => {
    const data = await withSimulator(0o755, '.headgate');
    const { ended, stop } = started(data);
    stop.abort();
    await ended;
    expect(statSync(data).mode & 0o777).toBe(0o700);
  });
});
