import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { apiConnection, type WorkspaceConnection } from '../../local/private-file.ts';
import type { Behaviour } from '../../local/workspace/profile.ts';
import type { Delivery } from '../../src/app/ports/webhooks.ts';
import { apiError, commandAnswer, releaseView, startAnswer } from '../../src/contracts/api.ts';

/** What the programs are asked over HTTP, as people and senders do. Killed in the midst of it, they answer nothing. */

export type Answered<T> =
  | { readonly kind: 'ok'; readonly http: number; readonly body: T }
  | { readonly kind: 'refused'; readonly why: string; readonly says: string }
  | { readonly kind: 'unanswered' };

async function call<T>(
  schema: z.ZodType<T>,
  url: string,
  init: RequestInit & { headers: Record<string, string> },
): Promise<Answered<T>> {
  let http: number;
  let text: string;
  try {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) });
    http = answer.status;
    text = await answer.text();
  } catch {
    return { kind: 'unanswered' };
  }
  if (http >= 300) {
    const refused = apiError.safeParse(parsed(text));
    const why = refused.success ? refused.data.error.name : `HTTP ${http}`;
    return { kind: 'refused', why, says: text.slice(0, 300) };
  }
  return { kind: 'ok', http, body: schema.parse(parsed(text)) };
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const receipt = z.object({ outcome: z.string() });
const announcement = z.object({ intake: z.url(), connection: z.string() });

/** One life of `headgate serve`, from the line it prints when it is ready. */
export class Controller {
  readonly #api: z.output<typeof apiConnection>;
  readonly #intake: string;

  constructor(announced: unknown) {
    const read = announcement.safeParse(announced);
    if (!read.success) throw new Error(`headgate serve did not start: ${JSON.stringify(announced)}`);
    const { intake, connection } = read.data;
    this.#intake = intake;
    this.#api = apiConnection.parse(JSON.parse(readFileSync(connection, 'utf8')));
  }

  deliver(source: 'mlflow' | 'monte-carlo', { headers, body }: Delivery) {
    const url = `${this.#intake}/intake/${source}`;
    return call(receipt, url, { method: 'POST', headers: { ...headers }, body: new Uint8Array(body) });
  }

  release(releaseId: string) {
    return this.#ask(releaseView, 'GET', `/v1/releases/${releaseId}`);
  }

  command(releaseId: string, kind: 'approve' | 'abort' | 'rollback', actor: string) {
    const body = { kind, actor, reason: `${actor} says so` };
    return this.#ask(commandAnswer, 'POST', `/v1/releases/${releaseId}/commands`, body);
  }

  rollBack(endpoint: string, actor: string) {
    return this.#ask(startAnswer, 'POST', '/v1/releases', { endpoint, intent: 'rollback', actor });
  }

  #ask<T>(schema: z.ZodType<T>, method: string, path: string, body?: object): Promise<Answered<T>> {
    const headers = { authorization: `Bearer ${this.#api.token}`, 'content-type': 'application/json' };
    return call(schema, `${this.#api.url}${path}`, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  }
}

const route = z.object({
  servedEntity: z.string(),
  entityName: z.string(),
  entityVersion: z.string(),
  percentage: z.number(),
});
export const endpointTruth = z.object({
  endpoint: z.string(),
  activations: z.array(z.object({ at: z.number(), configVersion: z.number(), routes: z.array(route) })),
});
export type EndpointTruth = z.output<typeof endpointTruth>;

const servedConfiguration = z.looseObject({
  served_entities: z.array(z.looseObject({ name: z.string(), entity_version: z.string() })),
});

/** The simulator, which is never killed: it holds what really happened. */
export class Simulator {
  readonly #connection: WorkspaceConnection;

  constructor(connection: WorkspaceConnection) {
    this.#connection = connection;
  }

  /** Registers the model's next version. @returns its number */
  async register(model: string, behaviour: Partial<Behaviour>): Promise<string> {
    const path = `/_simulator/models/${model}/versions`;
    const { version } = await this.#ask(z.object({ version: z.number() }), 'POST', path, { behaviour });
    return String(version);
  }

  truth(endpoint: string): Promise<EndpointTruth> {
    return this.#ask(endpointTruth, 'GET', `/_simulator/endpoints/${endpoint}/truth`);
  }

  /** The endpoint's configuration, as the product's own client would be shown it. */
  async configuration(endpoint: string): Promise<Record<string, unknown>> {
    const shown = z.object({ config: z.record(z.string(), z.unknown()) });
    return (await this.#ask(shown, 'GET', `/api/2.0/serving-endpoints/${endpoint}`)).config;
  }

  /** Somebody gives a version all traffic by hand. @throws Error when the workspace refuses it */
  async giveAll(endpoint: string, version: string): Promise<void> {
    const config = servedConfiguration.parse(await this.configuration(endpoint));
    // The older name of the same, which it shows and does not take.
    config['served_models'] = undefined;
    const routes = config.served_entities.map(({ name, entity_version }) => ({
      served_entity_name: name,
      traffic_percentage: entity_version === version ? 100 : 0,
    }));
    const body = { ...config, traffic_config: { routes } };
    await this.#ask(z.unknown(), 'PUT', `/api/2.0/serving-endpoints/${endpoint}/config`, body);
  }

  async alias(model: string, alias: string): Promise<string> {
    const path = `/api/2.1/unity-catalog/models/${model}/aliases/${alias}`;
    const shown = z.object({ version: z.union([z.number(), z.string()]) });
    return String((await this.#ask(shown, 'GET', path)).version);
  }

  async #ask<T>(schema: z.ZodType<T>, method: string, path: string, body?: object): Promise<T> {
    const { host, token } = this.#connection;
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const init = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
    const answer = await call(schema, `${host}${path}`, init);
    if (answer.kind === 'ok') return answer.body;
    throw new Error(`the simulator did not answer ${method} ${path}: ${JSON.stringify(answer)}`);
  }
}
