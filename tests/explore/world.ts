import type { Position } from '../../local/machine/position.ts';
import type { ExecutionRow } from '../../local/machine/store.ts';
import type {
  AuditRow,
  CommandRow,
  DeliveryRow,
  EndpointRow,
  ReleaseRecord,
  Wait,
} from '../../src/app/ports/ledger.ts';
import type { Configuration } from '../../src/app/ports/workspace.ts';
import type { ReleaseError } from '../../src/contracts/errors.ts';
import type { BusEvent } from '../../src/contracts/events.ts';
import type { FunctionName } from '../../src/contracts/functions.ts';
import type { Ghost } from './ghost.ts';

/**
 * Everything that there is at one moment, as plain data that nobody changes: a snapshot is the reference to it. A world
 * is only looked at between two steps, when no handler runs; a handler that outlives its step is a `Zombie`.
 */
export interface World {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Number of the next identifier. */
  readonly serial: number;
  readonly ledger: LedgerState;
  readonly evidence: Readonly<Record<string, StoredFile>>;
  readonly workspace: WorkspaceState;
  readonly executions: Readonly<Record<string, Execution>>;
  /** Published and not yet taken by its subscriber, oldest first. */
  readonly bus: readonly Posted[];
  /** Events whose subscriber failed for good. */
  readonly deadLetters: readonly BusEvent[];
  /** Executions that broke and whose change of status nobody has heard of yet. */
  readonly broke: number;
  readonly zombies: readonly Zombie[];
  readonly nextTick: number;
  readonly nextReconcile: number;
  /** When all endpoints were compared with the ledger last. */
  readonly lookedAt: number;
  /** How many of the base run's acts were done. */
  readonly acted: number;
  readonly ghost: Ghost;
}

export interface Posted {
  readonly event: BusEvent;
  readonly attempts: number;
  readonly notBefore: number;
}

export interface LedgerState {
  readonly endpoints: readonly EndpointRow[];
  readonly waits: readonly Wait[];
  readonly commands: readonly CommandRow[];
  readonly releases: readonly ReleaseRecord[];
  readonly deliveries: readonly StoredDelivery[];
  readonly quarantine: readonly Quarantined[];
  readonly audit: readonly AuditRow[];
  readonly onceIds: ReadonlySet<string>;
  readonly nextOrder: number;
}

export interface StoredDelivery extends DeliveryRow {
  readonly source: string;
  readonly deliveryId: string | undefined;
  readonly contentDigest: string;
}

export interface Quarantined {
  readonly quarantineId: string;
  readonly source: string;
  readonly why: string;
  readonly at: DeliveryRow['receivedAt'];
}

export interface StoredFile {
  readonly content: string;
  readonly digest: string;
}

export interface WorkspaceState {
  readonly endpoints: Readonly<Record<string, EndpointState>>;
  readonly runs: readonly RunState[];
  readonly aliases: Readonly<Record<string, string>>;
}

export interface EndpointState {
  readonly active: Configuration;
  readonly configVersion: number;
  readonly last: 'none' | 'failed' | 'cancelled';
  /** The update in progress, until when, and how it ends. */
  readonly update: {
    readonly desired: Configuration;
    readonly until: number;
    readonly ends: UpdateEnd;
  } | null;
  /** Reads show this state until then: an eventually consistent read. */
  readonly behind: { readonly shows: Omit<EndpointState, 'behind'>; readonly until: number } | null;
}

export type UpdateEnd = 'none' | 'failed';

export interface RunState {
  readonly runId: string;
  readonly token: string;
  readonly until: number;
  readonly cancelled: boolean;
  readonly parameters: Readonly<Record<string, string>>;
}

/** An execution as the engine keeps it, and the attempt whose handler was called. */
export interface Execution extends ExecutionRow {
  readonly position: Position;
  readonly called: string | undefined;
}

/** What a port answered in an invocation, so that the same invocation can be brought to the same point again. */
export type Answered =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: ReleaseError | Error };

/** An invocation that stands at one of its port calls, and may go on until its function's life is over. */
export interface Zombie {
  readonly name: FunctionName;
  readonly event: unknown;
  readonly since: number;
  readonly until: number;
  readonly answered: readonly Answered[];
  /** The call at which it stands was sent already: that call alone may still land, and later than `until`. */
  readonly sent: boolean;
  readonly label: string;
  /** Whatever it does from here on is refused. */
  readonly spent?: true;
}

export const canGoOn = ({ spent }: Zombie): boolean => spent !== true;

/** The only thing that changes: which world is the present one, and what happened since the step began. */
export interface Live {
  world: World;
  readonly happenings: Happening[];
  /** The invocation that acts at this moment; undefined for the platform and for people. */
  actor: Actor | undefined;
  readonly random: () => number;
}

export interface Actor {
  readonly name: FunctionName;
  readonly releaseId: string | undefined;
  readonly epoch: number | undefined;
  readonly late: boolean;
}

/** What the invariants are told of a step. */
export type Happening =
  | {
      readonly kind: 'call';
      readonly actor: Actor | undefined;
      readonly port: string;
      readonly method: string;
      readonly args: readonly unknown[];
      readonly outcome: 'ok' | string;
      readonly value: unknown;
      readonly before: World;
      readonly at: number;
    }
  | {
      readonly kind: 'updated';
      readonly endpoint: string;
      readonly before: EndpointState;
      readonly after: EndpointState;
      readonly at: number;
    }
  | {
      readonly kind: 'event';
      readonly arn: string;
      readonly type: string;
      readonly name: string;
      readonly at: number;
    }
  | {
      readonly kind: 'foreign';
      readonly endpoint: string;
      readonly what: 'traffic' | 'field';
      readonly at: number;
    }
  /** The explorer made something go wrong. */
  | { readonly kind: 'fault'; readonly at: number };

export function changeWorld(live: Live, change: Partial<World>): void {
  live.world = { ...live.world, ...change };
}

export function uuid(live: Live): string {
  const { serial } = live.world;
  changeWorld(live, { serial: serial + 1 });
  return `00000000-0000-4000-8000-${String(serial).padStart(12, '0')}`;
}
