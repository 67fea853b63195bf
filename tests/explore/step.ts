import { type ErrorName, errors } from '../../src/contracts/errors.ts';
import { type FunctionName, functionTimeoutS } from '../../src/contracts/functions.ts';
import type { Act } from './base-runs.ts';
import { endpoint, grid, model } from './base-runs.ts';
import type { CallFault } from './calls.ts';
import type { Controller, Invoked, Outcome, Request } from './controller.ts';
import { save } from './fakes/machine.ts';
import type { Fault } from './fault.ts';
import { type Due, isDue, nextOnGrid } from './schedule.ts';
import { delivered, registryNews } from './surroundings.ts';
import { changeWorld, type Live, type Posted, type Zombie } from './world.ts';

/** One step: what is due is done, and a fault may befall it. */
export async function take(
  controller: Controller,
  live: Live,
  due: Exclude<Due, { kind: 'rest' }>,
  fault?: Fault,
  beforeWrite?: (call: number) => void,
): Promise<Invoked> {
  const run = invocationOf(live, due);
  if (due.kind === 'call') markCalled(live, due.arn, due.phase.attempt);
  const since = live.world.now;
  const invoked = await controller.invoke(live, run.name, run.event, callFaultOf(fault), beforeWrite);
  if (fault?.kind === 'zombie' && invoked.outcome.kind === 'stopped')
    addZombie(live, run, since, invoked, fault);
  const outcome = fault && 'seen' in fault ? seenAs(fault.seen, invoked.outcome) : invoked.outcome;
  await goOn(controller, live, due, outcome, fault === undefined);
  // Whoever starts the process again finds the call unanswered, and makes it once more.
  if (due.kind === 'call' && fault?.kind === 'die' && fault.seen === 'crash')
    markCalled(live, due.arn, undefined);
  return invoked;
}

interface Invocation {
  readonly name: FunctionName;
  readonly event: unknown;
}

function invocationOf(live: Live, due: Exclude<Due, { kind: 'rest' }>): Invocation {
  switch (due.kind) {
    case 'call':
      return { name: due.phase.functionName as FunctionName, event: due.phase.payload };
    case 'tick':
      return { name: 'Watch', event: {} };
    case 'reconcile':
      return { name: 'Reconcile', event: {} };
    case 'statusChange':
      return { name: 'Reconcile', event: {} };
    case 'deliver': {
      const { event } = nextPosted(live);
      return { name: event.type === 'ModelVersionRegistered' ? 'StartRelease' : 'RespondToAlert', event };
    }
    case 'act':
      return actInvocation(live, due.act);
  }
}

export function actInvocation(live: Live, act: Act): Invocation {
  const at = live.world.now;
  switch (act.kind) {
    case 'register':
      return {
        name: 'ReceiveRegistryNews',
        event: delivered(at, `mlflow-${act.version}`, registryNews(model, act.version, at)),
      };
    case 'alert':
      return {
        name: 'ReceiveDataAlert',
        event: delivered(at, `mc-${act.incident}`, alertNews(act.incident)),
      };
    case 'command': {
      const releaseId = runningRelease(live) ?? 'none';
      const request: Request = { ask: 'command', releaseId, kind: act.command, actor: act.actor };
      return { name: 'Operate', event: request };
    }
    case 'rollback':
      return { name: 'Operate', event: { ask: 'start', endpoint, intent: 'rollback', actor: 'ana' } };
    case 'start':
      return {
        name: 'Operate',
        event: { ask: 'start', endpoint, version: act.version, intent: 'release', actor: 'ana' },
      };
  }
}

const alertNews = (incidentId: string) => ({
  kind: 'alert',
  incidentId,
  type: 'anomalies',
  tables: ['prod.features.fraud'],
  ruleIds: [],
});

export const runningRelease = ({ world }: Live): string | undefined =>
  world.ledger.releases.find((one) => one.phase === 'running')?.releaseId;

function nextPosted({ world }: Live): Posted {
  const found = world.bus.find((one) => one.notBefore <= world.now);
  if (found) return found;
  throw new RangeError('Nothing is on the bus.');
}

