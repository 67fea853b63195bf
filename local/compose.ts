import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { logger } from '../functions/_shell/log.ts';
import { withinReach } from '../functions/_shell/within-reach.ts';
import { create as receiveDataAlert } from '../functions/receive-data-alert.ts';
import { create as receiveRegistryNews } from '../functions/receive-registry-news.ts';
import { create as reconcile } from '../functions/reconcile.ts';
import { create as respondToAlert } from '../functions/respond-to-alert.ts';
import { create as startRelease } from '../functions/start-release.ts';
import { create as watch } from '../functions/watch.ts';
import { configuredWorkspaces } from '../src/adapters/databricks/configured-workspaces.ts';
import { openFolderEvidence } from '../src/adapters/local/folder-evidence.ts';
import { openSqliteLedger } from '../src/adapters/local/sqlite-ledger.ts';
import { registryWebhook } from '../src/adapters/mlflow/registry-webhook.ts';
import { alertWebhook } from '../src/adapters/monte-carlo/alert-webhook.ts';
import { configuredIncidents } from '../src/adapters/monte-carlo/incidents-api.ts';
import { type Operations, operations } from '../src/app/operations.ts';
import type { Ledger } from '../src/app/ports/ledger.ts';
import type { Ports } from '../src/app/ports/ports.ts';
import type { Secrets } from '../src/app/ports/secrets.ts';
import type { Delivery } from '../src/app/ports/webhooks.ts';
import type { Reconciled } from '../src/app/reconcile.ts';
import { senderSecrets } from '../src/app/sender-secrets.ts';
import { inWords } from '../src/app/trail.ts';
import type { Tick } from '../src/app/watch.ts';
import { alertStateNames } from '../src/contracts/alert-states.ts';
import { ReleaseError } from '../src/contracts/errors.ts';
import { type BusEvent, eventSource } from '../src/contracts/events.ts';
import type { FunctionName, WebhookSender } from '../src/contracts/functions.ts';
import type { EnvironmentConfig } from '../src/contracts/policy.ts';
import { stateNames } from '../src/contracts/states.ts';
import { millis, minutes } from '../src/domain/units.ts';
import { alertFunctions } from './alert-functions.ts';
import { asHandler, invocation, type LambdaFunction, receive } from './as-lambda.ts';
import { breakglassFolder } from './breakglass-folder.ts';
import type { DrivenClock } from './clock.ts';
import { claimDataFolder } from './data-folder.ts';
import { enginePort } from './engine-port.ts';
import { stateFunctions } from './functions.ts';
import type { IntakeSource } from './intake-server.ts';
import { mortalClock, mortalPorts, within } from './lifetime.ts';
import { Engine, type EngineOptions, type Handler, isMachineError } from './machine/engine.ts';
import { machinesFor } from './machines.ts';

/** A ledger that this process opened. */
export interface OwnLedger extends Ledger {
  shut(): void | Promise<void>;
}

export interface ControllerOptions {
  readonly clock: DrivenClock;
  /** Folder of the ledger, the machine's store and the evidence. */
  readonly data: string;
  readonly environment: EnvironmentConfig;
  /** Shut when the controller closes; a file in the folder when absent. */
  readonly ledger?: OwnLedger;
  readonly secrets: Secrets;
  /** 0 (included) to 1 (excluded), for the pauses between retries; Math.random when absent. */
  readonly random?: () => number;
  /** Told of what a tick could not do; it is tried again at the next one. */
  readonly onTrouble?: (where: string, says: string) => void;
}

/** The whole controller in one process: the shipped state machine file, the shipped handlers, durable stores. */
export interface Controller {
  readonly ports: Ports;
  readonly engine: Engine;
  readonly operations: Operations;
  receive(source: IntakeSource, delivery: Delivery): Promise<{ http: number; body: object }>;
  /** Looks at everything once, as the ticker does by itself. */
  tick(): Promise<Tick>;
  close(): Promise<void>;
}

/**
 * Opens the stores and goes on with whatever was running when they were closed.
 * @throws ReleaseError `ConfigurationInvalid` when a store belongs to a newer version of Headgate, another controller
 *   has the folder, or others than its owner may enter it and it is not ours to close.
 */
