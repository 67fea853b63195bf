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

/** A release that was promoted, and what it promoted serves now. */
export interface Promotion {
  readonly requestedAt: Instant;
  readonly endedAt: Instant;
}

/** The release that an incident on an endpoint can be about. */
export type Subject =
  /** `serves`: what has all traffic while the candidate has had none yet; null once it had some, or for an older one. */
  | { readonly kind: 'running'; readonly requestedAt: Instant; readonly serves: Promotion | null }
  /** Nothing has been released since. */
  | ({ readonly kind: 'promoted' } & Promotion)
  | { readonly kind: 'goingBack' }
  | { readonly kind: 'none' };

export interface Circumstances {
  readonly blame: Blame;
  readonly subject: Subject;
  /** Null when nothing says when the incident was raised: an update of one that may be old. */
  readonly raisedAt: Instant | null;
  /** Why the incident could not be confirmed; null when it was, or need not be. */
  readonly unconfirmed: string | null;
  /** Whether people had closed the incident when this message of it came, without saying anything new. */
  readonly closedBefore: boolean;
  /** Who has the endpoint by breakglass: nothing is written there; null for nobody. */
  readonly inHandsOf: string | null;
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
  const { blame, subject, closedBefore, inHandsOf } = facts;
  if (inHandsOf !== null) {
    return { kind: 'none', why: `${inHandsOf} has the endpoint by breakglass`, person: true };
  }
  switch (subject.kind) {
    case 'goingBack':
      return { kind: 'none', why: 'the endpoint is on its way back already', person: false };
    case 'none': {
      const why = 'no release runs, and none was promoted within the rollback window';
      return { kind: 'none', why, person: blame === 'candidate' };
    }
    case 'running': {
      if (blame === 'bothSides') return { kind: 'pause', why: 'it hits both sides', person: closedBefore };
      if (subject.serves && isFresh(subject.serves, facts)) return beforeTraffic(facts, subject.serves);
      const doubt = doubtAbout(facts, subject.requestedAt);
      if (doubt !== undefined) return { kind: 'pause', why: doubt, person: true };
      return { kind: 'rollBack', why: 'it concerns the candidate alone', person: false };
    }
    case 'promoted': {
      if (blame === 'bothSides') return { kind: 'none', why: 'it hits every version', person: false };
      if (!isFresh(subject, facts)) {
        return { kind: 'none', why: 'the last promotion is older than the rollback window', person: true };
      }
      const doubt = doubtAbout(facts, subject.requestedAt);
      if (doubt !== undefined) return { kind: 'none', why: doubt, person: true };
      return { kind: 'undoPromotion', why: 'it concerns the promoted version alone', person: false };
    }
  }
}

const isFresh = ({ endedAt }: Promotion, { now, rollbackWindow }: Circumstances): boolean =>
  now <= after(endedAt, rollbackWindow);

/** What has traffic made the incident, not the candidate that had none; but the candidate bars the way back. */
function beforeTraffic(facts: Circumstances, serves: Promotion): AlertResponse {
  const doubt = doubtAbout(facts, serves.requestedAt);
  if (doubt !== undefined) return { kind: 'pause', why: doubt, person: true };
  const why =
    'it has had no traffic, and the version that serves was promoted within the rollback window; that one is undone by `headgate rollback` of the endpoint once this release has ended';
  return { kind: 'rollBack', why, person: true };
}

function doubtAbout(
  { unconfirmed, raisedAt, closedBefore }: Circumstances,
  requestedAt: Instant,
): string | undefined {
  if (unconfirmed !== null) return unconfirmed;
  if (closedBefore) return 'people had closed it before';
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
