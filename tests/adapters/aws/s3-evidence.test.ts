import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openS3Evidence } from '../../../src/adapters/aws/s3-evidence.ts';
import type { EvidenceStore } from '../../../src/app/ports/evidence-store.ts';
import { evidenceStoreContract } from '../../contracts-of-ports/evidence-store.contract.ts';
import { type Fault, type HttpDouble, httpDouble, type Reply } from './http-double.ts';
import { credentials, type Received } from './signature-v4.ts';

const bucket = 'headgate-evidence';

/** Objects of one bucket, with S3's conditional write and its check of the checksum. */
async function s3Double(): Promise<HttpDouble & { readonly objects: Map<string, Buffer> }> {
  const objects = new Map<string, Buffer>();
  const act = ({ method, target, headers, body }: Received): Reply => {
    const key = target.replace(`/${bucket}/`, '');
    if (method === 'GET') {
      const found = objects.get(key);
      return found ? { code: 200, body: found } : { code: 404, body: '<Code>NoSuchKey</Code>' };
    }
    const digest = Buffer.from(String(headers['x-amz-content-sha256']), 'hex').toString('base64');
    if (headers['x-amz-checksum-sha256'] !== digest) return { code: 400, body: '<Code>BadDigest</Code>' };
    if (headers['if-none-match'] === '*' && objects.has(key)) return { code: 412 };
    objects.set(key, body);
    return { code: 200 };
  };
  return { ...(await httpDouble('s3', act)), objects };
}

evidenceStoreContract('a bucket', async () => {
  const double = await s3Double();
  const open = () => openS3Evidence({ ...double.access, bucket });
  return { store: open(), reopen: async () => open(), close: double.close };
});

describe('evidence in a bucket', () => {
  let double: Awaited<ReturnType<typeof s3Double>>;
  let store: EvidenceStore;
  beforeEach(async () => {
    double = await s3Double();
    store = openS3Evidence({ ...double.access, bucket });
  });
  afterEach(() => double.close());

  const unavailable = { name: 'LedgerUnavailable' };

  it.each<[string, Fault]>([
    ['is not connected', 'dropped'],
    ['has an error of its own', { code: 500, body: '<Code>InternalError</Code>' }],
    ['is throttled', { code: 503, body: '<Code>SlowDown</Code>' }],
    [
      'is in the middle of another write of the key',
      { code: 409, body: '<Code>ConditionalRequestConflict</Code>' },
    ],
  ])('is written once a store that %s answers', async (_, fault) => {
    double.faults.push(fault, fault);
    const reference = await store.put('report.json', '{}', '');
    expect(reference.ref).toBe('report.json');
    expect(double.pauses).toEqual([200, 400]);
    expect(await store.get(reference)).toBe('{}');
  });

  it('has one object when the answer to a write was lost', async () => {
    double.faults.push('lost');
    expect((await store.put('report.json', '{}', '')).ref).toBe('report.json');
    expect([...double.objects.keys()]).toEqual(['report.json']);
  });

  it('does not take a conflict for an object that is there', async () => {
    double.faults.push(...Array<Fault>(4).fill({ code: 409 }));
    await expect(store.put('report.json', '{}', '')).rejects.toMatchObject(unavailable);
    expect(double.objects.size).toBe(0);
  });

  it('is read again when half of it came', async () => {
    const reference = await store.put('report.json', 'the whole of it', '');
    double.faults.push('truncated');
    expect(await store.get(reference)).toBe('the whole of it');
  });

  it.each<[string, Fault]>([
    ['never answers', 'dropped'],
    ['never answers whole', 'truncated'],
    ['always fails', { code: 500 }],
  ])('that %s is unavailable after four attempts, which is not the same as missing', async (_, fault) => {
    const reference = await store.put('report.json', '{}', '');
    const before = double.received.length;
    double.faults.push(...Array<Fault>(4).fill(fault));
    await expect(store.get(reference)).rejects.toMatchObject(unavailable);
    expect(double.received.length - before).toBe(4);
  });

  it.each<[string, Fault]>([
    ['forbidden', { code: 403, body: '<Error><Code>AccessDenied</Code></Error>' }],
    ['sent elsewhere', { code: 301, body: '<Code>PermanentRedirect</Code>' }],
    ['in no bucket', { code: 404, body: '<Code>NoSuchBucket</Code>' }],
  ])('that is %s is not taken for missing, and not asked for again', async (_, fault) => {
    const reference = await store.put('report.json', '{}', '');
    const before = double.received.length;
    double.faults.push(fault);
    await expect(store.get(reference)).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringMatching(/report\.json: \d{3} (AccessDenied|PermanentRedirect|NoSuchBucket)$/),
    });
    expect(double.received.length - before).toBe(1);
  });

  it('does not answer with an object that was changed behind its back, and writes the true bytes beside it', async () => {
    const reference = await store.put('report.json', 'true', '');
    double.objects.set('report.json', Buffer.from('forged'));
    await expect(store.get(reference)).rejects.toMatchObject({ name: 'EvidenceInvalid' });
    expect((await store.put('report.json', 'true', '')).ref).toBe('report-2.json');
  });

  it('tells no credential when it fails', async () => {
    double.faults.push({ code: 403 });
    const error: unknown = await store.put('report.json', '{}', '').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(unavailable);
    const told = `${String(error)} ${JSON.stringify(error)}`;
    for (const secret of [credentials.secretAccessKey, credentials.sessionToken])
      expect(told).not.toContain(secret);
  });

  it.each([
    ['eu-central-1', 'https://headgate-evidence.s3.eu-central-1.amazonaws.com/report.json'],
    ['cn-north-1', 'https://headgate-evidence.s3.cn-north-1.amazonaws.com.cn/report.json'],
  ])('lies on the own host of the bucket in %s', async (region, url) => {
    const asked: string[] = [];
    const fetch = async (to: string | URL | Request) => {
      asked.push(String(to));
      return new Response(null, { status: 200 });
    };
    const { clock } = double.access;
    await openS3Evidence({ region, credentials, clock, fetch, bucket }).put('report.json', '{}', '');
    expect(asked).toEqual([url]);
  });
});
