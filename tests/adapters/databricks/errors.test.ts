import { describe, expect, it } from 'vitest';
import type { ErrorName } from '../../../src/contracts/errors.ts';
import { millis } from '../../../src/domain/units.ts';
import { bench, errorOf, type Reply } from './scripted-workspace.ts';

const endpoint = 'GET /api/2.0/serving-endpoints/fraud';
const run = 'GET /api/2.2/jobs/runs/get';

interface Case {
  readonly what: string;
  readonly route?: string;
  readonly reply: Reply;
  readonly name: ErrorName;
  /** A part of the message. */
  readonly says?: string;
}

const table: Case[] = [
  {
    what: '429 of the serving limits',
    reply: {
      code: 429,
      body: { error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'There are already 5 active runs (limit: 5).' },
    },
    name: 'DatabricksThrottled',
    says: '429 REQUEST_LIMIT_EXCEEDED: There are already 5',
  },
  {
    what: '429 in plain text',
    reply: { code: 429, body: 'Too many concurrent requests.' },
    name: 'DatabricksThrottled',
  },
  {
    what: '409 while updating',
    reply: {
      code: 409,
      body: { error_code: 'RESOURCE_CONFLICT', message: 'Endpoint fraud is currently updating.' },
    },
    name: 'DatabricksConflict',
    says: '409 RESOURCE_CONFLICT: Endpoint fraud is currently updating.',
  },
  {
    what: '409 aborted',
    reply: { code: 409, body: { error_code: 'ABORTED', message: 'race' } },
    name: 'DatabricksConflict',
  },
  {
    what: '409 for what exists already, which no wait will change',
    reply: { code: 409, body: { error_code: 'RESOURCE_ALREADY_EXISTS', message: 'there' } },
    name: 'DatabricksRejected',
  },
  {
    what: '401 without a credential',
    reply: {
      code: 401,
      body: {
        error_code: 401,
        message: 'Credential was not sent or was of an unsupported type for this API.',
      },
    },
    name: 'DatabricksUnauthenticated',
  },
  {
    what: '403 with a number as code',
    reply: {
      code: 403,
      headers: { 'x-databricks-reason-phrase': 'Invalid access token.' },
      body: { error_code: 403, message: 'Invalid access token. [ReqId: 1b2c]' },
    },
    name: 'DatabricksUnauthenticated',
    says: '403 403: Invalid access token.',
  },
  {
    what: '403 as the plain text Invalid Token',
    reply: { code: 403, body: 'Invalid Token' },
    name: 'DatabricksUnauthenticated',
  },
  {
    what: '403 for a missing grant',
    reply: { code: 403, body: { error_code: 'PERMISSION_DENIED', message: 'no CAN_MANAGE on the endpoint' } },
    name: 'DatabricksForbidden',
  },
  {
    what: '403 in HTML',
    reply: { code: 403, body: '<html><title>Blocked by IP ACL</title></html>' },
    name: 'DatabricksForbidden',
    says: 'Blocked by IP ACL',
  },
  {
    what: '404',
    reply: { code: 404, body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'no endpoint fraud' } },
    name: 'DatabricksNotFound',
  },
  { what: '404 with an empty body', reply: { code: 404 }, name: 'DatabricksNotFound', says: 'no message' },
  {
    what: '400 that means not found, on the jobs API',
    route: run,
    reply: { code: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message: 'Run 17 does not exist.' } },
    name: 'DatabricksNotFound',
  },
  {
    what: '400 that means not found, for a run in a job',
    route: run,
    reply: {
      code: 400,
      body: { error_code: 'INVALID_PARAMETER_VALUE', message: "Run: 17 in job: 3 doesn't exist." },
    },
    name: 'DatabricksNotFound',
  },
  {
    what: '400 with the same words outside of the jobs API',
    reply: { code: 400, body: { error_code: 'INVALID_PARAMETER_VALUE', message: 'Run 17 does not exist.' } },
    name: 'DatabricksRejected',
  },
  {
    what: '400',
    reply: { code: 400, body: { error_code: 'MALFORMED_REQUEST', message: 'Invalid JSON given' } },
    name: 'DatabricksRejected',
    says: '400 MALFORMED_REQUEST: Invalid JSON',
  },
  {
    what: '400 of API 1.2',
    reply: { code: 400, body: { error: 'no such cluster' } },
    name: 'DatabricksRejected',
    says: 'no such cluster',
  },
  {
    what: '400 of SCIM',
    reply: { code: 400, body: { detail: 'bad filter', status: '400', scimType: 'invalidFilter' } },
    name: 'DatabricksRejected',
    says: 'SCIM_400: bad filter',
  },
  {
    what: '400 as CODE: message',
    reply: { code: 400, body: 'BAD_REQUEST: wrong id' },
    name: 'DatabricksRejected',
    says: '400 BAD_REQUEST: wrong id',
  },
  {
    what: '400 as JSON that is no object',
    reply: { code: 400, body: '[1]' },
    name: 'DatabricksRejected',
    says: 'UNKNOWN: [1]',
  },
  {
    what: '400 whose error is an object',
    reply: { code: 400, body: { error: { message: 'nested' } } },
    name: 'DatabricksRejected',
    says: 'UNKNOWN: nested',
  },
  { what: '422', reply: { code: 422, body: {} }, name: 'DatabricksRejected' },
  {
    what: 'a redirect, which is not followed',
    reply: { code: 302, headers: { location: 'https://elsewhere.example/' } },
    name: 'DatabricksRejected',
  },
  {
    what: '499',
    reply: { code: 499, body: { error_code: 'CANCELLED', message: 'x' } },
    name: 'DatabricksUnavailable',
  },
  {
    what: '500 of the jobs service',
    route: run,
    reply: {
      code: 500,
      body: 'The service at /api/2.1/jobs/runs/get is temporarily unavailable. Please try again later. [TraceId: -]',
    },
    name: 'DatabricksUnavailable',
  },
  { what: '500 with an empty body', reply: { code: 500 }, name: 'DatabricksUnavailable' },
  {
    what: '502 in HTML',
    reply: { code: 502, body: '<!DOCTYPE html><html><body><h1>502 <b>Bad</b> Gateway</h1></body></html>' },
    name: 'DatabricksUnavailable',
    says: '502 Bad Gateway',
  },
  {
    what: '503',
    reply: { code: 503, body: { error_code: 'TEMPORARILY_UNAVAILABLE', message: 'later' } },
    name: 'DatabricksUnavailable',
  },
  {
    what: '504 in HTML',
    reply: { code: 504, body: '<html><pre>upstream</pre></html>' },
    name: 'DatabricksUnavailable',
    says: 'upstream',
  },
  {
    what: 'a connection reset',
    reply: { fate: 'reset' },
    name: 'DatabricksUnavailable',
    says: 'the connection failed',
  },
  {
    what: 'an answer cut in its body',
    reply: { fate: 'cut', body: { name: 'fraud' } },
    name: 'DatabricksUnavailable',
    says: 'the connection failed',
  },
  { what: '200 with an empty body', reply: {}, name: 'DatabricksUnavailable', says: 'empty body' },
  {
    what: '200 with an HTML page',
    reply: { body: '<html><title>Sign in</title></html>' },
    name: 'DatabricksUnavailable',
    says: 'HTML',
  },
  {
    what: '200 that is not JSON',
    reply: { body: '{"name":' },
    name: 'DatabricksAnswerUnreadable',
    says: 'not JSON',
  },
  {
    what: '200 without what we use',
    reply: { body: { id: 'x' } },
    name: 'DatabricksAnswerUnreadable',
    says: 'name',
  },
  {
    what: 'an id that no number can hold',
    route: run,
    reply: { body: '{"status":{"state":"RUNNING"},"tasks":[{"task_key":"t","run_id":9007199254740993}]}' },
    name: 'DatabricksAnswerUnreadable',
    says: 'run_id',
  },
];

