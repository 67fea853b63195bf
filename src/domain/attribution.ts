import { after, type Instant, type Millis } from './units.ts';

/** Whose doing an incident in the data is, and what follows for a release. */

/** What a configuration watches: tables and rules by name. */
export interface Watched {
  readonly tables: readonly string[];
  readonly rules: readonly string[];
}

/** `candidate`: what the version itself makes is bad. `bothSides`: what feeds every version is, so none is to blame. */
export type Blame = 'candidate' | 'bothSides';

/** Undefined when the incident does not concern the endpoint. What hits both lists hits both sides. */
export function blameOf(
  incident: Watched,
  watched: Watched & { readonly upstream: Watched },
): Blame | undefined {
  if (meets(incident, watched.upstream)) return 'bothSides';
  return meets(incident, watched) ? 'candidate' : undefined;
}

function meets(incident: Watched, watched: Watched): boolean {
  return (
    incident.tables.some((table) => watched.tables.some((own) => sameTable(own, table))) ||
    incident.rules.some((rule) => watched.rules.includes(rule))
  );
}

/** Senders spell a table as `table`, `schema.table` or `database:schema.table`: equal by their last parts. */
function sameTable(configured: string, table: string): boolean {
  const parts = (name: string) => name.toLowerCase().split(/[.:]/).reverse();
  const theirs = parts(table);
  return parts(configured).every((part, index) => theirs[index] === undefined || theirs[index] === part);
}

/** The release that an incident on an endpoint can be about. */
export type Subject =
  | { readonly kind: 'running'; readonly requestedAt: Instant }
  /** What it promoted serves now, and nothing has been released since. */
  | { readonly kind: 'promoted'; readonly requestedAt: Instant; readonly endedAt: Instant }
  | { readonly kind: 'goingBack' }
  | { readonly kind: 'none' };

export interface Circumstances {
  readonly blame: Blame;
  readonly subject: Subject;
  /** Null when nothing says when the incident was raised: an update of one that may be old. */
  readonly raisedAt: Instant | null;
  /** Why the incident could not be confirmed; null when it was, or need not be. */
  readonly unconfirmed: string | null;
  readonly now: Instant;
  /** How long after a promotion an incident still undoes it. */
  readonly rollbackWindow: Millis;
}

export interface AlertResponse {
  /** `rollBack` and `pause` a running release, `undoPromotion` one that ended; `none` touches nothing. */
  readonly kind: 'rollBack' | 'pause' | 'undoPromotion' | 'none';
  readonly why: string;
  /** What a person has to look at, because the response stops short of what the incident may call for. */
  readonly person: boolean;
}

/**
 * A release is undone only for an incident that concerns its version alone, is confirmed, and was raised after the
 * release was requested. What may be its doing pauses it; what is not its doing pauses it too, since evidence from bad
 * data proves nothing. What was promoted can only be undone or left: then a person is told.
 */
export function responseTo(facts: Circumstances): AlertResponse {
  const { blame, subject } = facts;
  switch (subject.kind) {
    case 'goingBack':
      return { kind: 'none', why: 'the endpoint is on its way back already', person: false };
    case 'none': {
      const why = 'no release runs, and none was promoted within the rollback window';
      return { kind: 'none', why, person: blame === 'candidate' };
    }
    case 'running': {
      if (blame === 'bothSides') return { kind: 'pause', why: 'it hits both sides', person: false };
      const doubt = doubtAbout(facts, subject.requestedAt);
      if (doubt !== undefined) return { kind: 'pause', why: doubt, person: true };
      return { kind: 'rollBack', why: 'it concerns the candidate alone', person: false };
    }
    case 'promoted': {
      if (blame === 'bothSides') return { kind: 'none', why: 'it hits every version', person: false };
      if (facts.now > after(subject.endedAt, facts.rollbackWindow)) {
        return { kind: 'none', why: 'the last promotion is older than the rollback window', person: true };
      }
      const doubt = doubtAbout(facts, subject.requestedAt);
      if (doubt !== undefined) return { kind: 'none', why: doubt, person: true };
      return { kind: 'undoPromotion', why: 'it concerns the promoted version alone', person: false };
    }
  }
}

function doubtAbout({ unconfirmed, raisedAt }: Circumstances, requestedAt: Instant): string | undefined {
  if (unconfirmed !== null) return unconfirmed;
  if (raisedAt === null) return 'nothing says when it was raised, so it may be older than the release';
  return raisedAt < requestedAt ? 'it was raised before the release was requested' : undefined;
}

/** What people say of an incident that is over. It lifts what the incident held, and starts nothing again by itself. */
const closedFeedback: ReadonlySet<string> = new Set([
  'fixed',
  'expected',
  'no_action_needed',
  'false_positive',
]);

/** @param feedback As a sender spells it, in whatever case. */
export const isClosed = (feedback: string | undefined): boolean =>
  feedback !== undefined && closedFeedback.has(feedback.toLowerCase());
