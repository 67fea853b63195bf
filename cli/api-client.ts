import { resolve } from 'node:path';
import * as z from 'zod';
import { type ApiConnection, apiConnection, readPrivate } from '../local/private-file.ts';
import {
  type AuditLine,
  apiError,
  auditLine,
  type BreakglassAnswer,
  type BreakglassRequest,
  breakglassAnswer,
  type CommandAnswer,
  type CommandRequest,
  commandAnswer,
  type DrillRequest,
  type EndpointView,
  endpointView,
  type FreezeAnswer,
  type FreezeRequest,
  freezeAnswer,
  type NeedView,
  needView,
  type ReleaseView,
  releaseView,
  type StartAnswer,
  type StartRequest,
  startAnswer,
  type TimelineEntry,
  timelineEntry,
} from '../src/contracts/api.ts';
import type { CliContext, GlobalOptions } from './context.ts';
import type { ExitName } from './exit-codes.ts';
import { CliFault, mendFor } from './fault.ts';

/** The controller, as the API offers it. Each call throws CliFault for what did not work. */
export interface Controller {
  endpoints(): Promise<EndpointView[]>;
  releases(filter?: { endpoint?: string; phase?: ReleaseView['phase'] }): Promise<ReleaseView[]>;
  release(releaseId: string): Promise<ReleaseView>;
  why(version: string, endpoint: string | undefined): Promise<ReleaseView[]>;
  timeline(after: number, releaseId: string): Promise<TimelineEntry[]>;
  start(request: StartRequest): Promise<StartAnswer>;
  command(releaseId: string, request: CommandRequest): Promise<CommandAnswer>;
  adopt(endpoint: string, actor: string): Promise<EndpointView>;
  freeze(request: FreezeRequest): Promise<FreezeAnswer>;
  breakglass(endpoint: string, request: BreakglassRequest): Promise<BreakglassAnswer>;
  audit(after: number): Promise<AuditLine[]>;
  needs(): Promise<NeedView[]>;
  drill(endpoint: string, request: DrillRequest): Promise<StartAnswer>;
}

/** The connection is looked up at each call: a controller that was started again has another token. */
export function controllerOf(context: CliContext, options: GlobalOptions): Controller {
  const get = <T>(path: string, schema: z.ZodType<T>) =>
    call(context, options, 'GET', path, undefined, schema);
  const post = <T>(path: string, body: object, schema: z.ZodType<T>) =>
    call(context, options, 'POST', path, body, schema);
  const part = encodeURIComponent;
  return {
    endpoints: () => get('/v1/endpoints', z.array(endpointView)),
    releases: (filter = {}) => {
      const query = new URLSearchParams(filter).toString();
      return get(`/v1/releases${query === '' ? '' : `?${query}`}`, z.array(releaseView));
    },
    release: (releaseId) => get(`/v1/releases/${part(releaseId)}`, releaseView),
    why: (version, endpoint) => {
      const also = endpoint === undefined ? '' : `&endpoint=${part(endpoint)}`;
      return get(`/v1/why?version=${part(version)}${also}`, z.array(releaseView));
    },
    timeline: (after, releaseId) =>
      get(`/v1/timeline?after=${after}&releaseId=${part(releaseId)}`, z.array(timelineEntry)),
    start: (request) => post('/v1/releases', request, startAnswer),
    command: (releaseId, request) => post(`/v1/releases/${part(releaseId)}/commands`, request, commandAnswer),
    adopt: (endpoint, actor) => post(`/v1/endpoints/${part(endpoint)}/adopt`, { actor }, endpointView),
    freeze: (request) => post('/v1/freeze', request, freezeAnswer),
    breakglass: (endpoint, request) =>
      post(`/v1/endpoints/${part(endpoint)}/breakglass`, request, breakglassAnswer),
    audit: (after) => get(`/v1/audit?after=${after}`, z.array(auditLine)),
    needs: () => get('/v1/needs', z.array(needView)),
    drill: (endpoint, request) => post(`/v1/endpoints/${part(endpoint)}/drill`, request, startAnswer),
  };
}

function connectionOf(context: CliContext, options: GlobalOptions): ApiConnection {
  const url = options.api ?? context.env['HEADGATE_API'];
  if (url !== undefined && url !== '') {
    const token = context.env['HEADGATE_API_TOKEN'];
    if (!token) {
      throw new CliFault('TokenMissing', `no token for ${url}`, 'set HEADGATE_API_TOKEN', 'usage');
    }
    if (!URL.canParse(url)) {
      throw new CliFault('UsageError', `--api ${url} is no URL`, 'such as http://127.0.0.1:7717', 'usage');
    }
    return { url, token };
  }
  const path = resolve(context.folder, options.data, 'api.json');
  const connection = readPrivate(path, apiConnection);
  if (connection !== undefined) return connection;
  const mend = 'start `headgate serve` in this folder, or give --api URL and HEADGATE_API_TOKEN';
  throw new CliFault('ControllerNotReachable', 'no controller runs here', mend, 'unreachable');
}

async function call<T>(
  context: CliContext,
  options: GlobalOptions,
  method: 'GET' | 'POST',
  path: string,
  body: object | undefined,
  schema: z.ZodType<T>,
): Promise<T> {
  const { url, token } = connectionOf(context, options);
  const answer = await send(context, new URL(path, url), {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    redirect: 'error',
  });
  if (answer.http >= 400) throw refusedBy(answer, url);
  const parsed = schema.safeParse(answer.json);
  if (parsed.success) return parsed.data;
  const mend = 'use the same version of headgate for `serve` and for this command';
  throw new CliFault(
    'AnswerUnreadable',
    `the controller at ${url} answers in another way`,
    mend,
    'unexpected',
    {
      cause: parsed.error,
    },
  );
}

interface Answer {
  readonly http: number;
  readonly json: unknown;
}

async function send(context: CliContext, url: URL, request: RequestInit): Promise<Answer> {
  try {
    // The workspace client tries for 20 s before it gives up; an operation may take that and a little more.
    const signal = AbortSignal.any([context.stop, AbortSignal.timeout(30_000)]);
    const response = await context.fetch(url, { ...request, signal });
    const text = await response.text();
    return { http: response.status, json: jsonOf(text) };
  } catch (cause) {
    if (context.stop.aborted) throw interruption();
    const mend =
      'see whether `headgate serve` still runs; start it again, and releases go on where they were';
    throw new CliFault(
      'ControllerNotReachable',
      `the controller at ${url.origin} does not answer`,
      mend,
      'unreachable',
      {
        cause,
      },
    );
  }
}

export function interruption(): CliFault {
  return new CliFault(
    'Interrupted',
    'stopped',
    'the release goes on; `headgate watch` looks again',
    'interrupted',
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusedBy({ http, json }: Answer, url: string): CliFault {
  const parsed = apiError.safeParse(json);
  if (!parsed.success) {
    const mend = 'see whether the URL is that of `headgate serve`';
    return new CliFault(
      'ControllerNotReachable',
      `${url} answered ${http}, not as a controller does`,
      mend,
      'unreachable',
    );
  }
  const { name, message, facts } = parsed.data.error;
  return new CliFault(name, message, mendFor(name), exitFor(http), { facts });
}

function exitFor(http: number): ExitName {
  if (http === 401 || http === 403 || http === 503) return 'unreachable';
  if (http === 404) return 'notFound';
  if (http === 409) return 'conflict';
  return http >= 500 ? 'unexpected' : 'usage';
}
