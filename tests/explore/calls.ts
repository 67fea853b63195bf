import type { Ports } from '../../src/app/ports/ports.ts';
import type { Workspace } from '../../src/app/ports/workspace.ts';
import { type ErrorName, errors, ReleaseError } from '../../src/contracts/errors.ts';
import type { FunctionName } from '../../src/contracts/functions.ts';
import { instant } from '../../src/domain/units.ts';
import type { Mishap } from './fakes/serving.ts';
import type { Actor, Answered, Live } from './world.ts';

/** Ports of one invocation: every call goes through one place, where it is counted, and may go wrong. */

/** What goes wrong with one call. */
export type CallFault =
  /** The process ends before the call is made. */
  | { readonly kind: 'stop'; readonly call: number }
  /** The call is answered with an error; with `effect` only its answer was lost. */
  | { readonly kind: 'error'; readonly call: number; readonly error: string; readonly effect: boolean }
  /** The accepted update fails later, or is not seen for a while. */
  | { readonly kind: 'mishap'; readonly call: number; readonly mishap: Mishap };

export interface Call {
  readonly port: string;
  readonly method: string;
  readonly writes: boolean;
}

export interface Session {
  readonly live: Live;
  readonly actor: Actor;
  readonly fault: CallFault | undefined;
  /** Answers of an earlier life: that many calls are not made again. */
  readonly replayed: readonly Answered[];
  /** What the clock shows during them. */
  readonly replayedAt: number;
  /** The first call that is made again is the last. */
  readonly onlyOne: boolean;
  readonly made: Call[];
  readonly answers: Answered[];
  readonly stopped: PromiseWithResolvers<'stopped'>;
  readonly mishap: Mishap;
  over: boolean;
  /** Told before each write, for those who compare worlds between writes. */
  readonly beforeWrite: ((call: number) => void) | undefined;
}

/** One for each who waits: what waits for a promise that all share is kept for as long as that is. */
const never = () => new Promise<never>(() => {});

const writing: Readonly<Record<string, readonly string[]>> = {
  ledger: [
    ...['adopt', 'claim', 'takeOver', 'freeze', 'yieldEndpoint', 'noteDrift', 'recordIntent', 'announce'],
    'beginRestore',
    ...['close', 'registerWait', 'decideWait', 'closeWait', 'noteWait', 'addCommand', 'settleCommand'],
    ...['addRelease', 'markRunning', 'endRelease', 'attachFile', 'acceptDelivery', 'markPublished'],
    ...['quarantine', 'audit'],
  ],
  evidence: ['put'],
  machine: ['start', 'succeed', 'fail', 'stop'],
  bus: ['publish'],
  serving: ['replace'],
  jobs: ['start', 'cancel'],
  registry: ['setAlias', 'tag', 'keepText'],
  incidents: ['comment'],
};

export const isWrite = (port: string, method: string): boolean => writing[port]?.includes(method) ?? false;

/** Pure functions of the serving port: no call leaves the process. */
const pure = ['change', 'differences', 'request'];

async function call(
  session: Session,
  port: string,
  method: string,
  args: readonly unknown[],
  perform: () => Promise<unknown>,
): Promise<unknown> {
  const index = session.made.length;
  if (session.over) return never();
  const writes = isWrite(port, method);
  session.made.push({ port, method, writes });
  const earlier = session.replayed[index];
  if (earlier) return answeredAgain(session, earlier);
  const { fault, live } = session;
  if (fault?.call === index && fault.kind === 'stop') return end(session);
  if (writes) session.beforeWrite?.(index);
  const before = live.world;
  live.actor = session.actor;
  const failure = fault?.call === index && fault.kind === 'error' ? fault : undefined;
  const told = { kind: 'call', actor: session.actor, port, method, args, before, at: before.now } as const;
  try {
    if (failure && !failure.effect) throw errorOf(fitting(failure.error, port), `${port}.${method}`);
    if (fault?.call === index && fault.kind === 'mishap') Object.assign(session.mishap, fault.mishap);
    const value = await perform();
    live.happenings.push({ ...told, outcome: 'ok', value });
    if (failure) throw errorOf(fitting(failure.error, port), `${port}.${method}, whose answer was lost`);
    session.answers.push({ kind: 'value', value });
    if (session.onlyOne) return end(session);
    return value;
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    if (!failure?.effect) live.happenings.push({ ...told, outcome: error.name, value: undefined });
    session.answers.push({ kind: 'error', error });
    if (session.onlyOne) return end(session);
    throw error;
  }
}

