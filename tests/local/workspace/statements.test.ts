import { describe, expect, it } from 'vitest';
import { minute, rig, warehouseId } from './harness.ts';

const statements = '/api/2.0/sql/statements';
const ask = (statement: string, extra = {}) => ({ warehouse_id: warehouseId, statement, ...extra });

describe('the SQL statement API', () => {
  it('answers at once where the caller waits: a manifest, and every cell as text or null', async () => {
    const { call } = await rig();
    const { json } = await call(
      'POST',
      statements,
      ask(
        `SELECT 7 AS i, CAST(8 AS BIGINT) AS l, 1.5D AS d, TRUE AS b, 'x' AS s, NULL AS n,
           TIMESTAMP'2024-01-02T03:04:05.123Z' AS t, DATE'2024-01-02' AS day, CAST(2 AS DOUBLE) AS whole`.replace(
          '1.5D',
          'CAST(1.5 AS DOUBLE)',
        ),
      ),
    );
    expect(json.status).toEqual({ state: 'SUCCEEDED' });
    expect(json.manifest.schema.columns.map((column: { type_name: string }) => column.type_name)).toEqual([
      'INT',
      'LONG',
      'DOUBLE',
      'BOOLEAN',
      'STRING',
      'INT',
      'TIMESTAMP',
      'DATE',
      'DOUBLE',
    ]);
    expect(json.manifest).toMatchObject({ format: 'JSON_ARRAY', total_row_count: 1, truncated: false });
    expect(json.result.data_array).toEqual([
      ['7', '8', '1.5', 'true', 'x', null, '2024-01-02T03:04:05.123Z', '2024-01-02', '2.0'],
    ]);
  });

  it('binds named parameters by type, and an absent value as null', async () => {
    const { sql } = await rig();
    const rows = await sql('SELECT :n + 1, :t, :s, :missing IS NULL, :x', {
      parameters: [
        { name: 'n', type: 'INT', value: '41' },
        { name: 't', type: 'TIMESTAMP', value: '2026-03-02T09:00:00Z' },
        { name: 's', value: "it's :n" },
        { name: 'missing', type: 'STRING' },
        { name: 'x', type: 'DECIMAL(6,2)', value: '3.14' },
      ],
    });
    expect(rows).toEqual([['42', '2026-03-02T09:00:00.000Z', "it's :n", 'true', '3.14']]);
  });

  it('is PENDING with only an id when nobody waits, and answers by GET later', async () => {
    const { call, pass } = await rig();
    const posted = await call('POST', statements, ask('SELECT 1', { wait_timeout: '0s' }));
    expect(Object.keys(posted.json).sort()).toEqual(['statement_id', 'status']);
    expect(posted.json.status).toEqual({ state: 'PENDING' });
    const at = `${statements}/${posted.json.statement_id}`;
    await pass(200);
    expect((await call('GET', at)).json.status.state).toBe('RUNNING');
    await pass(2_000);
    expect((await call('GET', at)).json.result.data_array).toEqual([['1']]);
  });

  it('can be cancelled before it is over, and by itself when the wait ends', async () => {
    const { call, pass } = await rig({ timings: { statement: { min: 60_000, max: 60_000 } } });
    const { json } = await call('POST', statements, ask('SELECT 1', { wait_timeout: '5s' }));
    expect((await call('POST', `${statements}/${json.statement_id}/cancel`)).json).toEqual({});
    await pass(2 * minute);
    expect((await call('GET', `${statements}/${json.statement_id}`)).json.status.state).toBe('CANCELED');
    const own = await call(
      'POST',
      statements,
      ask('SELECT 1', { wait_timeout: '5s', on_wait_timeout: 'CANCEL' }),
    );
    expect(own.json.status.state).toBe('CANCELED');
  });

  it.each([
    ['selec 1', '42601'],
    ['SELECT * FROM prod.serving.nothing', '42P01'],
    ['SELECT nothing FROM prod.serving.caller_requests', '42703'],
    ["SELECT CAST('x' AS INT)", '22018'],
    ['SELECT nothing(1)', '42883'],
    ['SELECT :unbound', '42P02'],
    ["SELECT * FROM read_text('/etc/hostname')", '42501'],
  ])('answers the mistake in `%s` with HTTP 200, FAILED and SQLSTATE %s', async (statement, sqlState) => {
    const { call } = await rig();
    const answer = await call('POST', statements, ask(statement));
    expect(answer.code).toBe(200);
    expect(answer.json.status).toMatchObject({
      state: 'FAILED',
      sql_state: sqlState,
      error: { error_code: 'BAD_REQUEST' },
    });
    expect(answer.json.manifest).toBeUndefined();
  });

  it('hands a long result out in chunks', async () => {
    const { call } = await rig();
    const { json } = await call('POST', statements, ask('SELECT range AS n FROM range(25000) ORDER BY n'));
    expect(json.manifest).toMatchObject({ total_chunk_count: 3, total_row_count: 25_000 });
    expect(json.result).toMatchObject({ chunk_index: 0, row_count: 10_000, next_chunk_index: 1 });
    const second = (await call('GET', json.result.next_chunk_internal_link)).json;
    expect(second.data_array[0]).toEqual(['10000']);
    const last = (await call('GET', second.next_chunk_internal_link)).json;
    expect(last).toMatchObject({ chunk_index: 2, row_count: 5_000 });
    expect(last.next_chunk_index).toBeUndefined();
    const beyond = await call('GET', `${statements}/${json.statement_id}/result/chunks/3`);
    expect(beyond.json.message).toBe('The chunk_index 3 is out of bounds.');
  });

  it('cuts at row_limit and says so, and answers an empty result with an empty object', async () => {
    const { call } = await rig();
    const cut = await call('POST', statements, ask('SELECT * FROM range(9)', { row_limit: 4 }));
    expect(cut.json.manifest.truncated).toBe(true);
    expect(cut.json.result.data_array).toHaveLength(4);
    const none = await call('POST', statements, ask('SELECT * FROM range(9) WHERE range > 10'));
    expect(none.json.result).toEqual({});
  });

  it('knows the default catalog and schema of a statement, and the simulator’s own time', async () => {
    const { sql, pass } = await rig();
    await pass(minute);
    const rows = await sql(
      `SELECT count(*) > 900, current_timestamp(), current_date() FROM \`caller_requests\`
       WHERE request_time > current_timestamp() - INTERVAL 1 HOUR -- :none`,
      { catalog: 'prod', schema: 'serving' },
    );
    expect(rows).toEqual([['true', '2026-03-02T09:01:00.000Z', '2026-03-02']]);
  });

  it.each([
    [{ wait_timeout: '3s' }, 400, 'INVALID_PARAMETER_VALUE'],
    [{ wait_timeout: 'soon' }, 400, 'INVALID_PARAMETER_VALUE'],
    [{ warehouse_id: undefined }, 400, 'BAD_REQUEST'],
    [{ warehouse_id: 'nosuch' }, 400, 'INVALID_PARAMETER_VALUE'],
    [{ warehouse_id: 'ffffffffffffffff' }, 403, 'PERMISSION_DENIED'],
    [{ format: 'ARROW_STREAM' }, 400, 'INVALID_PARAMETER_VALUE'],
    [{ statement: '' }, 400, 'INVALID_PARAMETER_VALUE'],
  ])('refuses %j with %i %s', async (extra, code, errorCode) => {
    const { call } = await rig();
    const answer = await call('POST', statements, { ...ask('SELECT 1'), ...extra });
    expect(answer).toMatchObject({ code, json: { error_code: errorCode } });
  });

  it('tells an unknown statement from an id that is none', async () => {
    const { call } = await rig();
    const unknown = await call('GET', `${statements}/01f18b07-0000-1000-8000-000000000000`);
    expect(unknown).toMatchObject({ code: 404, json: { error_code: 'NOT_FOUND' } });
    expect((await call('GET', `${statements}/seven`)).code).toBe(400);
  });
});