export function openController(options: ControllerOptions): Controller {
  const { clock, data, environment } = options;
  claimDataFolder(data);
  logger.setLogLevel(process.env['HEADGATE_DEBUG'] === '1' ? 'INFO' : 'SILENT');
  const ledger = options.ledger ?? openSqliteLedger(join(data, 'ledger.sqlite'));
  const sharedSecrets = (sender: WebhookSender) =>
    senderSecrets(environment, sender, async (reference) => [await options.secrets.read(reference)]);
  const ports: Ports = mortalPorts({
    clock,
    ledger,
    evidence: openFolderEvidence(join(data, 'evidence')),
    machine: enginePort(() => engine),
    shelves: [breakglassFolder(data)],
    bus: { publish: (event) => publish(event) },
    environment,
    workspace: configuredWorkspaces({ ...options, clock: mortalClock(clock) }),
    mlflow: registryWebhook({ secrets: () => sharedSecrets('mlflow') }),
    monteCarlo: alertWebhook({ secrets: () => sharedSecrets('monteCarlo') }),
    incidents: configuredIncidents(environment, options.secrets),
  });

  /** A shipped function as it runs on AWS: with what it may reach, and as long as it may live. */
  const functionOf = (name: FunctionName, create: (ports: Ports) => LambdaFunction): Handler => {
    const shipped = asHandler(create(withinReach(name, ports)));
    return (event, context) => within(clock, name, () => shipped(event, context));
  };
  const subscribers: Readonly<Record<BusEvent['type'], Handler>> = {
    ModelVersionRegistered: functionOf('StartRelease', startRelease),
    DataAlertRaised: functionOf('RespondToAlert', respondToAlert),
  };
  async function publish(event: BusEvent): Promise<void> {
    const envelope = { id: randomUUID(), source: eventSource, 'detail-type': event.type, detail: event };
    await subscribers[event.type](envelope, invocation(event.type));
  }

  const stop = new AbortController();
  let finished: Promise<unknown> = Promise.resolve();
  const engine = openEngine(data, ledger, {
    clock,
    store: join(data, 'machine.sqlite'),
    machines: machinesFor(clock.epoch.speed),
    functions: Object.fromEntries([
      ...stateNames.map((state) => [state, functionOf(state, stateFunctions[state])]),
      ...alertStateNames.map((state) => [state, functionOf(state, alertFunctions[state])]),
    ]),
    ...(options.random ? { random: options.random } : {}),
    // The event of Step Functions: what an execution left behind is finished at once, not at the next tick.
    onStatusChange: ({ status }) => {
      if (!['FAILED', 'ABORTED', 'TIMED_OUT'].includes(status) || stop.signal.aborted) return;
      const finishing = told(options, 'reconcile', () => clock.busy(() => converge({ drift: false })));
      finished = Promise.all([finished, finishing]);
    },
  });

  const watchHandler = functionOf('Watch', watch);
  const intake: Readonly<Record<IntakeSource, Handler>> = {
    mlflow: functionOf('ReceiveRegistryNews', receiveRegistryNews),
    'monte-carlo': functionOf('ReceiveDataAlert', receiveDataAlert),
  };
  const reconcileHandler = functionOf('Reconcile', reconcile);
  const converge = async (wanted: { drift: boolean }) =>
    (await reconcileHandler(wanted, invocation('Reconcile'))) as Reconciled;
  let driftAt = clock.now();
  const watchOnce = async () => (await watchHandler({}, invocation('Watch'))) as Tick;
  const reconcileOnce = () => {
    const drift = clock.now() - driftAt >= driftEvery;
    if (drift) driftAt = clock.now();
    return converge({ drift });
  };
  // Two functions on AWS: what breaks one off must not keep the other from running.
  const ticking = forEver(options, stop.signal, async () => {
    await told(options, 'watch', () => clock.busy(watchOnce));
    await told(options, 'reconcile', () => clock.busy(reconcileOnce));
  });

  return {
    ports,
    engine,
    operations: operations(withinReach('Operate', ports)),
    receive: (source, delivery) => clock.busy(() => receive(intake[source], delivery)),
    tick: () =>
      clock.busy(async () => {
        const seen = await watchOnce();
        const { troubles } = await reconcileOnce();
        return { ...seen, troubles: [...seen.troubles, ...troubles] };
      }),
    close: async () => {
      stop.abort(new ReleaseError('LedgerUnavailable', 'the controller is closing'));
      await ticking;
      await finished;
      await engine.close();
      await ledger.shut();
    },
  };
}

/** How often endpoints that nobody owns are compared with the ledger, as the schedule on AWS does it. */
const driftEvery = minutes(1);

function openEngine(data: string, ledger: OwnLedger, options: EngineOptions): Engine {
  try {
    return Engine.open(options);
  } catch (error) {
    void ledger.shut();
    if (!isMachineError(error) || error.name !== 'StoreInUse') throw error;
    const facts = { dataFolder: data, inUse: true };
    throw new ReleaseError('ConfigurationInvalid', `another controller runs on ${data}`, {
      cause: error,
      facts,
    });
  }
}

/** A look whose troubles are told, as is one that broke off: the next one tries again. */
async function told(
  { onTrouble }: ControllerOptions,
  where: string,
  look: () => Promise<Pick<Tick, 'troubles'>>,
): Promise<void> {
  try {
    const { troubles } = await look();
    for (const trouble of troubles) onTrouble?.(trouble.where, trouble.says);
  } catch (error) {
    onTrouble?.(where, inWords(error));
  }
}

/** The schedules that Amazon EventBridge keeps on AWS. */
async function forEver(
  { clock, environment }: ControllerOptions,
  stop: AbortSignal,
  look: () => Promise<void>,
): Promise<void> {
  while (!stop.aborted) {
    await look();
    await clock.sleep(millis(environment.tick), stop).catch(() => undefined);
  }
}
