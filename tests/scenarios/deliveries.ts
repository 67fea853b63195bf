import { createHmac, randomUUID } from 'node:crypto';
import { readJson } from '../../src/adapters/monte-carlo/json-reader.ts';
import { signedText } from '../../src/adapters/monte-carlo/signature.ts';
import type { Delivery } from '../../src/app/ports/webhooks.ts';
import type { Instant } from '../../src/domain/units.ts';

/** Deliveries as the senders make them; their bodies follow the fixtures. */

const bytes = (text: string) => new TextEncoder().encode(text);

export function registryBody(news: { readonly name: string; readonly version: string }): string {
  return JSON.stringify({
    entity: 'model_version',
    action: 'created',
    timestamp: '2026-01-05T09:00:00.000000+00:00',
    data: { ...news, source: 's3://b/k', run_id: null, tags: {}, description: null },
  });
}

/** MLflow's signature: `v1,` + base64(HMAC-SHA256(secret, `{id}.{unix seconds}.{body}`)). */
export function signedByRegistry(
  body: string,
  at: Instant,
  secret: string,
  deliveryId: string = randomUUID(),
): Delivery {
  const timestamp = String(Math.floor(at / 1000));
  const mac = createHmac('sha256', secret).update(`${deliveryId}.${timestamp}.${body}`).digest('base64');
  return {
    headers: {
      'content-type': 'application/json',
      'x-mlflow-delivery-id': deliveryId,
      'x-mlflow-timestamp': timestamp,
      'x-mlflow-signature': `v1,${mac}`,
    },
    body: bytes(body),
    receivedAt: at,
  };
}

export function registryDelivery(
  news: { readonly name: string; readonly version: string },
  at: Instant,
  secret: string,
): Delivery {
  // The trail tells the id, and the same seed is to tell the same.
  return signedByRegistry(registryBody(news), at, secret, `${news.name}-${news.version}-${at}`);
}

export function signedByMonteCarlo(body: string, at: Instant, secret: string): Delivery {
  const document = readJson(body);
  if (!(document instanceof Map)) throw new RangeError('An alert is a JSON object.');
  const signature = createHmac('sha512', secret).update(signedText(document)).digest('hex');
  return {
    headers: { 'content-type': 'application/json', 'x-mcd-signature': signature },
    body: bytes(body),
    receivedAt: at,
  };
}

export function alertDelivery(
  about: {
    readonly incident: string;
    readonly table: string;
    readonly feedback?: string;
    readonly severity?: string;
  },
  at: Instant,
  secret: string,
): Delivery {
  const body = JSON.stringify({
    account: { id: '9a59c6f1-203a-4c72-8cd7-132db7f21b92' },
    action: 'incident',
    type: 'open_anomaly_incident',
    version: 'v0.1',
    ...(about.feedback === undefined ? {} : { alert_feedback: about.feedback }),
    ...(about.severity === undefined ? {} : { declared_alert_severity: about.severity }),
    payload: {
      incident_id: about.incident,
      group_id: 'prod:features',
      url: `https://getmontecarlo.com/incidents/${about.incident}`,
      event_list: [{ event_details: 'Has 42 rows vs. 101 expected', table_name: about.table }],
    },
  });
  return signedByMonteCarlo(body, at, secret);
}