function callFaultOf(fault: Fault | undefined): CallFault | undefined {
  switch (fault?.kind) {
    case 'die':
    case 'zombie':
      return { kind: 'stop', call: fault.call };
    case 'port':
      return { kind: 'error', call: fault.call, error: fault.error, effect: fault.effect };
    case 'mishap':
      return { kind: 'mishap', call: fault.call, mishap: fault.mishap };
    default:
      return undefined;
  }
}

/** @param seen What the platform tells of the call; `crash`: nobody is left to tell, and it is called again. */
function seenAs(seen: string, really: Outcome): Outcome {
  if (seen === 'really') return really;
  if (seen === 'crash' || seen === 'silence') return { kind: 'stopped' };
  const cause = JSON.stringify({ errorType: seen, errorMessage: 'as the explorer has it', trace: [] });
  return { kind: 'failed', failure: { error: seen, cause } };
}

function markCalled(live: Live, arn: string, attempt: string | undefined): void {
  const execution = live.world.executions[arn];
  if (execution) save(live, { ...execution, called: attempt });
}

function addZombie(
  live: Live,
  { name, event }: Invocation,
  since: number,
  { answers, calls }: Invoked,
  { sent }: Extract<Fault, { kind: 'zombie' }>,
): void {
  const life = functionTimeoutS(name) * 1000;
  const at = calls[answers.length];
  const zombie: Zombie = {
    name,
    event,
    since,
    // A request that is on its way lands within a client's patience, not within the function's life.
    until: since + life + (sent ? grid : 0),
    answered: answers,
    sent,
    label: `${name} at ${at ? `${at.port}.${at.method}` : 'its end'}${sent ? ', sent' : ''}`,
  };
  changeWorld(live, { zombies: [...live.world.zombies, zombie] });
}

async function goOn(
  controller: Controller,
  live: Live,
  due: Exclude<Due, { kind: 'rest' }>,
  outcome: Outcome,
  undisturbed: boolean,
): Promise<void> {
  switch (due.kind) {
    case 'call':
      return answerMachine(controller, live, due, outcome);
    case 'tick':
      changeWorld(live, { nextTick: nextOnGrid(live.world.now) });
      return;
    case 'reconcile':
      changeWorld(live, {
        nextReconcile: nextOnGrid(live.world.now),
        // A look at one endpoint that failed is not told by what the look at all of them comes to.
        ...(outcome.kind === 'value' && undisturbed ? { lookedAt: live.world.now } : {}),
      });
      return;
    case 'statusChange':
      // Told once: what comes of a call that failed is the schedule's.
      changeWorld(live, { broke: live.world.broke - 1 });
      return;
    case 'deliver':
      afterDelivery(live, outcome);
      return;
    case 'act':
      // Whoever heard nothing, or that it cannot be done just now, asks again, unless it is seen to have been done.
      if (!asksAgain(outcome) || !isDue(controller, live.world, due.act))
        changeWorld(live, { acted: live.world.acted + 1 });
  }
}

function asksAgain(outcome: Outcome): boolean {
  if (outcome.kind !== 'failed') return outcome.kind === 'stopped';
  const { error } = outcome.failure;
  return Object.hasOwn(errors, error) && errors[error as ErrorName].retry === 'backoff';
}

async function answerMachine(
  { engine }: Controller,
  live: Live,
  { arn, phase }: Extract<Due, { kind: 'call' }>,
  outcome: Outcome,
): Promise<void> {
  switch (outcome.kind) {
    case 'value':
      return engine.returned(live, arn, phase.attempt, { value: outcome.value });
    case 'failed':
      return engine.returned(live, arn, phase.attempt, { failure: outcome.failure });
    case 'stopped':
      return;
  }
}

/** A subscriber that failed is called twice more, then its event is a dead letter. */
function afterDelivery(live: Live, outcome: Outcome): void {
  const { bus, now, deadLetters } = live.world;
  const posted = nextPosted(live);
  const rest = bus.filter((one) => one !== posted);
  if (outcome.kind === 'value') {
    changeWorld(live, { bus: rest });
    return;
  }
  const attempts = posted.attempts + 1;
  if (attempts < 3) {
    changeWorld(live, { bus: [...rest, { ...posted, attempts, notBefore: now + 60_000 }] });
    return;
  }
  changeWorld(live, { bus: rest, deadLetters: [...deadLetters, posted.event] });
}