describe('what the workspace answers, by name', () => {
  it.each(table)('$what is $name', async ({ route = endpoint, reply, name, says }) => {
    const { workspace, client } = await bench();
    workspace.answer(route, reply);
    const error = await errorOf(route === run ? client.jobs.getRun(17) : client.serving.getEndpoint('fraud'));
    expect(error.name).toBe(name);
    expect(error.message).toContain(route);
    if (says !== undefined) expect(error.message).toContain(says);
    if (reply.code !== undefined) expect(error.facts['code']).toBe(reply.code);
  });

  it('tells the request id of the header, or of the body where the header is missing', async () => {
    const { workspace, client } = await bench();
    const details = [
      { '@type': 'type.googleapis.com/google.rpc.RequestInfo', request_id: 'of-the-body', serving_data: '' },
    ];
    const body = { error_code: 'BAD_REQUEST', message: 'no', details };
    workspace.answer(
      endpoint,
      { code: 400, headers: { 'X-Request-Id': 'of-the-header' }, body },
      { code: 400, body },
    );
    expect((await errorOf(client.serving.getEndpoint('fraud'))).message).toContain('(request of-the-header)');
    const second = await errorOf(client.serving.getEndpoint('fraud'));
    expect(second.facts).toEqual({
      method: 'GET',
      path: '/api/2.0/serving-endpoints/fraud',
      code: 400,
      errorCode: 'BAD_REQUEST',
      requestId: 'of-the-body',
    });
  });

  it('keeps a message on one line of bounded length, however long the body is', async () => {
    const { workspace, client } = await bench();
    workspace.answer(endpoint, { code: 500, body: `first\nline\u0007 ${'x'.repeat(1_000_000)}` });
    const { message } = await errorOf(client.serving.getEndpoint('fraud'));
    expect(message).toContain('first line x');
    expect(message.length).toBeLessThan(600);
  });

  it('gives up on a silent workspace after the time-out and says so', async () => {
    const { workspace, client } = await bench({ timeout: millis(20) });
    workspace.answer(endpoint, { fate: 'silence' });
    const error = await errorOf(client.serving.getEndpoint('fraud'));
    expect(error).toMatchObject({ name: 'DatabricksUnavailable', facts: { lost: 'time-out' } });
    // On a slow machine time may be up before the request arrives; it is never sent again.
    expect(workspace.calls(endpoint).length).toBeLessThanOrEqual(1);
  });
});
