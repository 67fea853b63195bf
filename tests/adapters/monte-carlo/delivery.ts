import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { alertWebhook } from '../../../src/adapters/monte-carlo/alert-webhook.ts';
import { readJson } from '../../../src/adapters/monte-carlo/json-reader.ts';
import { signedText } from '../../../src/adapters/monte-carlo/signature.ts';
import type { Delivery } from '../../../src/app/ports/webhooks.ts';
import { isReleaseError } from '../../../src/contracts/errors.ts';
import { instant, isNonEmpty } from '../../../src/domain/units.ts';

export const fixture = (name: string) =>
  readFileSync(new URL(`../../fixtures/monte-carlo/${name}`, import.meta.url), 'utf8');
export const anomaly = fixture('anomaly.json');
export const customRule = fixture('custom-rule.json');
export const secret = 'a-shared-signing-secret';
export const receivedAt = instant(Date.UTC(2026, 10, 21));
export const bytes = (text: string) => new TextEncoder().encode(text);

export const source = (...secrets: string[]) =>
  alertWebhook({
    secrets: async () => {
      if (!isNonEmpty(secrets)) throw new Error('the test needs a secret');
      return secrets;
    },
  });
export const webhook = source(secret);

/** What the vendor would send. The signed text itself is judged against Python in signature.test.ts. */
export function sign(body: string, key = secret): string {
  const document = readJson(body);
  if (!(document instanceof Map)) throw new Error('the vendor sends objects');
  return createHmac('sha512', key).update(signedText(document)).digest('hex');
}
export const unsigned = (body: Uint8Array, signature = 'a'.repeat(128)): Delivery => ({
  headers: { 'content-type': 'application/json', 'x-mcd-signature': signature },
  body,
  receivedAt,
});
export const signed = (body: string, key = secret) => unsigned(bytes(body), sign(body, key));
export const read = async (body: string) => webhook.read(signed(body));

export async function refused(given: Delivery, from = webhook, never: readonly string[] = []) {
  const thrown: unknown = await from.read(given).then(
    (verified) => `accepted as ${JSON.stringify(verified)}`,
    (error: unknown) => error,
  );
  if (!isReleaseError(thrown, 'WebhookRefused')) throw new Error(`expected a refusal, got ${String(thrown)}`);
  const said = JSON.stringify([thrown.message, thrown.facts, String(thrown.cause), thrown.stack]);
  for (const text of [secret, ...never]) expect(said).not.toContain(text);
  return { ...thrown.facts };
}

/** A change to the published sample, on its parsed form. */
export function changed(sample: string, change: (document: Record<string, unknown>) => void): string {
  const document = JSON.parse(sample) as Record<string, unknown>;
  change(document);
  return JSON.stringify(document);
}
export const withPayload = (sample: string, payload: object) =>
  changed(sample, (document) => {
    document['payload'] = { ...(document['payload'] as object), ...payload };
  });
export const withTop = (sample: string, top: object) =>
  changed(sample, (document) => Object.assign(document, top));

export function signedOf(body: string): string {
  const document = readJson(body);
  return document instanceof Map ? signedText(document) : '';
}
