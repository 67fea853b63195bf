import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { create } from '../../functions/operate.ts';
import type { Ports } from '../../src/app/ports/ports.ts';
import { instant } from '../../src/domain/units.ts';
import { portsAtHand } from '../app/ports-at-hand.ts';
import { context, written } from './lambda.ts';

const now = instant(Date.parse('2026-01-05T09:00:00.000Z'));
const ask = (event: unknown, ports: Ports = portsAtHand({ now })) => create(ports)(event, context);

describe('the API as a function', () => {
  let log: ReturnType<typeof written>;
  beforeEach(() => {
    log = written();
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('answers a read as the API does', async () => {
    expect(await ask({ method: 'GET', path: '/v1/endpoints' })).toEqual({
      status: 200,
      body: [expect.objectContaining({ endpoint: 'fraud-prod', phase: 'notAdopted' })],
    });
  });

  it('reads the query of a path', async () => {
    expect(await ask({ method: 'GET', path: '/v1/timeline?after=0' })).toEqual({ status: 200, body: [] });
    expect(await ask({ method: 'GET', path: '/v1/timeline?after=x' })).toMatchObject({ status: 400 });
  });

  it('does what a body asks for, and says in the answer why it does not', async () => {
    const body = { endpoint: 'nowhere', version: '2', actor: 'ada' };
    expect(await ask({ method: 'POST', path: '/v1/releases', body })).toEqual({
      status: 404,
      body: { error: { name: 'UnknownEndpoint', message: expect.any(String), facts: {} } },
    });
    const ports = portsAtHand({ now });
    await ports.ledger.addRelease({
      releaseId: 'rel-1',
      endpoint: 'fraud-prod',
      model: 'prod.ml.fraud',
      version: '2',
      intent: 'release',
      generation: 1,
      requestedBy: 'ada',
      requestedAt: now,
    });
    const abort = { kind: 'abort', reason: 'no longer wanted', actor: 'ada' };
    expect(
      await ask({ method: 'POST', path: '/v1/releases/rel-1/commands', body: abort }, ports),
    ).toMatchObject({
      status: 202,
      body: { phase: 'applied' },
    });
    expect(await ports.ledger.release('rel-1')).toMatchObject({ phase: 'ended' });
  });

  it.each([
    [{ method: 'POST', path: '/v1/releases', body: { endpoint: 'fraud' } }, 400, 'RequestUnreadable'],
    [{ method: 'POST', path: '/v1/releases' }, 415, 'BodyNotJson'],
    [{ method: 'GET', path: '/v1/nothing' }, 404, 'UnknownRoute'],
    [{ method: 'POST', path: '/v1/endpoints' }, 404, 'UnknownRoute'],
    [{ method: 'GET', path: '/v1/releases/rel-9' }, 404, 'UnknownRelease'],
  ])('answers %j with %i %s', async (event, status, name) => {
    expect(await ask(event)).toEqual({
      status,
      body: { error: expect.objectContaining({ name }) },
    });
  });

  it.each([
    {},
    { method: 'DELETE', path: '/v1/releases' },
    { method: 'GET', path: 'http://elsewhere/v1/releases' },
    { method: 'GET', path: '/metrics' },
    { method: 'GET', path: '/v1/a b' },
    { method: 'POST', path: '/v1/releases', body: 'text' },
    { method: 'GET', path: '/v1/releases', headers: {} },
  ])('does not take %j for a request', async (event) => {
    await expect(ask(event)).rejects.toMatchObject({ name: 'ContractBroken' });
  });

  it('says nothing of an error of its own but that its log does', async () => {
    const ports = portsAtHand({ now });
    const broken: Ports = {
      ...ports,
      ledger: {
        ...ports.ledger,
        releases: async () => {
          throw new TypeError('x is undefined');
        },
      },
    };
    const answer = await ask({ method: 'GET', path: '/v1/releases' }, broken);
    expect(answer).toMatchObject({ status: 500, body: { error: { name: 'Unexpected' } } });
    expect(JSON.stringify(answer)).not.toContain('x is undefined');
    expect(log.text()).toContain('x is undefined');
  });
});
