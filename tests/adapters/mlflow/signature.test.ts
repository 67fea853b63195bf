import { timingSafeEqual } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { registryWebhook } from '../../../src/adapters/mlflow/registry-webhook.ts';
import { instant } from '../../../src/domain/units.ts';
import {
  captured,
  created,
  delivery,
  refused,
  secret,
  sentAt,
  sign,
  signed,
  source,
  webhook,
  withHeader,
} from './delivery.ts';

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>();
  return { ...crypto, timingSafeEqual: vi.fn(crypto.timingSafeEqual) };
});

describe('the verification of an MLflow delivery', () => {
  it('refuses the captured delivery after any one change of any byte of its body', async () => {
    const anyByte = fc.nat(captured.body.length - 1);
    const anyChange = fc.integer({ min: 1, max: 255 });
    await fc.assert(
      fc.asyncProperty(anyByte, anyChange, async (at, change) => {
        const body = captured.body.map((byte, index) => (index === at ? byte ^ change : byte));
        expect(await refused(delivery({ body }))).toEqual({ http: 403, reason: 'signatureWrong' });
      }),
      { numRuns: 400 },
    );
    for (let at = 0; at < captured.body.length; at++) {
      const body = captured.body.map((byte, index) => (index === at ? byte ^ 1 : byte));
      expect(await refused(delivery({ body }))).toMatchObject({ http: 403 });
    }
  });

  it('refuses a body with something added or taken away', async () => {
    const longer = new Uint8Array([...captured.body, 0x20]);
    expect(await refused(delivery({ body: longer }))).toMatchObject({ http: 403 });
    expect(await refused(delivery({ body: captured.body.subarray(0, -1) }))).toMatchObject({ http: 403 });
    expect(await refused(delivery({ body: new Uint8Array() }))).toMatchObject({ http: 403 });
  });

  it('binds the delivery id and the time-stamp to the signature', async () => {
    expect(await refused(withHeader('x-mlflow-delivery-id', 'another'))).toMatchObject({ http: 403 });
    expect(await refused(withHeader('x-mlflow-timestamp', String(sentAt + 1)))).toEqual({
      http: 403,
      reason: 'signatureWrong',
    });
  });

  it.each([
    ['no signature', 'x-mlflow-signature', undefined, 'signatureMissing'],
    ['an empty signature', 'x-mlflow-signature', '', 'headerMalformed'],
    [
      'a signature without scheme',
      'x-mlflow-signature',
      'dDaGG/amV8EslDyiCRuI/W05FnAYNRQaWI6HMHMR27k=',
      'headerMalformed',
    ],
    [
      'another scheme only',
      'x-mlflow-signature',
      'v1a,dDaGG/amV8EslDyiCRuI/W05FnAYNRQaWI6HMHMR27k=',
      'headerMalformed',
    ],
    ['a signature cut short', 'x-mlflow-signature', 'v1,dDaGG/amV8EslDyiCRuI', 'headerMalformed'],
    ['a signature in hex', 'x-mlflow-signature', `v1,${'ab'.repeat(32)}`, 'headerMalformed'],
    [
      'nine signatures',
      'x-mlflow-signature',
      Array(9).fill(captured.headers['x-mlflow-signature']).join(' '),
      'headerMalformed',
    ],
    ['no delivery id', 'x-mlflow-delivery-id', undefined, 'headerMalformed'],
    ['an empty delivery id', 'x-mlflow-delivery-id', '', 'headerMalformed'],
    ['a delivery id with a dot', 'x-mlflow-delivery-id', 'a.1', 'headerMalformed'],
    ['an endless delivery id', 'x-mlflow-delivery-id', 'a'.repeat(129), 'headerMalformed'],
    ['no time-stamp', 'x-mlflow-timestamp', undefined, 'headerMalformed'],
    ['a time-stamp in words', 'x-mlflow-timestamp', 'now', 'headerMalformed'],
    ['a time-stamp with a fraction', 'x-mlflow-timestamp', '1795250983.5', 'headerMalformed'],
    ['a negative time-stamp', 'x-mlflow-timestamp', '-1', 'headerMalformed'],
    ['a time-stamp beyond all years', 'x-mlflow-timestamp', '9'.repeat(30), 'headerMalformed'],
  ])('refuses %s with 401', async (_, name, value, reason) => {
    expect(await refused(withHeader(name, value))).toEqual({ http: 401, reason });
  });

  it('cannot be made to take a piece of a signed body for its headers', async () => {
    // The same signed bytes, cut at another dot.
    const body = `5.${created()}`;
    const honest = signed(body, 'd-1', String(sentAt));
    const cut = {
      'x-mlflow-signature': honest.headers['x-mlflow-signature'] ?? '',
      'x-mlflow-delivery-id': `d-1.${sentAt}`,
      'x-mlflow-timestamp': '5',
    };
    const given = delivery({ headers: cut, body: new TextEncoder().encode(created()) });
    expect(await refused(given)).toEqual({ http: 401, reason: 'headerMalformed' });
  });

  it('accepts a delivery from 300 s old to 60 s ahead, and not a millisecond more', async () => {
    const at = (offset: number) => delivery({ receivedAt: instant(sentAt * 1000 + offset) });
    await expect(webhook.read(at(300_000))).resolves.toBeDefined();
    await expect(webhook.read(at(-60_000))).resolves.toBeDefined();
    expect(await refused(at(300_001))).toEqual({ http: 403, reason: 'stale' });
    expect(await refused(at(-60_001))).toEqual({ http: 403, reason: 'future' });
  });

  it('accepts any of several signatures, and either secret of a rotation', async () => {
    const right = captured.headers['x-mlflow-signature'];
    const wrong = sign('d-1', '1', 'x', 'old');
    for (const header of [`${wrong} ${right}`, `${right} ${wrong}`, `v1a,zzz ${right}`]) {
      await expect(webhook.read(withHeader('x-mlflow-signature', header))).resolves.toBeDefined();
    }
    await expect(source('new', secret).read(delivery())).resolves.toBeDefined();
    await expect(source(secret, 'old').read(delivery())).resolves.toBeDefined();
    expect(await refused(delivery(), source('new', 'old'))).toMatchObject({ http: 403 });
  });

  it('does not work with a blank secret, which anybody could sign with', async () => {
    const given = signed(created(), 'd-1', String(sentAt), '');
    await expect(source('').read(given)).rejects.toMatchObject({ name: 'ConfigurationInvalid' });
    await expect(source(secret, ' ').read(given)).rejects.toMatchObject({ name: 'ConfigurationInvalid' });
  });

  it('lets a failed look-up of the secrets through, so that the sender tries again', async () => {
    const broken = registryWebhook({ secrets: () => Promise.reject(new Error('no vault')) });
    await expect(broken.read(delivery())).rejects.toThrow('no vault');
  });

  it('accepts 64 KiB and refuses one byte more without asking for the secret', async () => {
    const secrets = vi.fn(async () => [secret] as const);
    const exact = signed(
      created({}, { description: '' }).replace(
        '""',
        `"${'x'.repeat(65_536 - created({}, { description: '' }).length)}"`,
      ),
    );
    expect(exact.body.byteLength).toBe(65_536);
    await expect(registryWebhook({ secrets }).read(exact)).resolves.toBeDefined();
    secrets.mockClear();
    const over = signed(new Uint8Array(65_537));
    expect(await refused(over, registryWebhook({ secrets }))).toEqual({ http: 413, reason: 'oversized' });
    expect(secrets).not.toHaveBeenCalled();
  });

  it('checks the signature before it looks into the body', async () => {
    const given = delivery({ body: new TextEncoder().encode('no json') });
    expect(await refused(given)).toEqual({ http: 403, reason: 'signatureWrong' });
  });

  it('compares in constant time', async () => {
    vi.mocked(timingSafeEqual).mockClear();
    await refused(delivery({ body: new Uint8Array([1]) }), source(secret, 'old'));
    expect(timingSafeEqual).toHaveBeenCalledTimes(2);
  });

  it('answers nothing but a refusal to random headers and bytes, signed or not', async () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    const headerValue = fc.oneof(fc.string(), fc.constantFrom(...Object.values(captured.headers)));
    await fc.assert(
      fc.asyncProperty(
        bytes,
        headerValue,
        headerValue,
        headerValue,
        async (body, signature, id, timestamp) => {
          await refused(signed(body));
          const headers = {
            'x-mlflow-signature': signature,
            'x-mlflow-delivery-id': id,
            'x-mlflow-timestamp': timestamp,
          };
          await refused(delivery({ headers, body }));
        },
      ),
      { numRuns: 300 },
    );
  });
});
