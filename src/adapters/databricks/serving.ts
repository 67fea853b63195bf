import type { Clock } from '../../app/ports/clock.ts';
import { type Millis, millis, seconds } from '../../domain/units.ts';
import { type EndpointView, endpointView } from './endpoint-view.ts';
import { type Answer, parsedJson } from './errors.ts';
import { path } from './http.ts';
import { type Call, parseAs, type Transport } from './transport.ts';
import { present } from './wire.ts';

export interface EndpointReading {
  /** The answer as parsed, whole: what a later write is copied from, unknown fields included. */
  readonly raw: unknown;
  readonly view: EndpointView;
}

/** What a model query did. A 4xx or 5xx is an observation about the model, not an error of ours. */
export interface QueryObservation {
  /** HTTP code. */
  readonly code: number;
  /** Response header `served-model-name`: the entity that answered. May be absent, on errors above all. */
  readonly servedModelName?: string;
  /** From sending the request to the last byte of the answer, on the clock port. */
  readonly durationMs: Millis;
  /** The workspace's own time to first byte (`Server-Timing: request_ttfb_msec;dur=…`), where it says so. */
  readonly serverMs?: Millis;
  readonly requestId?: string;
  /** JSON as parsed; text where the answer is not JSON; undefined where it is empty. */
  readonly body: unknown;
}

export interface QueryOptions {
  /** Default 60 s. A model may compute for 597 s. */
  readonly timeout?: Millis;
  readonly signal?: AbortSignal;
}

export interface Serving {
  /** Repeated after a lost answer. @throws ReleaseError DatabricksNotFound when there is no such endpoint */
  getEndpoint(name: string): Promise<EndpointReading>;
  /**
   * Full replacement, asynchronous: accepted is not served, so read back. Not sent again after a lost answer
   * (DatabricksUnavailable): it may have taken effect, and a second one would be refused or bump the version.
   * @throws ReleaseError DatabricksConflict while another update is in progress
   */
  updateConfig(name: string, config: Readonly<Record<string, unknown>>): Promise<void>;
  /**
   * Through the endpoint's split. Never repeated: 429 and 503 are observations too.
   * @throws ReleaseError DatabricksUnauthenticated or DatabricksForbidden (we may not query), DatabricksUnavailable
   *   with `facts.lost` when no answer came ('time-out' counts against the model, 'connection' may be the network)
   */
  query(name: string, body: unknown, options?: QueryOptions): Promise<QueryObservation>;
  /** One entity, whatever its share of the traffic, 0 included. Otherwise as `query`. */
  queryEntity(
    name: string,
    servedEntity: string,
    body: unknown,
    options?: QueryOptions,
  ): Promise<QueryObservation>;
}

/** Where `updateConfig` sends to. */
export const configPath = (name: string): string => path`/api/2.0/serving-endpoints/${name}/config`;

export function createServing(transport: Transport, clock: Clock): Serving {
  const ask = async (to: string, body: unknown, options: QueryOptions = {}): Promise<QueryObservation> => {
    const start = clock.now();
    const answer = await transport.observe({
      method: 'POST',
      path: to,
      body,
      repeat: 'if-refused',
      timeout: options.timeout ?? seconds(60),
      signal: options.signal,
    });
    return observation(answer, millis(Math.max(0, clock.now() - start)));
  };
  return {
    async getEndpoint(name) {
      const call: Call = {
        method: 'GET',
        path: path`/api/2.0/serving-endpoints/${name}`,
        repeat: 'always',
      };
      const raw = await transport.json(call);
      return { raw, view: parseAs(endpointView, raw, call) };
    },
    async updateConfig(name, config) {
      await transport.json({
        method: 'PUT',
        path: configPath(name),
        body: config,
        repeat: 'if-refused',
      });
    },
    query: async (name, body, options) => ask(path`/serving-endpoints/${name}/invocations`, body, options),
    queryEntity: async (name, servedEntity, body, options) =>
      ask(path`/serving-endpoints/${name}/served-models/${servedEntity}/invocations`, body, options),
  };
}

function observation(answer: Answer, durationMs: Millis): QueryObservation {
  const parsed = parsedJson(answer.text);
  const timing = /request_ttfb_msec\s*;\s*dur="?(\d+(?:\.\d+)?)/i.exec(
    answer.headers.get('server-timing') ?? '',
  );
  return {
    code: answer.code,
    durationMs,
    body: parsed ? parsed.value : answer.text || undefined,
    ...present({
      servedModelName: answer.headers.get('served-model-name') ?? undefined,
      requestId: answer.headers.get('x-request-id') ?? undefined,
      serverMs: timing ? millis(Number(timing[1])) : undefined,
    }),
  };
}
