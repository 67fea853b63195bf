import { createHmac, randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { StackOutputs } from './cdk.ts';

/** What the intake answered: the HTTP code and our receipt. */
export interface Answered {
  readonly code: number;
  readonly outcome: string | undefined;
}

/**
 * Posts MLflow's news of a version to the stack's intake, with MLflow's headers and signature:
 * `v1,` + base64(HMAC-SHA256(secret, `{delivery id}.{unix seconds}.{body}`)).
 */
export async function deliverNews(
  emulator: string,
  { IntakeUrl }: StackOutputs,
  { model, version, secret }: { readonly model: string; readonly version: number; readonly secret: string },
): Promise<Answered> {
  const id = randomUUID();
  const timestamp = String(Math.floor(Date.now() / 1000));
  const body = JSON.stringify({
    entity: 'model_version',
    action: 'created',
    timestamp: new Date().toISOString().replace('Z', '000+00:00'),
    data: {
      name: model,
      version: String(version),
      source: `s3://models/${model}/${version}`,
      run_id: null,
      tags: {},
      description: null,
    },
  });
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  const answer = await fetch(`${reachable(emulator, IntakeUrl)}/intake/mlflow`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-mlflow-delivery-id': id,
      'x-mlflow-timestamp': timestamp,
      'x-mlflow-signature': `v1,${signature}`,
    },
    body,
    signal: AbortSignal.timeout(30_000),
  });
  const text = await answer.text();
  const receipt = z.object({ outcome: z.string() }).safeParse(jsonOr(text));
  return { code: answer.status, outcome: receipt.data?.outcome };
}

/** The emulator serves an HTTP API below a path: the host name of its URL belongs to AWS. */
function reachable(emulator: string, intakeUrl: string): string {
  const [api] = new URL(intakeUrl).hostname.split('.');
  return `${emulator}/_aws/execute-api/${api}/$default`;
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
