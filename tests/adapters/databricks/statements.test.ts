import { describe, expect, it } from 'vitest';
import { bench, errorOf } from './scripted-workspace.ts';

const api = '/api/2.0/sql/statements';
const id = '01f0a5b1-0000-1000-8000-000000000001';
const failed = {
  statement_id: id,
  status: {
    state: 'FAILED',
    error: { error_code: 'BAD_REQUEST', message: '[TABLE_OR_VIEW_NOT_FOUND] The table cannot be found.' },
    sql_state: '42P01',
  },
};

function succeeded(result: unknown, total: number, more: object = {}) {
  return {
    statement_id: id,
    status: { state: 'SUCCEEDED' },
    manifest: {
      format: 'JSON_ARRAY',
      schema: {
        column_count: 2,
        columns: [
          { name: 'n', position: 1, type_name: 'LONG' },
          { name: 'entity', position: 0, type_name: 'STRING' },
        ],
      },
      total_row_count: total,
      truncated: false,
      ...more,
    },
    result,
  };
}

describe('a SQL statement', () => {
  it('is submitted with its parameters apart from its text, and not waited for', async () => {
    const { workspace, client } = await bench();
    workspace.answer(`POST ${api}`, { body: { statement_id: id, status: { state: 'PENDING' } } });
    const parameters = [
      { name: 'since', value: '2026-11-21', type: 'DATE' },
      { name: 'who', value: null },
    ];
    const statement = 'SELECT * FROM t WHERE d >= :since AND w = :who';
    expect(await client.statements.submit({ warehouseId: 'w-1', statement, parameters, rowLimit: 10 })).toBe(
      id,
    );
    expect(workspace.heard[0]?.body).toEqual({
      warehouse_id: 'w-1',
      statement,
      parameters,
      row_limit: 10,
      disposition: 'INLINE',
      format: 'JSON_ARRAY',
      wait_timeout: '0s',
    });
  });

  it.each(['PENDING', 'RUNNING', 'A_NEW_STATE'])('that is %s is running', async (state) => {
    const { workspace, client } = await bench();
    workspace.answer(`GET ${api}/${id}`, { body: { statement_id: id, status: { state } } });
    expect(await client.statements.fetchRows(id)).toBe('running');
  });

  it('gives its rows as text by column name, from all chunks, columns by position', async () => {
    const { workspace, client } = await bench();
    workspace.answer(`GET ${api}/${id}`, {
      body: succeeded({ chunk_index: 0, data_array: [['fraud-7', '5']], next_chunk_index: 1 }, 3),
    });
    workspace.answer(`GET ${api}/${id}/result/chunks/1`, {
      body: { data_array: [['fraud-8', null]], next_chunk_index: 2 },
    });
    workspace.answer(`GET ${api}/${id}/result/chunks/2`, { body: { data_array: [[null, '1']] } });
    expect(await client.statements.fetchRows(id)).toEqual({
      columns: ['entity', 'n'],
      rows: [
        { entity: 'fraud-7', n: '5' },
        { entity: 'fraud-8', n: null },
        { entity: null, n: '1' },
      ],
      truncated: false,
    });
  });

  it('without rows has no rows, and says when rows were cut off', async () => {
    const { workspace, client } = await bench();
    workspace.answer(
      `GET ${api}/${id}`,
      { body: succeeded({}, 0) },
      { body: succeeded({ data_array: [['a', '1']] }, 1, { truncated: true }) },
    );
    expect(await client.statements.fetchRows(id)).toEqual({
      columns: ['entity', 'n'],
      rows: [],
      truncated: false,
    });
    expect(await client.statements.fetchRows(id)).toMatchObject({ truncated: true });
  });

  it.each([
    ['fewer rows than promised', succeeded({ data_array: [['a', '1']] }, 2), '1 rows came of 2'],
    ['a row of another width', succeeded({ data_array: [['a']] }, 1), '1 cells for 2 columns'],
    ['a chunk after itself', succeeded({ data_array: [], next_chunk_index: 0 }, 0), 'chunk 0'],
    ['no manifest', { statement_id: id, status: { state: 'SUCCEEDED' } }, 'no manifest'],
    [
      'a column twice',
      succeeded({}, 0, { schema: { columns: [{ name: 'n' }, { name: 'n' }] } }),
      'the same name',
    ],
  ])('with %s is unreadable, never fewer rows', async (_, body, says) => {
    const { workspace, client } = await bench();
    workspace.answer(`GET ${api}/${id}`, { body });
    const error = await errorOf(client.statements.fetchRows(id));
    expect(error.name).toBe('DatabricksAnswerUnreadable');
    expect(error.message).toContain(says);
  });

  it('that fails within HTTP 200 throws StatementFailed with SQLSTATE and message, at once or later', async () => {
    const { workspace, client } = await bench();
    workspace.answer(`POST ${api}`, { body: failed });
    workspace.answer(`GET ${api}/${id}`, { body: failed });
    const request = { warehouseId: 'w', statement: 'SELECT * FROM nowhere', parameters: [] };
    for (const error of [
      await errorOf(client.statements.submit(request)),
      await errorOf(client.statements.fetchRows(id)),
    ]) {
      expect(error.name).toBe('StatementFailed');
      expect(error.message).toContain('SQLSTATE 42P01): [TABLE_OR_VIEW_NOT_FOUND]');
      expect(error.facts).toEqual({
        statementId: id,
        state: 'FAILED',
        sqlState: '42P01',
        errorCode: 'BAD_REQUEST',
      });
    }
  });

  it.each(['CANCELED', 'CLOSED'])('that was %s has failed', async (state) => {
    const { workspace, client } = await bench();
    workspace.answer(`GET ${api}/${id}`, { body: { statement_id: id, status: { state } } });
    expect(await errorOf(client.statements.fetchRows(id))).toMatchObject({
      name: 'StatementFailed',
      facts: { state },
    });
  });

  it('is cancelled by its id', async () => {
    const { workspace, client } = await bench();
    workspace.answer(`POST ${api}/${id}/cancel`, { body: {} });
    await client.statements.cancel(id);
    expect(workspace.calls(`POST ${api}/${id}/cancel`)).toHaveLength(1);
  });
});
