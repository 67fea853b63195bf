import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ScaledClock } from '../../local/clock.ts';
import { writePrivate } from '../../local/private-file.ts';
import { type ServeOptions, serve } from '../../local/serve.ts';
import { tourProfile } from '../../local/workspace/profiles/fraud.ts';
import { startWorkspace } from '../../local/workspace/workspace.ts';
import { ReleaseError } from '../../src/contracts/errors.ts';
import { type RecordingHost, recordingHost } from '../support/recording-host.ts';

interface Try {
  readonly folder: string;
  readonly host: RecordingHost;
  readonly refused: ReleaseError | undefined;
}

const folderOfItsOwn = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-serve-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** A start whose stop is asked for already: it either refuses, or announces itself and ends. */
async function start(
  given: Partial<ServeOptions> & { readonly data: string },
  host: RecordingHost = recordingHost(),
): Promise<Try> {
  const options: ServeOptions = {
    environment: 'production',
    config: undefined,
    port: 0,
    intakePort: 0,
    workspace: undefined,
    findSimulator: true,
    env: {},
    json: true,
    stop: AbortSignal.abort(),
    ...given,
  };
  try {
    await serve(options, host);
    return { folder: given.data, host, refused: undefined };
  } catch (thrown) {
    if (thrown instanceof ReleaseError) return { folder: given.data, host, refused: thrown };
    throw thrown;
  }
}

/** What `headgate workspace` leaves behind, for a host that may or may not answer. */
function connectionTo(host: string, file: string): void {
  const epoch = { real: 0, virtual: 0, speed: 1 };
  writePrivate(file, { host, token: 'dapi-token', clientId: 'id', clientSecret: 'secret', epoch });
}

/** An address on which nothing listens: the kernel gave it out a moment ago. */
async function closedHost(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

describe('serve without its secrets', () => {
  it('refuses to start, and names every reference that leads nowhere with how to set it', async () => {
    const { folder, refused } = await start({
      data: folderOfItsOwn(),
      env: { DATABRICKS_PRODUCTION_CLIENT_ID: 'a-value-that-is-set' },
    });

    expect(refused?.name).toBe('ConfigurationInvalid');
    const lines = refused?.message.split('\n') ?? [];
    expect(lines).toHaveLength(9);
    expect(refused?.message).not.toContain('DATABRICKS_PRODUCTION_CLIENT_ID');
    expect(refused?.message).not.toContain('a-value-that-is-set');
    for (const name of [
      'workspaces.production.credentials.clientSecret: the environment variable DATABRICKS_PRODUCTION_CLIENT_SECRET is not set: export it',
      'workspaces.test.credentials.clientId: the environment variable DATABRICKS_TEST_CLIENT_ID',
      'intake.mlflow.secrets[0]: the environment variable MLFLOW_WEBHOOK_SECRET',
      'intake.monteCarlo.secrets[0]: the environment variable MONTE_CARLO_WEBHOOK_SECRET',
    ]) {
      expect(refused?.message).toContain(name);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('finds secret files from the folder of the configuration, and never repeats what is in them', async () => {
    const data = folderOfItsOwn();
    const secret = (name: string, mode: number) => {
      writeFileSync(join(data, name), 'a-value-in-a-file');
      chmodSync(join(data, name), mode);
    };
    secret('closed', 0o600);
    secret('open', 0o644);
    const production =
      "production: { host: 'https://p.example.com', credentials: { kind: pat, token: file:closed } }";
    const yaml = `environment: production
workspaces: { ${production} }
endpoints: {}
policies: {}
intake: { mlflow: { secrets: [file:closed, file:open, file:absent] } }
`;
    mkdirSync(join(data, 'there'));
    writeFileSync(join(data, 'own.yaml'), yaml);
    const { refused } = await start({ data: join(data, 'there'), config: join(data, 'own.yaml') });
    expect(refused?.message).toMatch(
      /intake\.mlflow\.secrets\[1\]: the secret file .*open is open to group or others: chmod 600 .*\n.*secrets\[2\]: the secret file .*absent cannot be read/,
    );
    expect(refused?.message).not.toContain('secrets[0]');
    expect(refused?.message).not.toContain('a-value-in-a-file');
  });
});

describe('serve beside a connection file of a simulator', () => {
  it('refuses to start when that simulator does not answer', async () => {
    const data = folderOfItsOwn();
    const at = await closedHost();
    const file = join(data, 'workspace.json');
    connectionTo(at, file);

    const { refused } = await start({ data });

    expect(refused?.name).toBe('DatabricksUnavailable');
    expect(refused?.message).toBe(`the simulated workspace at ${at} does not answer`);
    expect(refused?.facts).toEqual({ connectionFile: file });
    expect(readdirSync(data)).toEqual(['workspace.json']);
  });

  it('refuses what answers there but is no workspace', async () => {
    const server = createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const data = folderOfItsOwn();
    connectionTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, join(data, 'workspace.json'));
    expect((await start({ data })).refused?.name).toBe('DatabricksUnavailable');
  });

  it('leaves a file alone that merely lies there when it shall not look for one, and says so', async () => {
    const data = folderOfItsOwn();
    connectionTo(await closedHost(), join(data, 'workspace.json'));
    const { refused, host } = await start({ data, findSimulator: false });
    expect(refused?.message).toContain('DATABRICKS_PRODUCTION_CLIENT_ID is not set');
    expect(host.stderr).toEqual([
      `${join(data, 'workspace.json')} is not used: --config or --environment was given. --workspace takes it.`,
    ]);
  });

  it('takes the one that is named all the same', async () => {
    const data = folderOfItsOwn();
    const file = join(data, 'elsewhere.json');
    connectionTo(await closedHost(), file);
    const { refused } = await start({ data, workspace: file, findSimulator: false });
    expect(refused?.facts).toEqual({ connectionFile: file });
  });

  it('refuses a named file that is not there, in place of going to the configured workspaces', async () => {
    const data = folderOfItsOwn();
    const file = join(data, 'absent.json');
    const { refused } = await start({ data, workspace: file });
    expect(refused?.name).toBe('ConfigurationInvalid');
    expect(refused?.message).toBe(`there is no ${file}: \`headgate workspace\` writes such a file`);
  });

  it('has adopted what a living one serves before anybody learns its token, and names its process', async () => {
    const data = folderOfItsOwn();
    const clock = ScaledClock.startingNow(1);
    const simulator = await startWorkspace({ clock, seed: 1, port: 0, profile: tourProfile });
    onTestFinished(() => simulator.close());
    const { host: at, token, clientId, clientSecret } = simulator;
    const connection = { host: at, token, clientId, clientSecret, epoch: clock.epoch };
    writePrivate(join(data, 'workspace.json'), connection);
    const host = recordingHost();
    const asked: { adopted: boolean; reachable: boolean }[] = [];
    const err = (says: string) =>
      void asked.push({
        adopted: says === 'Adopted fraud-prod as the simulator serves it.',
        reachable: existsSync(join(data, 'api.json')),
      });

    const { refused } = await start({ data }, { ...host, err });

    expect(refused).toBeUndefined();
    expect(host.lines()).toEqual([expect.objectContaining({ pid: process.pid })]);
    expect(asked.filter(({ adopted }) => adopted)).toEqual([{ adopted: true, reachable: false }]);
  });
});
