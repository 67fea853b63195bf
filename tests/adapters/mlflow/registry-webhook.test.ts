import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../src/app/ports/webhooks.ts';
import { captured, created, delivery, fixture, refused, sentAt, signed, webhook } from './delivery.ts';

describe('the MLflow registry webhook', () => {
  it('reads the delivery captured from a real MLflow server', async () => {
    expect(captured.body.byteLength).toBe(219);
    expect(await webhook.read(delivery())).toEqual({
      deliveryId: '3fc82d37-fa7a-4bd4-80b3-3857fba677cb',
      contentDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      message: {
        kind: 'versionRegistered',
        model: 'fraud',
        version: '1',
        source: 's3://b/k',
        at: Date.UTC(2026, 10, 21, 8, 49, 43, 817),
      },
    });
  });

  it('keeps the run id where there is one, and leaves a null out', async () => {
    const { message } = await webhook.read(signed(created({}, { run_id: 'abcd1234abcd5678', source: null })));
    expect(message).toMatchObject({ kind: 'versionRegistered', runId: 'abcd1234abcd5678' });
    expect(message).not.toHaveProperty('source');
  });

  it.each([
    ['registered-model-created', 'registered_model', 'created'],
    ['model-version-tag-set', 'model_version_tag', 'set'],
    ['model-version-tag-deleted', 'model_version_tag', 'deleted'],
    ['model-version-alias-created', 'model_version_alias', 'created'],
    ['model-version-alias-deleted', 'model_version_alias', 'deleted'],
  ])('takes note of %s without starting anything', async (file, entity, action) => {
    const { message } = await webhook.read(signed(new Uint8Array(fixture(`${file}.body.json`))));
    expect(message).toEqual({ kind: 'ignored', entity, action });
  });

  it('knows the same news under another delivery id and time, and other news apart', async () => {
    const digest = async (given: Delivery) => (await webhook.read(given)).contentDigest;
    const first = await digest(delivery());
    const again = created({ timestamp: '2026-11-21T08:50:00+00:00' });
    expect(await digest(signed(again, 'other', String(sentAt + 20)))).toBe(first);
    expect(await digest(signed(created({}, { version: '2' })))).not.toBe(first);
    expect(await digest(signed(created({}, { name: 'fraud2' })))).not.toBe(first);
    expect(await digest(signed(created({ action: 'deleted' })))).not.toBe(first);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{"entity":'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a byte order mark', `\ufeff${created()}`],
    ['no entity', created({ entity: undefined })],
    ['an entity that is no word', created({ entity: 'model version' })],
    ['a number for an action', created({ action: 1 })],
    ['no data', created({ data: undefined })],
    ['a list for data', created({ data: [] })],
    ['no name', created({}, { name: undefined })],
    ['an empty name', created({}, { name: '' })],
    ['a name with a line break', created({}, { name: 'fraud\nERROR' })],
    ['a number for a version', created({}, { version: 1 })],
    ['a version in words', created({}, { version: 'latest' })],
    ['version zero', created({}, { version: '0' })],
    ['a number for a source', created({}, { source: 5 })],
    ['an object for a run id', created({}, { run_id: {} })],
    ['no time', created({ timestamp: undefined })],
    ['a time in words', created({ timestamp: 'yesterday' })],
    ['a time without zone', created({ timestamp: '2026-11-21T08:49:43' })],
  ])('refuses a rightly signed body with %s', async (_, body) => {
    expect(await refused(signed(body))).toEqual({ http: 400, reason: 'malformed' });
  });

  it('refuses signed bytes that are not UTF-8', async () => {
    const latin1 = new Uint8Array(Buffer.from(created({}, { source: 's3://b/\u00ff' }), 'latin1'));
    expect(await refused(signed(latin1))).toMatchObject({ http: 400 });
  });

  it('answers a message or a refusal to any signed JSON, deeply nested too', async () => {
    const data = fc.oneof(fc.jsonValue(), fc.record({ name: fc.jsonValue(), version: fc.jsonValue() }));
    await fc.assert(
      fc.asyncProperty(data, fc.constantFrom('model_version', 'prompt'), async (value, entity) => {
        const given = signed(created({ data: value, entity }));
        await webhook.read(given).catch(() => refused(given));
      }),
      { numRuns: 300 },
    );
    const deep = `{"entity":"prompt","action":"created","data":{"x":${'['.repeat(30_000)}${']'.repeat(30_000)}}}`;
    expect((await webhook.read(signed(deep))).message.kind).toBe('ignored');
  });
});
