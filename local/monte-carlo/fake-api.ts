import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as z from 'zod';
import type { Instant } from '../../src/domain/units.ts';

/** Monte Carlo's API as far as Headgate asks it; `monte-carlo.md` beside this file says what of it is known. */

export type Trouble = 'unavailable' | 'silent' | 'refusing' | 'unreadable' | 'redirecting';

export interface FakeMonteCarlo {
  /** Of its GraphQL endpoint. */
  readonly url: string;
  readonly keyId: string;
  readonly token: string;
  /** Comments in the order in which they came. */
  readonly comments: readonly { readonly incidentId: string; readonly text: string }[];
  /** How many requests came, whatever became of them. */
  readonly asked: () => number;
  raise(incidentId: string, at: Instant): void;
  /** People say where they stand: `fixed`, `investigating`, ... */
  say(incidentId: string, feedback: string): void;
  /** From now on every request meets it; undefined ends it. */
  trouble(what: Trouble | undefined): void;
  close(): Promise<void>;
}

interface Raised {
  readonly createdTime: string;
  readonly feedback: string | null;
}

const call = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).default({}) });
const asksFor = z.object({ ids: z.array(z.string()) });
const comments = z.object({ incident: z.string(), comment: z.string() });

export async function startFakeMonteCarlo(): Promise<FakeMonteCarlo> {
  const keys = { keyId: `key-${randomUUID()}`, token: `token-${randomUUID()}` };
  const incidents = new Map<string, Raised>();
  const written: { incidentId: string; text: string }[] = [];
  let asked = 0;
  let trouble: Trouble | undefined;

  const server = createServer((request, response) => {
    asked++;
    void answer(request, response).catch(() => response.destroy());
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const { 'x-mcd-id': id, 'x-mcd-token': token } = request.headers;
    if (trouble === 'silent') return;
    if (trouble === 'unavailable') return send(response, 503, 'down');
    if (request.url === elsewhere) return send(response, 200, JSON.stringify(refusal('who are you')));
    if (trouble === 'redirecting') return redirect(response);
    if (trouble === 'unreadable') return send(response, 200, '<html>a proxy</html>');
    if (request.method !== 'POST' || request.url !== '/graphql') return send(response, 404, 'not here');
    if (id !== keys.keyId || token !== keys.token) return send(response, 401, 'unauthenticated');
    send(response, 200, JSON.stringify(trouble === 'refusing' ? refusal('refused') : resolve(body)));
  }
  function resolve(body: string): object {
    const parsed = call.safeParse(JSON.parse(body));
    if (!parsed.success) return refusal('Must provide query string.');
    const { query, variables } = parsed.data;
    const field = /\{\s*(\w+)\(/.exec(query)?.[1];
    if (field === 'getIncidents')
      return { data: { getIncidents: { edges: found(asksFor.parse(variables).ids) } } };
    if (field !== 'createOrUpdateIncidentComment') return refusal(`Cannot query field "${field}".`);
    const { incident, comment } = comments.parse(variables);
    if (!incidents.has(incident)) return refusal('No such incident.');
    written.push({ incidentId: incident, text: comment });
    return { data: { createOrUpdateIncidentComment: { commentEvent: { uuid: randomUUID() } } } };
  }
  const found = (ids: readonly string[]) =>
    ids.flatMap((uuid) => {
      const incident = incidents.get(uuid);
      return incident ? [{ node: { uuid, ...incident } }] : [];
    });

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    ...keys,
    comments: written,
    asked: () => asked,
    raise: (incidentId, at) => {
      const createdTime = new Date(at).toISOString().replace('Z', '');
      incidents.set(incidentId, { createdTime, feedback: null });
    },
    say: (incidentId, feedback) => {
      const incident = incidents.get(incidentId);
      if (!incident) throw new RangeError(`Nobody raised the incident ${incidentId}.`);
      incidents.set(incidentId, { ...incident, feedback: feedback.toUpperCase() });
    },
    trouble: (what) => {
      trouble = what;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

/** Where a redirect points: whoever follows it shows its keys there. */
const elsewhere = '/elsewhere';

const refusal = (message: string) => ({ data: null, errors: [{ message }] });

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(text);
}

function redirect(response: ServerResponse): void {
  response.writeHead(302, { location: elsewhere }).end();
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
