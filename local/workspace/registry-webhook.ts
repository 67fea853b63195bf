import { createHmac } from 'node:crypto';
import type { Chance } from './random.ts';
import type { ModelVersion } from './registry.ts';

export interface Delivery {
  readonly deliveryId: string;
  readonly attempts: number;
  /** The receiver's last HTTP code, or undefined when it never answered. */
  readonly httpCode: number | undefined;
}

/** MLflow tries four times, with the same id, time and signature; here without the pauses between. */
const attempts = 4;
const timeoutMs = 10_000;

/**
 * Tells a receiver about a new version as an MLflow server does: envelope and headers as captured from MLflow 3.17,
 * signed by the machine's own clock as its receiver checks it, whatever the simulator's time;
 * signature `v1,` + base64(HMAC-SHA256(secret, `{delivery id}.{unix seconds}.{body}`)).
 */
export async function deliverVersionCreated(
  target: { readonly url: string; readonly secret: string; readonly name: string },
  version: ModelVersion,
  now: number,
  ids: Chance,
): Promise<Delivery> {
  const deliveryId = ids.uuid();
  const timestamp = String(Math.floor(now / 1000));
  const body = JSON.stringify({
    entity: 'model_version',
    action: 'created',
    timestamp: new Date(now).toISOString().replace('Z', '000+00:00'),
    data: {
      name: target.name,
      version: String(version.number),
      source: version.source,
      run_id: version.runId,
      tags: Object.fromEntries(version.tags),
      description: version.comment === '' ? null : version.comment,
    },
  });
  const signature = createHmac('sha256', target.secret)
    .update(`${deliveryId}.${timestamp}.${body}`)
    .digest('base64');
  const headers = {
    'content-type': 'application/json',
    'x-mlflow-delivery-id': deliveryId,
    'x-mlflow-timestamp': timestamp,
    'x-mlflow-signature': `v1,${signature}`,
  };
  let httpCode: number | undefined;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    httpCode = await post(target.url, headers, body);
    if (httpCode !== undefined && httpCode !== 500 && httpCode !== 429) {
      return { deliveryId, attempts: attempt, httpCode };
    }
  }
  return { deliveryId, attempts, httpCode };
}

async function post(url: string, headers: Record<string, string>, body: string): Promise<number | undefined> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.timeout(timeoutMs),
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    // MLflow loses such a delivery without a word; the caller sees it in `httpCode`.
    return undefined;
  }
}
