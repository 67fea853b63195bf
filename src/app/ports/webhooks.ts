import { ReleaseError } from '../../contracts/errors.ts';
import { type Instant, instant } from '../../domain/units.ts';

/** One HTTP request as it came in; nothing in it is trusted. */
export interface Delivery {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly receivedAt: Instant;
}

/** @param receivedAt Milliseconds since 1970 by the clock that senders sign by. */
export function deliveryOf(
  headers: Readonly<Record<string, string | undefined>>,
  body: Uint8Array,
  receivedAt: number,
): Delivery {
  const lowerCase = Object.entries(headers).map(
    ([name, value]) => [name.toLowerCase(), value ?? ''] as const,
  );
  return { headers: Object.fromEntries(lowerCase), body, receivedAt: instant(receivedAt) };
}

/** A delivery whose signature held, and what it says. */
export interface Verified<Message> {
  /** The sender's id of this delivery, the same over its retries; absent where the sender has none. */
  readonly deliveryId?: string;
  /** SHA-256 in hex over what identifies the content: equal for the same news under another delivery id. */
  readonly contentDigest: string;
  readonly message: Message;
}

/** One kind of sender. */
export interface WebhookSource<Message> {
  /**
   * Verifies the delivery first and reads it afterwards.
   * @throws ReleaseError `WebhookRefused` with facts {http, reason}; it holds no secret and no expected signature.
   * @throws ReleaseError `ConfigurationInvalid` when a shared secret is blank, and whatever the lookup of the
   *   secrets throws: these are our faults, to be answered with 5xx so that the sender tries again.
   */
  read(delivery: Delivery): Promise<Verified<Message>>;
}

export type RefusalReason =
  | 'oversized'
  | 'signatureMissing'
  | 'headerMalformed'
  | 'signatureWrong'
  | 'stale'
  | 'future'
  | 'malformed';

const answers = {
  oversized: 413,
  signatureMissing: 401,
  headerMalformed: 401,
  signatureWrong: 403,
  stale: 403,
  future: 403,
  malformed: 400,
} as const satisfies Record<RefusalReason, number>;

/** @param why For people and the audit line; never a secret, a signature or a piece of the body. */
export function refusal(reason: RefusalReason, why: string): ReleaseError {
  return new ReleaseError('WebhookRefused', why, { facts: { http: answers[reason], reason } });
}

/** News from the model registry. */
export type RegistryMessage =
  | {
      readonly kind: 'versionRegistered';
      readonly model: string;
      readonly version: string;
      /** Where the artefact was logged, as the registry spells it. */
      readonly source?: string;
      readonly runId?: string;
      readonly at: Instant;
    }
  /** A registry event that starts nothing. */
  | { readonly kind: 'ignored'; readonly entity: string; readonly action: string };

/** News from the data observability service. */
export type DataAlertMessage =
  | {
      readonly kind: 'alert';
      readonly incidentId: string;
      readonly type: string;
      /** As spelled by the sender, in order of appearance, no duplicates: bare names and `database:schema.table`. */
      readonly tables: readonly string[];
      readonly ruleIds: readonly string[];
      /** `database:schema`. */
      readonly groupId?: string;
      readonly url?: string;
      /** Only once a person has declared an incident; a new alert has none. */
      readonly severity?: string;
      /** Where the people who look at the alert stand with it, as spelled by the sender. */
      readonly feedback?: string;
      readonly account?: string;
    }
  /** Rightly signed, but of a type or a shape that we do not know: the caller quarantines it, never drops it. */
  | { readonly kind: 'unknown'; readonly type: string; readonly incidentId?: string };
