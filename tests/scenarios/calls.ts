import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** Requests as this process sent them, watched where they leave it, so that nobody's word is taken for it. */
export interface Call {
  /** `PUT /api/2.0/serving-endpoints/fraud-prod/config`, oldest first. */
  all(): readonly string[];
  /** Requests that would change a serving endpoint. */
  servingWrites(): readonly string[];
  stop(): void;
}

interface Sent {
  readonly request: { readonly origin: unknown; readonly method: string; readonly path: string };
}

export function callsTo(host: string): Call {
  const sent: string[] = [];
  const hear = (message: unknown) => {
    const { request } = message as Sent;
    if (String(request.origin) === host) sent.push(`${request.method} ${request.path}`);
  };
  subscribe('undici:request:create', hear);
  return {
    all: () => sent,
    servingWrites: () =>
      sent.filter((call) => /^(PUT|POST|PATCH|DELETE) \/api\/2\.0\/serving-endpoints/.test(call)),
    stop: () => {
      unsubscribe('undici:request:create', hear);
    },
  };
}
