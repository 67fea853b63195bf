import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { secretReferences } from '../src/adapters/local/secret-references.ts';
import { sha256 } from '../src/app/digest.ts';
import type { Secrets } from '../src/app/ports/secrets.ts';
import { ReleaseError } from '../src/contracts/errors.ts';
import type { EnvironmentConfig } from '../src/contracts/policy.ts';
import { instant } from '../src/domain/units.ts';
import { serveApi } from './api-server.ts';
import { type DrivenClock, ScaledClock } from './clock.ts';
import { type Controller, openController } from './compose.ts';
import { claimDataFolder } from './data-folder.ts';
import { readEnvironment, shippedFile } from './environment.ts';
import { serveIntake } from './intake-server.ts';
import type { IoHost } from './io-host.ts';
import { demandSecrets } from './named-secrets.ts';
import {
  readPrivate,
  removePrivate,
  type WorkspaceConnection,
  workspaceConnection,
  writePrivate,
} from './private-file.ts';
import { answers, onSimulator, simulatorSecrets } from './simulator.ts';

export interface ServeOptions {
  /** Which of the configuration's environments: names the file when `config` is absent. */
  readonly environment: string;
  readonly config: string | undefined;
  /** Folder of the ledger, the evidence and the connection file. */
  readonly data: string;
  readonly port: number;
  readonly intakePort: number;
  /** Connection file of a running simulator to use in place of the configured workspaces. */
  readonly workspace: string | undefined;
  /** Whether a workspace.json that lies in the data folder is taken when `workspace` is absent. */
  readonly findSimulator: boolean;
  /** Overrides and secrets. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  /** Aborted when the controller shall stop. */
  readonly stop: AbortSignal;
}

/**
 * Runs the controller until `stop` is aborted. Killed at any moment and started again, it goes on where it was.
 * @throws ReleaseError `ConfigurationInvalid` for a configuration or secrets that it cannot start with, and
 *   `DatabricksUnavailable` (facts.connectionFile) when the simulator does not answer. Nothing was opened then.
 */
export async function serve(options: ServeOptions, host: IoHost): Promise<void> {
  const setting = await settingOf(options, host);
  const told = new Map<string, string>();
  const controller = openController({
    ...setting,
    // The same trouble at every tick is told once, until it changes.
    onTrouble: (where, says) => {
      if (told.get(where) !== says) host.err(`trouble with ${where}: ${says}; tried again at the next tick`);
      told.set(where, says);
    },
  });
  // Not before the folder is known to be ours: a start that is refused has nothing to announce.
  for (const notice of setting.notices) host.err(notice);
  const onFault = (error: unknown) =>
    host.err(`a request failed: ${error instanceof Error ? error.message : error}`);
  try {
    const token = randomBytes(24).toString('base64url');
    const api = await serveApi(controller.operations, {
      port: options.port,
      token,
      host: '127.0.0.1',
      onFault,
    });
    const connection = { url: api.url, token };
    const file = join(options.data, 'api.json');
    try {
      // Before anybody can ask: whoever has the token, or delivers a webhook, finds adopted endpoints.
      if (setting.simulated) await adoptAll(controller, host);
      const intake = await serveIntake(controller.receive, {
        port: options.intakePort,
        host: '127.0.0.1',
        now: () => instant(Date.now()),
        onFault,
      });
      try {
        writePrivate(file, connection);
        announce(options, host, api.url, intake.url, file);
        await stopped(options.stop);
      } finally {
        await intake.close();
      }
    } finally {
      removePrivate(file, connection);
      await api.close();
    }
  } finally {
    await controller.close();
  }
}

interface Setting {
  readonly clock: DrivenClock;
  readonly data: string;
  readonly environment: EnvironmentConfig;
  readonly secrets: Secrets;
  readonly simulated: boolean;
  /** What to tell once the controller is open. */
  readonly notices: readonly string[];
}

