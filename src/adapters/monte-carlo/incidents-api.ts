import * as z from 'zod';
import type { Incident, Incidents } from '../../app/ports/incidents.ts';
import type { Secrets } from '../../app/ports/secrets.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import type { EnvironmentConfig } from '../../contracts/policy.ts';
import { type Instant, instant, type Millis, seconds } from '../../domain/units.ts';

/**
 * Monte Carlo's GraphQL API: one POST, authenticated by two headers. What is known of it, and from where:
 * - address, headers: the vendor's own agent toolkit (`x-mcd-id`, `x-mcd-token`);
 * - `getIncidents(incidentIds)`, its connection, and `Incident { uuid createdTime feedback }`: the schema that an older
 *   client of the vendor was generated from; the vendor's current examples call `getIncidents` with other filters;
 * - `createOrUpdateIncidentComment(incidentId, comment)`: the same schema.
 * Assumed: that both calls still stand beside the newer alert calls, whose GraphQL signatures are not published; that
 * `feedback` has the values of the webhook's `alert_feedback`, in whatever case; that an unknown id gives no edges.
 * A wrong assumption answers with GraphQL errors: then nothing is undone, the release is paused and a person told.
 */
const readQuery = `query HeadgateIncident($ids: [UUID]) {
  getIncidents(incidentIds: $ids, first: 1) { edges { node { uuid createdTime feedback } } }
}`;
const commentMutation = `mutation HeadgateComment($incident: UUID!, $comment: String!) {
  createOrUpdateIncidentComment(incidentId: $incident, comment: $comment) { commentEvent { uuid } }
}`;

const instantText = z.string().transform((text, context): Instant => {
  // Graphene, which the service is written in, leaves out the zone of a UTC time.
  const at = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  if (Number.isFinite(at)) return instant(at);
  context.addIssue({ code: 'custom', message: 'is no time' });
  return z.NEVER;
});
const incidents = z.object({
  getIncidents: z.object({
    edges: z.array(
      z.object({
        node: z
          .object({ uuid: z.string(), createdTime: instantText, feedback: z.string().nullish() })
          .nullable(),
      }),
    ),
  }),
});
const commented = z.object({ createOrUpdateIncidentComment: z.object({}).nullable() });

export interface IncidentsApiOptions {
  /** Of the GraphQL endpoint. */
  readonly url: string;
  /** Both asked for at each call. */
  readonly keyId: () => Promise<string>;
  readonly token: () => Promise<string>;
  /** For one request; 4 s when absent, which fits a function of 10 s that starts cold. */
  readonly timeout?: Millis;
  readonly fetch?: typeof globalThis.fetch;
}

export function incidentsApi(options: IncidentsApiOptions): Incidents {
  return {
    async read(incidentId): Promise<Incident | undefined> {
      const answer = await ask(options, readQuery, { ids: [incidentId] }, incidents);
      const node = answer.getIncidents.edges[0]?.node;
      if (node?.uuid !== incidentId) return undefined;
      const { createdTime: raisedAt, feedback } = node;
      return { raisedAt, ...(feedback ? { feedback } : {}) };
    },
    async comment(incidentId, text): Promise<void> {
      await ask(options, commentMutation, { incident: incidentId, comment: text }, commented);
    },
  };
}

/** As the environment configures it; every call refuses where it configures none. */
export function configuredIncidents(
  { intake }: EnvironmentConfig,
  secrets: Secrets,
  more: Pick<IncidentsApiOptions, 'fetch'> = {},
): Incidents {
  const api = () => {
    const configured = intake.monteCarlo?.api;
    if (!configured)
      throw new ReleaseError('ConfigurationInvalid', 'intake.monteCarlo.api is not configured');
    return configured;
  };
  const client = (): Incidents => {
    const { url, keyId, token } = api();
    return incidentsApi({ url, keyId: () => secrets.read(keyId), token: () => secrets.read(token), ...more });
  };
  return {
    read: async (incidentId) => client().read(incidentId),
    comment: async (incidentId, text) => client().comment(incidentId, text),
  };
}

/** What one incident takes is a few hundred bytes. */
const largestAnswer = 1024 * 1024;

async function ask<S extends z.ZodType>(
  options: IncidentsApiOptions,
  query: string,
  variables: Readonly<Record<string, unknown>>,
  schema: S,
): Promise<z.output<S>> {
  const address = addressOf(options.url);
  const keys = await Promise.all([options.keyId(), options.token()]);
  const answered = json(await post(options, address, keys, JSON.stringify({ query, variables })));
  const { data, errors } = envelope.safeParse(answered).data ?? {};
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  // GraphQL answers 200 with `errors` in place of data. Their texts are not repeated: they may quote the request.
  throw unavailable(errors?.length ? 'refused the call' : 'answered something else than its schema says');
}

const envelope = z.object({ data: z.unknown(), errors: z.array(z.unknown()).optional() });

async function post(
  { fetch = globalThis.fetch, timeout = seconds(4) }: IncidentsApiOptions,
  address: URL,
  [keyId, token]: readonly [string, string],
  body: string,
): Promise<string> {
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-mcd-id': keyId, 'x-mcd-token': token },
      body,
      // A redirect would carry the keys to wherever it points.
      redirect: 'error',
      signal: AbortSignal.timeout(timeout),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw unavailable(`answered ${response.status}`);
    }
    return await textWithin(response);
  } catch (error) {
    if (error instanceof ReleaseError) throw error;
    // Neither kept as a cause nor quoted: it may hold the request, and the request holds the keys.
    const late = error instanceof Error && error.name === 'TimeoutError';
    throw unavailable(late ? `did not answer within ${timeout / 1000} s` : 'could not be reached');
  }
}

async function textWithin({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > largestAnswer) throw unavailable(`answered more than ${largestAnswer} characters`);
  }
  return text + decoder.decode();
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The keys must not travel in the clear. */
function addressOf(url: string): URL {
  const address = new URL(url);
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(address.hostname);
  if (address.protocol === 'https:' || loopback) return address;
  const says = 'intake.monteCarlo.api.url is plain http, which is for 127.0.0.1 only: write https';
  throw new ReleaseError('ConfigurationInvalid', says);
}

const unavailable = (why: string): ReleaseError =>
  new ReleaseError('MonteCarloUnavailable', `Monte Carlo's API ${why}`);
