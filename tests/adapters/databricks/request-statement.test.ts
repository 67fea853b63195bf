import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestStatement } from '../../../src/adapters/databricks/request-statement.ts';
import { instant } from '../../../src/domain/units.ts';
import { type LogRow, recount } from './recount.ts';
import { counted, question, run, sql } from './statement-bench.ts';

const nothing = { requests: 0, errors: 0, clientErrors: 0, throttled: 0, buckets: {} };

/** A request of the candidate at 1 ms that went well, unless said otherwise. */
const request = (about: Partial<LogRow> = {}): LogRow => ({
  at: 1,
  entity: 'fraud-2',
  code: 200,
  took: 10,
  id: 'x',
  client: null,
  ...about,
});

describe('the question about live requests', () => {
  it.each([
    [[500, 502, 503, 504, 599, 0, null, -1], 'errors', { requests: 8, errors: 8, buckets: { 1: 8 } }],
    [[400, 422], 'errors of the client', { requests: 2, clientErrors: 2, buckets: { 0: 2 } }],
    [[429], 'throttled, and no requests', { throttled: 1 }],
    [[401, 403, 404], 'nothing', {}],
    [[200, 204, 302, 405, 408, 409, 413, 418], 'requests', { requests: 8, buckets: { 0: 8 } }],
  ] as const)('counts the codes %j as %s', async (codes, _as, count) => {
    const rows = codes.map((code) => request({ code }));
    expect(await counted(rows)).toEqual([{ at: 0, side: 'candidate', ...nothing, ...count }]);
  });

  it('counts durations up to the edge of a bucket, failures in the last one, and what is unknown in none', async () => {
    const latency = { widthMs: 10, buckets: 3 };
    const rows = [
      ...[-5, 0, 1, 10, 11, 20, 21, 30, 31, 9_999, null].map((took) => request({ took })),
      request({ took: 1, code: 500 }),
      request({ took: null, code: null }),
      request({ took: 1, code: 429 }),
    ];
    const [count] = await counted(rows, { latency });
    expect(count).toMatchObject({ requests: 13, errors: 2, buckets: { 0: 4, 1: 2, 2: 2, 3: 4 } });
  });

  it('leaves out our own probes and other entities', async () => {
    const rows = [
      request({ id: 'headgate-r-1' }),
      request({ id: 'headgate-r-2', entity: null, code: 0 }),
      request({ entity: 'fraud-9', code: 500 }),
      request({ id: 'shop-headgate-1' }),
      request({ id: null }),
    ];
    expect(await counted(rows)).toEqual([
      { at: 0, side: 'candidate', ...nothing, requests: 2, buckets: { 0: 2 } },
    ]);
  });

  it('tells failed requests that name nobody as missing, and others that name nobody not at all', async () => {
    const rows = [500, 0, null, 503, 404, 429, 400, 200].map((code, index) =>
      request({ code, entity: index % 2 === 0 ? null : '' }),
    );
    expect(await counted([...rows, request({ at: 60_000 })])).toMatchObject([
      { at: 0, side: 'missing', requests: 4, errors: 4 },
      { at: 60_000, side: 'candidate', requests: 1, errors: 0 },
    ]);
  });

  it('puts a request into the window that it began in, and takes the first instant but not the last', async () => {
    const times = [59_999.999, 60_000, 119_999, 120_000, 179_999.9, 180_000];
    const about = { from: instant(60_000), until: instant(180_000) };
    const rows = times.map((at) => request({ at }));
    expect((await counted(rows, about)).map(({ at, requests }) => [at, requests])).toEqual([
      [60_000, 2],
      [120_000, 2],
    ]);
  });

  it('agrees with a count by hand, of requests and of clients', async () => {
    const rows = fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 179 }).map((second) => second * 1_000),
        entity: fc.constantFrom('fraud-1', 'fraud-2', 'fraud-9', '', null),
        code: fc.constantFrom(200, 200, 400, 401, 404, 422, 429, 500, 0, null),
        took: fc.option(fc.integer({ min: 0, max: 120 })),
        id: fc.uuid(),
        client: fc.constantFrom('ann', 'bob', 'eve', '', null),
      }),
      { minLength: 1, maxLength: 60 },
    );
    const latency = fc.record({
      widthMs: fc.integer({ min: 1, max: 50 }),
      buckets: fc.integer({ min: 1, max: 9 }),
    });
    const sticky = fc.constantFrom(null, 'who');
    await fc.assert(
      fc.asyncProperty(rows, latency, sticky, async (log, grid, stickyClient) => {
        const about = { latency: grid, stickyClient };
        expect(await counted(log, about)).toEqual(recount(log, { ...question, ...about }));
      }),
      { numRuns: 60 },
    );
  });
});

