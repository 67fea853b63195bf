import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { registryWebhook } from '../../../src/adapters/mlflow/registry-webhook.ts';
import type { Delivery } from '../../../src/app/ports/webhooks.ts';
import { isReleaseError } from '../../../src/contracts/errors.ts';
import { instant, isNonEmpty } from '../../../src/domain/units.ts';

export const fixture = (name: string) =>
  readFileSync(new URL(`../../fixtures/mlflow/${name}`, import.meta.url));
export const secret = 'topsecret';
export const captured = {
  headers: JSON.parse(fixture('model-version-created.headers.json').toString()) as Record<string, string>,
  body: new Uint8Array(fixture('model-version-created.body.json')),
};
export const sentAt = 1795250983;
export const justAfter = instant(sentAt * 1000 + 400);
export const source = (...secrets: string[]) =>
  registryWebhook({
    secrets: async () => {
      if (!isNonEmpty(secrets)) throw new Error('the test needs a secret');
      return secrets;
    },
  });
export const webhook = source(secret);
export const delivery = (changes: Partial<Delivery> = {}): Delivery => ({
  ...captured,
  receivedAt: justAfter,
  ...changes,
});

export const sign = (id: string, timestamp: string, body: Uint8Array | string, key = secret) =>
  `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
export function signed(
  body: string | Uint8Array,
  id = 'd-1',
  timestamp = String(sentAt),
  key = secret,
): Delivery {
  return {
    headers: {
      'x-mlflow-signature': sign(id, timestamp, body, key),
      'x-mlflow-delivery-id': id,
      'x-mlflow-timestamp': timestamp,
    },
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
    receivedAt: justAfter,
  };
}
export const withHeader = (name: string, value: string | undefined): Delivery => {
  const headers = { ...captured.headers };
  delete headers[name];
  return delivery({ headers: value === undefined ? headers : { ...headers, [name]: value } });
};

export async function refused(given: Delivery, from = webhook): Promise<Record<string, unknown>> {
  const thrown: unknown = await from.read(given).then(
    (verified) => `accepted as ${JSON.stringify(verified)}`,
    (error: unknown) => error,
  );
  if (!isReleaseError(thrown, 'WebhookRefused')) throw new Error(`expected a refusal, got ${String(thrown)}`);
  const said = JSON.stringify([thrown.message, thrown.facts, String(thrown.cause), thrown.stack]);
  expect(said).not.toContain(secret);
  const { 'x-mlflow-delivery-id': id = '', 'x-mlflow-timestamp': timestamp = '' } = given.headers;
  expect(said).not.toContain(sign(id, timestamp, given.body).slice(3));
  return { ...thrown.facts };
}

export const created = (changes: object = {}, data: object = {}) =>
  JSON.stringify({
    entity: 'model_version',
    action: 'created',
    timestamp: '2026-11-21T08:49:43.817858+00:00',
    data: { name: 'fraud', version: '1', source: 's3://b/k', run_id: null, tags: {}, ...data },
    ...changes,
  });
