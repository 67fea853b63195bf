import type { Instant } from './units.ts';

/**
 * `release` brings a version to 100 %; `rollback` puts all traffic back on the good configuration before; `drill`
 * gives a share to a second entity of the version that serves, and takes it back to see how long that takes.
 */
export const intents = ['release', 'rollback', 'drill'] as const;
export type Intent = (typeof intents)[number];

/** What a release is about. `releaseId` is derived from the rest, so the same request is the same release. */
export interface Release {
  readonly releaseId: string;
  /** Serving endpoint in the target environment. */
  readonly endpoint: string;
  /** Unity Catalog name of the model: catalog.schema.model. */
  readonly model: string;
  readonly version: string;
  readonly intent: Intent;
}

/**
 * How a release ended. Only `promoted` and `restored` are successes; `observed` claims nothing, because nothing was
 * written.
 */
export type OutcomeKind = 'promoted' | 'restored' | 'rolledBack' | 'rejected' | 'superseded' | 'observed';

export interface Outcome {
  readonly kind: OutcomeKind;
  readonly says: string;
}

/** What people and alerts may ask of a running release. */
export type CommandKind = 'rollback' | 'alert' | 'abort' | 'supersede' | 'hold' | 'resume' | 'approve';

export interface Command {
  /** Same id, same command: a repeated delivery is one command. */
  readonly commandId: string;
  readonly releaseId: string;
  readonly kind: CommandKind;
  readonly actor: string;
  readonly reason: string;
  readonly at: Instant;
}

/** Lower goes first. Rollback and alert are one rank: whichever was written first is obeyed first. */
const rank: Readonly<Record<CommandKind, number>> = {
  rollback: 0,
  alert: 0,
  abort: 1,
  supersede: 2,
  hold: 3,
  resume: 4,
  approve: 5,
};

/** The command to obey first: by rank, then in the order of arrival. Undefined when there is none. */
export function firstToObey<C extends Pick<Command, 'kind'>>(inOrderOfArrival: readonly C[]): C | undefined {
  return [...inOrderOfArrival].sort((a, b) => rank[a.kind] - rank[b.kind])[0];
}

/** Who asked for what, and why, as people are told of it. */
export const askedBy = (what: string, who: string, reason: string): string =>
  `${what} by ${who}: ${reason || 'no reason given'}`;

/** What a command does to a release that stands still or is about to move. */
export type CommandEffect = 'restore' | 'hold' | 'continue';

export function effectOf(kind: CommandKind): CommandEffect {
  switch (kind) {
    case 'rollback':
    case 'alert':
    case 'abort':
    case 'supersede':
      return 'restore';
    case 'hold':
      return 'hold';
    case 'resume':
    case 'approve':
      return 'continue';
  }
}