function answeredAgain(session: Session, earlier: Answered): unknown {
  session.answers.push(earlier);
  if (earlier.kind === 'error') throw earlier.error;
  return earlier.value;
}

function end(session: Session): Promise<never> {
  session.over = true;
  session.stopped.resolve('stopped');
  return never();
}

function errorOf(name: string, where: string): Error {
  const said = `${where}: ${name}, as the explorer has it`;
  if (isKnown(name)) return new ReleaseError(name, said);
  return Object.assign(new Error(said), { name });
}

/** A store knows one way to fail, and the workspace does not fail like a store. */
function fitting(error: string, port: string): string {
  if (stores.includes(port)) return 'LedgerUnavailable';
  if (port === 'incidents') return 'MonteCarloUnavailable';
  return error === 'LedgerUnavailable' ? 'DatabricksUnavailable' : error;
}

/** Ports that are no part of the workspace. */
export const stores: readonly string[] = ['ledger', 'evidence', 'machine', 'bus'];

const isKnown = (name: string): name is ErrorName => Object.hasOwn(errors, name);

function counted<T extends object>(session: Session, port: string, target: T): T {
  return new Proxy(target, {
    get(object, method) {
      const member: unknown = Reflect.get(object, method);
      if (typeof member !== 'function' || typeof method !== 'string' || pure.includes(method)) return member;
      return (...args: unknown[]) =>
        call(session, port, method, args, async () => Reflect.apply(member, object, args));
    },
  });
}

/** What lies behind the ports, without counting. */
export type Behind = Omit<Ports, 'clock' | 'environment' | 'workspace'> & {
  workspace(mishap: Mishap): Workspace;
};

export function portsOf(session: Session, environment: Ports['environment'], behind: Behind): Ports {
  const { live } = session;
  const workspace = behind.workspace(session.mishap);
  const counting: Workspace = {
    serving: counted(session, 'serving', workspace.serving),
    jobs: counted(session, 'jobs', workspace.jobs),
    registry: counted(session, 'registry', workspace.registry),
    requests: counted(session, 'requests', workspace.requests),
  };
  const sleep = async () => {
    throw new Error('No handler of the explorer sleeps.');
  };
  // What the call at which it stands was given was computed before it stood.
  const asleep = () => session.replayed.length > 0 && session.made.length <= session.replayed.length;
  const now = () => instant(asleep() ? session.replayedAt : live.world.now);
  return {
    ...behind,
    clock: { now, sleep },
    ledger: counted(session, 'ledger', behind.ledger),
    evidence: counted(session, 'evidence', behind.evidence),
    machine: counted(session, 'machine', behind.machine),
    bus: counted(session, 'bus', behind.bus),
    incidents: counted(session, 'incidents', behind.incidents),
    environment,
    workspace: () => counting,
  };
}

export const actorOf = (name: FunctionName, event: unknown, late: boolean): Actor => {
  const { release, lease, request, execution } = (event ?? {}) as {
    release?: { releaseId: string };
    lease?: { epoch: number };
    request?: { releaseId?: string };
    execution?: { name: string };
  };
  const releaseId = release?.releaseId ?? request?.releaseId ?? execution?.name;
  return { name, releaseId, epoch: lease?.epoch, late };
};
