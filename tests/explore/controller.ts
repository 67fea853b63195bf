import { logger } from '../../functions/_shell/log.ts';
import { withinReach } from '../../functions/_shell/within-reach.ts';
import { create as receiveDataAlert } from '../../functions/receive-data-alert.ts';
import { create as receiveRegistryNews } from '../../functions/receive-registry-news.ts';
import { create as reconcile } from '../../functions/reconcile.ts';
import { create as respondToAlert } from '../../functions/respond-to-alert.ts';
import { create as startRelease } from '../../functions/start-release.ts';
import { create as watch } from '../../functions/watch.ts';
import { alertFunctions } from '../../local/alert-functions.ts';
import { stateFunctions } from '../../local/functions.ts';
import type { Failure } from '../../local/machine/retry.ts';
import { invokeFailure } from '../../local/machine/task.ts';
import { operations } from '../../src/app/operations.ts';
import type { Ports } from '../../src/app/ports/ports.ts';
import { busEvent } from '../../src/contracts/events.ts';
import type { FunctionName } from '../../src/contracts/functions.ts';
import type { EnvironmentConfig } from '../../src/contracts/policy.ts';
import type { CommandKind } from '../../src/domain/release.ts';
import { instant } from '../../src/domain/units.ts';
import { type BaseRun, type ByHand, endpoint } from './base-runs.ts';
import { actorOf, type Behind, type Call, type CallFault, portsOf, type Session } from './calls.ts';
import { environmentOf } from './environment.ts';
import { evidenceOver } from './fakes/evidence.ts';
import { ledgerIn } from './fakes/ledger.ts';
import { Engine } from './fakes/machine.ts';
import { workspaceIn } from './fakes/workspace.ts';
import { contextOf, type Machines, phaseOf, shippedMachines, verified } from './surroundings.ts';
import { type Answered, changeWorld, type Live, type World, type Zombie } from './world.ts';

logger.setLogLevel('SILENT');

/** What an invocation came to. `stopped`: its process ended, or it stands at a call. */
export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'stopped' };

export interface Invoked {
  readonly outcome: Outcome;
  readonly calls: readonly Call[];
  readonly answers: readonly Answered[];
}

/** What a person may ask of `Operate`. */
export type Request =
  | { readonly ask: 'adopt'; readonly endpoint: string; readonly actor: string }
  | {
      readonly ask: 'command';
      readonly releaseId: string;
      readonly kind: CommandKind | ByHand;
      readonly actor: string;
    }
  | {
      readonly ask: 'start';
      readonly endpoint: string;
      readonly version?: string;
      readonly intent: 'release' | 'rollback';
      readonly actor: string;
    };

/** The shipped machine and handlers over the worlds of one base run. */
export class Controller {
  readonly run: BaseRun;
  readonly environment: EnvironmentConfig;
  readonly engine: Engine;
  readonly #handlers: typeof stateHandlers;

  /**
   * @param machines Definitions to run in the place of the shipped ones, for mutants of them.
   * @param instead Handlers with a planted bug.
   */
  constructor(run: BaseRun, machines: Partial<Machines> = {}, instead: Partial<typeof stateHandlers> = {}) {
    this.run = run;
    this.#handlers = { ...stateHandlers, ...instead };
    this.environment = environmentOf(run);
    this.engine = new Engine({ ...shippedMachines(), ...machines });
  }

  async invoke(
    live: Live,
    name: FunctionName,
    event: unknown,
    fault?: CallFault,
    beforeWrite?: (call: number) => void,
  ): Promise<Invoked> {
    return this.#run({ live, name, event, fault, beforeWrite, zombie: undefined });
  }

  /** The bus brings an event once more, as one that delivers at least once may. */
  async republish(live: Live, event: unknown): Promise<void> {
    const posted = { event: busEvent.parse(event), attempts: 0, notBefore: live.world.now };
    changeWorld(live, { bus: [...live.world.bus, posted] });
  }

  /** The zombie goes on from where it stands. */
  async goOn(live: Live, zombie: Zombie): Promise<Invoked> {
    const { name, event } = zombie;
    return this.#run({ live, name, event, fault: undefined, beforeWrite: undefined, zombie });
  }

