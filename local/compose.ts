import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { logger } from '../functions/_shell/log.ts';
import { withinReach } from '../functions/_shell/within-reach.ts';
import { create as receiveDataAlert } from '../functions/receive-data-alert.ts';
import { create as receiveRegistryNews } from '../functions/receive-registry-news.ts';
import { create as respondToAlert } from '../functions/respond-to-alert.ts';
import { create as startRelease } from '../functions/start-release.ts';
import { create as watch } from '../functions/watch.ts';
import { configuredWorkspaces } from '../src/adapters/databricks/configured-workspaces.ts';
import { openFolderEvidence } from '../src/adapters/local/folder-evidence.ts';
import { openSqliteLedger } from '../src/adapters/local/sqlite-ledger.ts';
import { registryWebhook } from '../src/adapters/mlflow/registry-webhook.ts';
import { alertWebhook } from '../src/adapters/monte-carlo/alert-webhook.ts';
import { type Operations, operations } from '../src/app/operations.ts';
import type { Ledger } from '../src/app/ports/ledger.ts';
import type { Ports } from '../src/app/ports/ports.ts';
import type { Secrets } from '../src/app/ports/secrets.ts';
import type { Delivery } from '../src/app/ports/webhooks.ts';
import { senderSecrets } from '../src/app/sender-secrets.ts';
import type { Tick } from '../src/app/watch.ts';
import { ReleaseError } from '../src/contracts/errors.ts';
import { type BusEvent, eventSource } from '../src/contracts/events.ts';
import type { WebhookSender } from '../src/contracts/functions.ts';
import type { EnvironmentConfig } from '../src/contracts/policy.ts';
import { stateNames } from '../src/contracts/states.ts';
import { millis } from '../src/domain/units.ts';
import releaseMachine from '../statemachines/release.asl.json' with { type: 'json' };
import type { DrivenClock } from './clock.ts';
import { claimDataFolder } from './data-folder.ts';
import { enginePort } from './engine-port.ts';
import { stateFunctions } from './functions.ts';
import type { IntakeSource } from './intake-server.ts';
import { Engine, type EngineOptions, type Handler, isMachineError } from './machine/engine.ts';

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
  const ports: Ports = {
    clock,
    ledger,
    evidence: openFolderEvidence(join(data, 'evidence')),
    machine: enginePort(() => engine),
    bus: { publish: (event) => publish(event) },
    environment,
    workspace: configuredWorkspaces(options),
    mlflow: registryWebhook({ secrets: () => sharedSecrets('mlflow') }),
    monteCarlo: alertWebhook({ secrets: () => sharedSecrets('monteCarlo') }),
  };

  const subscribers: Readonly<Record<BusEvent['type'], Handler>> = {
    ModelVersionRegistered: lambda(startRelease(withinReach('StartRelease', ports))),
    DataAlertRaised: lambda(respondToAlert(withinReach('RespondToAlert', ports))),
  };
  async function publish(event: BusEvent): Promise<void> {
    const envelope = { id: randomUUID(), source: eventSource, 'detail-type': event.type, detail: event };
    await subscribers[event.type](envelope, invocation(event.type));
  }

  const engine = openEngine(data, ledger, {
    clock,
    store: join(data, 'machine.sqlite'),
    machines: { release: forThisMachine(releaseMachine, clock.epoch.speed) },
    functions: Object.fromEntries(
      stateNames.map((state) => [state, lambda(stateFunctions[state](withinReach(state, ports)))]),
    ),
    ...(options.random ? { random: options.random } : {}),
  });

  const watchHandler = lambda(watch(withinReach('Watch', ports)));
  const intake: Readonly<Record<IntakeSource, Handler>> = {
    mlflow: lambda(receiveRegistryNews(withinReach('ReceiveRegistryNews', ports))),
    'monte-carlo': lambda(receiveDataAlert(withinReach('ReceiveDataAlert', ports))),
  };
  const look = async () => (await watchHandler({}, invocation('Watch'))) as Tick;
  const stop = new AbortController();
  const ticking = tickForEver(options, look, stop.signal);

  return {
    ports,
    engine,
    operations: operations(withinReach('Operate', ports)),
    receive: (source, delivery) => clock.busy(() => receive(intake[source], delivery)),
    tick: () => clock.busy(look),
    close: async () => {
      stop.abort(new ReleaseError('LedgerUnavailable', 'the controller is closing'));
      await ticking;
      await engine.close();
      await ledger.shut();
    },
  };
}

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

/** The schedule that Amazon EventBridge Scheduler keeps on AWS. */
async function tickForEver(
  options: ControllerOptions,
  look: () => Promise<Tick>,
  stop: AbortSignal,
): Promise<void> {
  const { clock, environment, onTrouble } = options;
  while (!stop.aborted) {
    try {
      await clock.busy(async () => {
        const { troubles } = await look();
        for (const { where, says } of troubles) onTrouble?.(where, says);
      });
    } catch (error) {
      onTrouble?.('watch', error instanceof Error ? `${error.name}: ${error.message}` : String(error));
    }
    await clock.sleep(millis(environment.tick), stop).catch(() => undefined);
  }
}

/**
 * `${JudgeHealth}` in the file is filled in as CDK does it, here with the function's plain name. A handler works in
 * real time: where the clock runs faster, the time-out of a call is stretched by as much, so that it bounds the same.
 */
function forThisMachine(definition: unknown, speed: number): unknown {
  return JSON.parse(JSON.stringify(definition).replace(/\$\{(\w+)\}/g, '$1'), (_key, member: unknown) => {
    const stretched = speed > 1 && isCall(member);
    return stretched ? { ...member, TimeoutSeconds: Math.ceil(member.TimeoutSeconds * speed) } : member;
  });
}

function isCall(member: unknown): member is { TimeoutSeconds: number } {
  return (
    typeof member === 'object' &&
    member !== null &&
    'Resource' in member &&
    member.Resource === 'arn:aws:states:::lambda:invoke' &&
    'TimeoutSeconds' in member
  );
}

/** A webhook as API Gateway hands it to the function, and the function's answer as the listener sends it. */
async function receive(handler: Handler, delivery: Delivery): Promise<{ http: number; body: object }> {
  const event = {
    version: '2.0',
    headers: delivery.headers,
    body: Buffer.from(delivery.body).toString('base64'),
    isBase64Encoded: true,
    requestContext: { timeEpoch: delivery.receivedAt },
  };
  const answer = (await handler(event, invocation('Receive'))) as { statusCode: number; body: string };
  return { http: answer.statusCode, body: JSON.parse(answer.body) as object };
}

type LambdaFunction = (event: unknown, context: Context) => Promise<unknown>;

/** A shipped handler as the engine calls it, with the context that Lambda would give. */
function lambda(handler: LambdaFunction): Handler {
  return (event, context) =>
    handler(event, {
      ...context,
      callbackWaitsForEmptyEventLoop: false,
      functionVersion: '$LATEST',
      invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${context.functionName}`,
      memoryLimitInMB: '512',
      logGroupName: '',
      logStreamName: '',
      done: () => {},
      fail: () => {},
      succeed: () => {},
    });
}

function invocation(functionName: string) {
  return { awsRequestId: randomUUID(), functionName, getRemainingTimeInMillis: () => 60_000 };
}
