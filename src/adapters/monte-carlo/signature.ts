import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Delivery, refusal } from '../../app/ports/webhooks.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import type { NonEmpty } from '../../domain/units.ts';
import type { JsonObject } from './json-reader.ts';
import { pythonStr, quotePlus } from './python-text.ts';

const header = 'x-mcd-signature';
// hmac.hexdigest() writes lower case.
const form = /^[0-9a-f]{128}$/;

/** @returns 128 hex digits. @throws ReleaseError `WebhookRefused` when the header is missing or not in its form. */
export function readSignature(headers: Delivery['headers']): string {
  const signature = headers[header];
  if (signature === undefined) throw refusal('signatureMissing', `The header ${header} is missing.`);
  if (!form.test(signature)) throw refusal('headerMalformed', `${header} is not 128 hex digits.`);
  return signature;
}

/**
 * `urllib.parse.urlencode(json.loads(body))`, which is what the vendor signs instead of the bytes
 * (https://docs.getmontecarlo.com/docs/webhooks). At the top level it is lossy: `null` and "None", or an object and a text that
 * spells it in Python, come out alike; below it nothing but the spelling of numbers is lost.
 * @throws NotPython when Python could not have built the text.
 */
export function signedText(document: JsonObject): string {
  return [...document].map(([key, value]) => `${quotePlus(key)}=${quotePlus(pythonStr(value))}`).join('&');
}

/**
 * HMAC-SHA512 in hex over the signed text, under any of the secrets.
 * @throws ReleaseError `WebhookRefused` when it is wrong; `ConfigurationInvalid` when a secret is blank.
 */
export function verify(signature: string, text: string, secrets: NonEmpty<string>): void {
  const offered = Buffer.from(signature, 'latin1');
  let right = false;
  for (const secret of secrets) {
    // Anybody can sign with an empty key.
    if (secret.trim() === '') {
      throw new ReleaseError('ConfigurationInvalid', 'A Monte Carlo webhook secret is blank.');
    }
    const expected = Buffer.from(createHmac('sha512', secret).update(text).digest('hex'), 'latin1');
    right = timingSafeEqual(offered, expected) || right;
  }
  if (!right) throw refusal('signatureWrong', 'The signature of the delivery is not right.');
}