  async #run(about: {
    live: Live;
    name: FunctionName;
    event: unknown;
    fault: CallFault | undefined;
    beforeWrite: ((call: number) => void) | undefined;
    zombie: Zombie | undefined;
  }): Promise<Invoked> {
    const { live, name, event, fault, beforeWrite, zombie } = about;
    const session: Session = {
      live,
      actor: actorOf(name, event, zombie !== undefined),
      fault,
      replayed: zombie?.answered ?? [],
      replayedAt: zombie?.since ?? live.world.now,
      onlyOne: zombie?.sent ?? false,
      made: [],
      answers: [],
      stopped: Promise.withResolvers<'stopped'>(),
      mishap: {},
      over: false,
      beforeWrite,
    };
    const ports = portsOf(session, this.environment, this.#behind(live));
    const work = this.#call(name, event, ports).then(
      (value): Outcome => ({ kind: 'value', value }),
      (thrown: unknown): Outcome => ({ kind: 'failed', failure: invokeFailure(thrown) }),
    );
    const outcome = await Promise.race([
      work,
      session.stopped.promise.then((): Outcome => ({ kind: 'stopped' })),
    ]);
    session.over = true;
    live.actor = undefined;
    return { outcome, calls: session.made, answers: session.answers };
  }

  async #call(name: FunctionName, event: unknown, ports: Ports): Promise<unknown> {
    const context = contextOf(name);
    switch (name) {
      case 'Operate':
        return operate(withinReach('Operate', ports), event as Request);
      case 'Reconcile':
        return reconcile(withinReach(name, ports))(event, context);
      case 'Watch':
        return watch(withinReach(name, ports))({}, context);
      case 'StartRelease':
        return startRelease(withinReach(name, ports))({ detail: event }, context);
      case 'RespondToAlert':
        return respondToAlert(withinReach(name, ports))({ detail: event }, context);
      case 'ReceiveRegistryNews':
        return receiveRegistryNews(withinReach(name, ports))(event, context);
      case 'ReceiveDataAlert':
        return receiveDataAlert(withinReach(name, ports))(event, context);
      default:
        return this.#handlers[name](withinReach(name, ports))(structuredClone(event), context);
    }
  }

  #behind(live: Live): Behind {
    const { engine } = this;
    const files = {
      get: () => live.world.evidence,
      set: (evidence: World['evidence']) => changeWorld(live, { evidence }),
    };
    return {
      ledger: ledgerIn(live),
      evidence: evidenceOver(files),
      machine: {
        start: async (machine, machineName, input) => engine.start(live, machine, machineName, input),
        succeed: async (token, output) =>
          engine.answer(live, token, {
            kind: 'succeeded',
            output: JSON.parse(JSON.stringify(output ?? null)),
          }),
        fail: async (token, error, cause) => engine.answer(live, token, { kind: 'failed', error, cause }),
        stop: async (arn, cause) => engine.stop(live, arn, cause),
        phase: async (arn) => phaseOf(live.world.executions[arn]?.status),
      },
      bus: {
        publish: async (published) => {
          const posted = { event: published, attempts: 0, notBefore: live.world.now };
          changeWorld(live, { bus: [...live.world.bus, posted] });
        },
      },
      workspace: (mishap) => workspaceIn(live, this.run.behaviour, mishap),
      mlflow: { read: async (delivery) => verified(delivery) },
      // The incident is as it was raised, and nobody has said anything about it.
      incidents: {
        read: async () => ({ raisedAt: instant(live.world.now - 1_000) }),
        comment: async () => {},
      },
      monteCarlo: { read: async (delivery) => verified(delivery) },
    };
  }
}

export type Handlers = typeof stateHandlers;

const stateHandlers = { ...stateFunctions, ...alertFunctions };

async function operate(ports: Ports, request: Request): Promise<unknown> {
  const people = operations(ports);
  switch (request.ask) {
    case 'adopt':
      return people.adopt(request.endpoint, request.actor);
    case 'command': {
      const { releaseId, kind, actor } = request;
      if (kind === 'freeze' || kind === 'unfreeze') {
        const off = kind === 'unfreeze';
        return people.freeze({ endpoint, off, actor, reason: 'as the explorer asks' });
      }
      if (kind === 'drill')
        return people.drill(endpoint, { inProduction: true, actor, reason: 'as the explorer asks' });
      if (kind === 'execute')
        return ports.machine.start('release', 'by-hand', { endpoint, version: '3', intent: 'release' });
      if (kind === 'stop') {
        const arn = (await ports.ledger.release(releaseId))?.executionArn;
        return arn == null ? undefined : ports.machine.stop(arn, 'as the explorer asks');
      }
      if (kind === 'alert' || kind === 'supersede') throw new RangeError(`No person asks for ${kind}.`);
      return people.command(releaseId, { kind, actor, reason: 'as the explorer asks' });
    }
    case 'start': {
      const { endpoint, version, intent, actor } = request;
      return people.start({ endpoint, intent, actor, ...(version === undefined ? {} : { version }) });
    }
  }
}
