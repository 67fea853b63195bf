import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Delivery, refusal } from '../../app/ports/webhooks.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import { type Instant, type Millis, millis, type NonEmpty, seconds } from '../../domain/units.ts';

/** How old a delivery may be when it arrives; MLflow's own receiver sample uses the same window. */
const maxAge: Millis = seconds(300);
/** How far the sender's clock may run ahead of ours. */
const maxSkew: Millis = millis(60_000);
/** A rotation has two signatures; more than a few is not a rotation. */
const maxSignatures = 8;

const signatureHeader = 'x-mlflow-signature';
const deliveryIdHeader = 'x-mlflow-delivery-id';
const timestampHeader = 'x-mlflow-timestamp';

// No dot in the id and digits only in the time-stamp: `{id}.{timestamp}.{body}` then splits in one way only, so
// no part of a signed body can be passed off as a header.
const deliveryIdForm = /^[A-Za-z0-9_-]{1,128}$/;
const timestampForm = /^[0-9]{1,12}$/;
const signatureForm = /^v1,([A-Za-z0-9+/]{43}=)$/;

export interface Envelope {
  readonly deliveryId: string;
  readonly timestamp: string;
  /** base64 of SHA-256 sized values; at least one. */
  readonly signatures: NonEmpty<string>;
}

/** @throws ReleaseError `WebhookRefused` when a header is missing or not in its form. */
export function readEnvelope(headers: Delivery['headers']): Envelope {
  const signature = headers[signatureHeader];
  if (signature === undefined) throw refusal('signatureMissing', `The header ${signatureHeader} is missing.`);
  const deliveryId = headers[deliveryIdHeader];
  if (deliveryId === undefined || !deliveryIdForm.test(deliveryId)) {
    throw refusal('headerMalformed', `The header ${deliveryIdHeader} is missing or not an id.`);
  }
  const timestamp = headers[timestampHeader];
  if (timestamp === undefined || !timestampForm.test(timestamp)) {
    throw refusal('headerMalformed', `The header ${timestampHeader} is missing or not a number of seconds.`);
  }
  const tokens = signature.split(' ', maxSignatures + 1);
  if (tokens.length > maxSignatures) throw refusal('headerMalformed', `${signatureHeader} holds too much.`);
  // A token of another scheme (say `v1a,`) is for other receivers.
  const [first, ...rest] = tokens.flatMap((token) => signatureForm.exec(token)?.[1] ?? []);
  if (first === undefined) {
    throw refusal('headerMalformed', `${signatureHeader} holds no signature of the form v1,<base64>.`);
  }
  return { deliveryId, timestamp, signatures: [first, ...rest] };
}

/**
 * base64(HMAC-SHA256(secret, `{delivery id}.{timestamp}.{raw body}`)) under any of the secrets, over the bytes as
 * they came.
 * @throws ReleaseError `WebhookRefused` when no signature is right; `ConfigurationInvalid` when a secret is blank.
 */
export function verify(envelope: Envelope, body: Uint8Array, secrets: NonEmpty<string>): void {
  const offered = envelope.signatures.map((text) => Buffer.from(text, 'latin1'));
  let right = false;
  for (const secret of secrets) {
    // Anybody can sign with an empty key.
    if (secret.trim() === '')
      throw new ReleaseError('ConfigurationInvalid', 'An MLflow webhook secret is blank.');
    const hmac = createHmac('sha256', secret);
    hmac.update(`${envelope.deliveryId}.${envelope.timestamp}.`).update(body);
    // Compared as text: base64 that decodes to the same bytes is still another text.
    const expected = Buffer.from(hmac.digest('base64'), 'latin1');
    for (const signature of offered) right = timingSafeEqual(signature, expected) || right;
  }
  if (!right) throw refusal('signatureWrong', 'No signature of the delivery is right.');
}

/** @param timestamp Unix seconds, digits only. @throws ReleaseError `WebhookRefused` outside the window. */
export function requireFresh(timestamp: string, receivedAt: Instant): void {
  const age = receivedAt - Number(timestamp) * 1000;
  if (age > maxAge)
    throw refusal('stale', `The delivery is ${Math.round(age / 1000)} s old; 300 s is the limit.`);
  if (age < -maxSkew) throw refusal('future', 'The delivery is dated more than 60 s ahead of our clock.');
}
