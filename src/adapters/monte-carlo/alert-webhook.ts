import type { DataAlertMessage, Delivery, Verified, WebhookSource } from '../../app/ports/webhooks.ts';
import { refusal } from '../../app/ports/webhooks.ts';
import type { NonEmpty } from '../../domain/units.ts';
import { readAlert } from './alert-message.ts';
import { type Json, type JsonObject, JsonUnreadable, readJson } from './json-reader.ts';
import { NotPython } from './python-text.ts';
import { readSignature, signedText, verify } from './signature.ts';

/** The body must be parsed before it can be verified, so what an unsigned one may cost is bounded. */
const maxBody = 256 * 1024;

export interface AlertWebhookOptions {
  /** The current shared secret and, during a rotation, the one before. Asked for at each delivery. */
  readonly secrets: () => Promise<NonEmpty<string>>;
}

/**
 * Monte Carlo's alert webhooks. The vendor sends no time-stamp and no delivery id, so a captured call stays valid for
 * ever: the caller dedupes on the content digest, and asks the vendor's API before it destroys anything.
 */
export function alertWebhook(options: AlertWebhookOptions): WebhookSource<DataAlertMessage> {
  return {
    async read(delivery: Delivery): Promise<Verified<DataAlertMessage>> {
      if (delivery.body.byteLength > maxBody) {
        throw refusal('oversized', `A Monte Carlo delivery has at most ${maxBody} bytes.`);
      }
      const signature = readSignature(delivery.headers);
      const { document, signed } = canonical(delivery.body);
      verify(signature, signed, await options.secrets());
      return readAlert(plain(document), signed);
    },
  };
}

function canonical(body: Uint8Array): { document: JsonObject; signed: string } {
  try {
    const document = readJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
    if (!(document instanceof Map)) throw new JsonUnreadable('The text is not an object.');
    return { document, signed: signedText(document) };
  } catch (error) {
    // TypeError: the bytes are not UTF-8.
    if (error instanceof JsonUnreadable || error instanceof NotPython || error instanceof TypeError) {
      throw refusal('malformed', `The body cannot have been signed. ${error.message}`);
    }
    throw error;
  }
}

/** Plain objects for the schema. `fromEntries` defines keys such as `__proto__` as ordinary ones. */
function plain(value: Json): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([key, member]) => [key, plain(member)]));
  if ('lexeme' in value) return Number(value.lexeme);
  return value.map(plain);
}