/** Against a simulator when one is named or runs here, else against the configured workspaces. */
async function settingOf(options: ServeOptions, host: IoHost): Promise<Setting> {
  const file = options.config ?? shippedFile(`configs/${options.environment}.yaml`);
  const environment = readEnvironment(file, options.env);
  const connectionFile = options.workspace ?? join(options.data, 'workspace.json');
  const simulator = chosenSimulator(options, connectionFile, host);
  if (!simulator) {
    const secrets = secretReferences({ environment: options.env, folder: dirname(file) });
    await demandSecrets(environment, secrets);
    return {
      clock: ScaledClock.real(),
      data: options.data,
      environment,
      secrets,
      simulated: false,
      notices: [],
    };
  }
  if (!(await answers(simulator.host))) {
    const says = `the simulated workspace at ${simulator.host} does not answer`;
    throw new ReleaseError('DatabricksUnavailable', says, { facts: { connectionFile } });
  }
  // Before the secrets are written there; what is below it, and any other folder, is claimed by the controller.
  claimDataFolder(options.data);
  const intake = intakeSecrets(options);
  const using = `Using the simulated workspace at ${simulator.host} (${connectionFile}) in place of ${file}'s workspaces.`;
  return {
    clock: new ScaledClock(simulator.epoch),
    // A simulator forgets everything when it ends, so what was learned of one is of no use with the next.
    data: join(options.data, `simulator-${sha256(JSON.stringify(simulator)).slice(0, 8)}`),
    environment: onSimulator(environment, simulator.host),
    secrets: simulatorSecrets({ ...simulator, ...intake.secrets }),
    simulated: true,
    notices: [using, ...intake.notices],
  };
}

/** Never in place of workspaces that somebody asked for by name, unless it was named itself. */
function chosenSimulator(
  { workspace, findSimulator }: ServeOptions,
  file: string,
  host: IoHost,
): WorkspaceConnection | undefined {
  if (workspace !== undefined || findSimulator) {
    const found = readPrivate(file, workspaceConnection);
    if (found || workspace === undefined) return found;
    throw new ReleaseError(
      'ConfigurationInvalid',
      `there is no ${file}: \`headgate workspace\` writes such a file`,
    );
  }
  if (existsSync(file)) {
    host.err(`${file} is not used: --config or --environment was given. --workspace takes it.`);
  }
  return undefined;
}

const intakeSecretsFile = z.strictObject({ mlflow: z.string().min(16), monteCarlo: z.string().min(16) });
type IntakeSecrets = z.output<typeof intakeSecretsFile>;

/** From the usual variables where they are set; otherwise made up once and kept beside the data. */
function intakeSecrets(options: ServeOptions): { secrets: IntakeSecrets; notices: readonly string[] } {
  const file = join(options.data, 'intake-secrets.json');
  const made = () => randomBytes(24).toString('base64url');
  const kept = readPrivate(file, intakeSecretsFile) ?? { mlflow: made(), monteCarlo: made() };
  if (!existsSync(file)) writePrivate(file, kept);
  const { MLFLOW_WEBHOOK_SECRET: mlflow, MONTE_CARLO_WEBHOOK_SECRET: monteCarlo } = options.env;
  return {
    secrets: { mlflow: mlflow || kept.mlflow, monteCarlo: monteCarlo || kept.monteCarlo },
    notices: mlflow && monteCarlo ? [] : [`Webhook secrets that no variable sets are in ${file}.`],
  };
}

/** A simulator is nobody's production: what it serves at first is taken as good without asking. */
async function adoptAll(controller: Controller, host: IoHost): Promise<void> {
  for (const view of await controller.operations.endpoints()) {
    if (view.phase !== 'notAdopted') continue;
    try {
      await controller.operations.adopt(view.endpoint, 'headgate serve');
      host.err(`Adopted ${view.endpoint} as the simulator serves it.`);
    } catch (error) {
      host.err(`${view.endpoint} was not adopted: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function announce(options: ServeOptions, host: IoHost, api: string, intake: string, file: string): void {
  if (options.json) {
    host.json({ api, intake, connection: file, pid: process.pid });
    return;
  }
  host.out(`API      ${api}   (token in ${file}; the other commands find it there)`);
  host.out(`Intake   ${intake}/intake/mlflow and ${intake}/intake/monte-carlo`);
  host.out(`Process  ${process.pid}   (kill ${process.pid} stops it)`);
  host.out('Next     headgate status; headgate watch');
}

function stopped(stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
}