describe('the question where all requests of a client go to one side', () => {
  const stickyClient = 'who';

  it('counts a burst of one client once, and each of those who give no name', async () => {
    const burst = (client: string | null) =>
      [1, 2, 3].map((at) => request({ at, client, code: at === 2 ? 500 : 200, id: String(at) }));
    expect(await counted([...burst('ann'), ...burst('bob')], { stickyClient })).toMatchObject([
      { side: 'candidate', requests: 2, errors: 2, buckets: { 1: 2 } },
    ]);
    expect(await counted([...burst(null), ...burst('')], { stickyClient })).toMatchObject([
      { side: 'candidate', requests: 6, errors: 2, buckets: { 0: 4, 1: 2 } },
    ]);
  });

  it('counts on the side of the first request that counts, however late its failures come', async () => {
    const rows = [
      request({ at: 1, client: 'ann', entity: 'fraud-2', code: 401 }),
      request({ at: 2, client: 'ann', entity: 'fraud-1', took: 10 }),
      request({ at: 3, client: 'ann', entity: 'fraud-2', code: 400, took: 200 }),
    ];
    expect(await counted(rows, { stickyClient })).toEqual([
      { at: 0, side: 'baseline', ...nothing, requests: 1, clientErrors: 1, buckets: { 0: 1 } },
    ]);
  });

  it('charges a failure that nobody answered to where the client was served, in that window alone', async () => {
    const rows = [
      request({ at: 1, client: 'ann', entity: null, code: 0 }),
      request({ at: 2, client: 'ann' }),
      request({ at: 60_001, client: 'ann', entity: null, code: 0 }),
      request({ at: 60_002, client: 'ann', entity: null, code: 0 }),
    ];
    expect(await counted(rows, { stickyClient })).toMatchObject([
      { at: 0, side: 'candidate', requests: 1, errors: 1, buckets: { 1: 1 } },
      { at: 60_000, side: 'missing', requests: 1, errors: 1 },
    ]);
  });

  it('takes no column whose name is more than a name', () => {
    for (const name of ['a b', 'a.b', 'a`b', 'a/b', '', 'a\nb', `a\u0007b`]) {
      expect(() => requestStatement({ ...question, stickyClient: name }), name).toThrow('no column');
    }
    expect(requestStatement({ ...question, stickyClient: 'select' }).statement).toContain('`select`');
  });
});

describe('the question to the payload table', () => {
  const system = (id: string, endpoint: string, entity: string) =>
    `INSERT INTO simulator.serving.served_entities VALUES ('${id}', '${endpoint}', '${entity}')`;
  const row = (id: string | null, code: number, clientId: string) =>
    `INSERT INTO prod.serving.payload VALUES
       (DATE '1970-01-01', make_timestamp(1000), ${sql(id)}, ${code}, 10, '${clientId}')`;
  const setUp = [
    "ATTACH ':memory:' AS simulator",
    'CREATE SCHEMA simulator.serving',
    `CREATE TABLE simulator.serving.served_entities
       (served_entity_id VARCHAR, endpoint_name VARCHAR, served_entity_name VARCHAR)`,
    `CREATE TABLE prod.serving.payload (request_date DATE, request_time TIMESTAMP, served_entity_id VARCHAR,
       status_code INTEGER, execution_duration_ms BIGINT, client_request_id VARCHAR)`,
    ...Array.from({ length: 3 }, () => system('b', 'fraud', 'fraud-1')),
    system('c', 'fraud', 'fraud-2'),
    system('third', 'fraud', 'fraud-9'),
    system('elsewhere', 'other-endpoint', 'fraud-2'),
    system('oneIsOurs', 'fraud', 'fraud-1'),
    system('oneIsOurs', 'fraud', 'fraud-0'),
    system('noneIsOurs', 'fraud', 'fraud-8'),
    system('noneIsOurs', 'fraud', 'fraud-9'),
  ];
  const about = { ...question, source: 'payloadTable', table: 'prod.serving.payload' } as const;

  it('counts a row once, however many configuration versions its entity has been in', async () => {
    const rows = [row('b', 200, 'x'), row('b', 500, 'x'), row('b', 200, 'headgate-1'), row('c', 422, 'x')];
    expect(await run([...setUp, ...rows], about)).toEqual([
      { at: 0, side: 'baseline', ...nothing, requests: 2, errors: 1, buckets: { 0: 1, 1: 1 } },
      { at: 0, side: 'candidate', ...nothing, requests: 1, clientErrors: 1, buckets: { 0: 1 } },
    ]);
  });

  it('tells the failures of an entity as missing whose name is unknown, or one of several with ours among them', async () => {
    const ids = ['b', 'third', 'elsewhere', 'oneIsOurs', 'noneIsOurs', 'nowhere', null];
    const rows = ids.flatMap((id) => [row(id, 500, 'x'), row(id, 200, 'x')]);
    expect(await run([...setUp, ...rows], about)).toMatchObject([
      { side: 'baseline', requests: 2, errors: 1 },
      { side: 'missing', requests: 4, errors: 4 },
    ]);
  });
});
