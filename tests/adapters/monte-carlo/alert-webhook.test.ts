import { createHmac, timingSafeEqual } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { alertWebhook } from '../../../src/adapters/monte-carlo/alert-webhook.ts';
import {
  anomaly,
  bytes,
  customRule,
  read,
  receivedAt,
  refused,
  secret,
  sign,
  signed,
  source,
  unsigned,
  webhook,
} from './delivery.ts';

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>();
  return { ...crypto, timingSafeEqual: vi.fn(crypto.timingSafeEqual) };
});

describe('the Monte Carlo alert webhook', () => {
  it('refuses any one change of any byte, unless it leaves the same document', async () => {
    const original = await read(customRule);
    const body = bytes(customRule);
    const signature = sign(customRule);
    let refusals = 0;
    for (let at = 0; at < body.length; at++) {
      for (const change of [0x01, 0x02, 0x04, 0x10, 0x20, 0x80]) {
        const given = unsigned(
          body.map((byte, index) => (index === at ? byte ^ change : byte)),
          signature,
        );
        const read = await webhook.read(given).catch(() => undefined);
        if (read === undefined) {
          refusals++;
          expect((await refused(given))['http']).toSatisfy((http) => http === 400 || http === 403);
        } else expect(read).toEqual(original);
      }
    }
    expect(refusals).toBeGreaterThan(body.length * 5);
  });

  it.each([
    ['no signature', undefined, 'signatureMissing'],
    ['an empty signature', '', 'headerMalformed'],
    ['a short signature', 'ab', 'headerMalformed'],
    ['a signature that is not hex', 'g'.repeat(128), 'headerMalformed'],
    ['a signature in capitals', sign(anomaly).toUpperCase(), 'headerMalformed'],
    ['a signature with a space', `${sign(anomaly)} `, 'headerMalformed'],
    ['two signatures', `${sign(anomaly)}, ${sign(anomaly)}`, 'headerMalformed'],
  ])('refuses %s with 401', async (_, signature, reason) => {
    const headers: Record<string, string> = signature === undefined ? {} : { 'x-mcd-signature': signature };
    const given = { headers, body: bytes(anomaly), receivedAt };
    expect(await refused(given)).toEqual({ http: 401, reason });
  });

  it('refuses a wrong signature with 403, a signature over the raw bytes too', async () => {
    const wrong = unsigned(bytes(anomaly));
    expect(await refused(wrong, webhook, [sign(anomaly)])).toEqual({ http: 403, reason: 'signatureWrong' });
    const raw = unsigned(bytes(anomaly), createHmac('sha512', secret).update(anomaly).digest('hex'));
    expect(await refused(raw, webhook, [sign(anomaly)])).toMatchObject({ http: 403 });
    expect(await refused(unsigned(bytes(anomaly), sign(anomaly, 'other')))).toMatchObject({ http: 403 });
  });

  it('accepts either secret of a rotation, and no blank one', async () => {
    await expect(source('new', secret).read(signed(anomaly))).resolves.toBeDefined();
    await expect(source(secret, 'old').read(signed(anomaly))).resolves.toBeDefined();
    expect(await refused(signed(anomaly), source('new', 'old'))).toMatchObject({ http: 403 });
    const blank = signed(anomaly, '');
    await expect(source('').read(blank)).rejects.toMatchObject({ name: 'ConfigurationInvalid' });
    await expect(source(secret, ' ').read(blank)).rejects.toMatchObject({ name: 'ConfigurationInvalid' });
  });

  it('accepts 256 KiB and refuses one byte more without asking for the secret', async () => {
    const secrets = vi.fn(async () => [secret] as const);
    const exact = signed(anomaly + ' '.repeat(262_144 - anomaly.length));
    expect(exact.body.byteLength).toBe(262_144);
    await expect(alertWebhook({ secrets }).read(exact)).resolves.toBeDefined();
    secrets.mockClear();
    const over = unsigned(new Uint8Array(262_145));
    expect(await refused(over, alertWebhook({ secrets }))).toEqual({ http: 413, reason: 'oversized' });
    expect(secrets).not.toHaveBeenCalled();
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{"type":'],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['a byte order mark', `\ufeff${anomaly}`],
    ['half a surrogate pair at the top', '{"type":"\\ud83d"}'],
    ['a nest of 100 levels', `{"a":${'['.repeat(100)}${']'.repeat(100)}}`],
    ['a nest of 100,000 levels', '['.repeat(100_000)],
  ])('refuses %s before any signature', async (_, body) => {
    expect(await refused(unsigned(bytes(body)))).toEqual({ http: 400, reason: 'malformed' });
  });

  it('refuses bytes that are not UTF-8', async () => {
    const given = unsigned(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]));
    expect(await refused(given)).toEqual({ http: 400, reason: 'malformed' });
  });

  it('compares in constant time', async () => {
    vi.mocked(timingSafeEqual).mockClear();
    await refused(unsigned(bytes(anomaly)), source(secret, 'old'));
    expect(timingSafeEqual).toHaveBeenCalledTimes(2);
  });

  it('answers nothing but a refusal to random bytes and signatures', async () => {
    const signature = fc.oneof(fc.string(), fc.constant('a'.repeat(128)));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), signature, async (body, header) => {
        await refused(unsigned(body, header));
      }),
      { numRuns: 400 },
    );
  });
});
