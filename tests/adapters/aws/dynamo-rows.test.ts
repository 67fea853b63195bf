import { GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { dump } from '../../contracts-of-ports/ledger-expectations.ts';
import {
  at,
  command,
  intent,
  keyOf,
  newRelease,
  newWait,
  outcome,
  owning,
} from '../../contracts-of-ports/ledger-fixtures.ts';
import { disturb } from './dynamo-faults.ts';
import { hasLocalDynamo, type LedgerTable, LocalTables, platform } from './dynamo-setting.ts';

const line = { at: at(5), actor: 'ana', action: 'look', says: 'seen' };
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

if (hasLocalDynamo) {
  describe('the DynamoDB table', () => {
    const tables = new LocalTables();
    let opened: LedgerTable;
    beforeAll(() => tables.start());
    afterAll(() => tables.stop());
    beforeEach(async () => {
      opened = await tables.open();
    });
    afterEach(async () => {
      vi.restoreAllMocks();
      await opened.close();
    });

    const change = (pk: string, sk: string, column: string, value: unknown) =>
      opened.client.send(
        new UpdateItemCommand({
          TableName: opened.table,
          Key: marshall({ pk, sk }),
          ConditionExpression: 'attribute_exists(pk)',
          UpdateExpression: 'SET #column = :value',
          ExpressionAttributeNames: { '#column': column },
          ExpressionAttributeValues: marshall({ ':value': value }),
        }),
      );

    it.each([
      ['ENDPOINT', 'fraud', 'lastGood', '{"entity":', 'endpoints'],
      ['ENDPOINT', 'fraud', 'lastGood', '{"entity":1}', 'endpoints'],
      ['ENDPOINT', 'fraud', 'phase', 'closed', 'endpoints'],
      ['RELEASE#rel-1', 'ROW', 'intent', 'destroy', 'releases'],
      ['RELEASE#rel-1', 'ROW', 'pending', '[{}]', 'releases'],
      ['RELEASE#rel-1', 'ROW', 'files', '{}', 'releases'],
      ['RELEASE#rel-1', 'WAIT#Bake#1', 'phase', 'decided', 'waits'],
      ['RELEASE#rel-1', 'WAIT#Bake#1', 'seq', 'first', 'waits'],
      ['UNCLOSED', 'rel-1#Bake#1', 'rowPk', 1, 'lists'],
      ['AUDIT', '0000000000000001', 'entry', '{}', 'audit'],
    ])(
      'says that the row %s %s cannot be read, rather than guess at its %s',
      async (pk, sk, column, value, table) => {
        const { ledger } = opened;
        await ledger.registerWait(await owning(ledger), newWait('rel-1'));
        await ledger.audit(line);
        await change(pk, sk, column, value);
        await expect(dump(ledger)).rejects.toMatchObject({ name: 'LedgerUnavailable', facts: { table } });
      },
    );

    it('writes nothing over a row that has lost its version', async () => {
      await owning(opened.ledger);
      await change('ENDPOINT', 'fraud', 'v', 'one');
      const call = opened.ledger.beginRestore({ endpoint: 'fraud', epoch: 1 });
      await expect(call).rejects.toMatchObject({ name: 'LedgerUnavailable', facts: { table: 'endpoints' } });
    });

    it('says which row is too large for DynamoDB, and leaves the ledger as it was', async () => {
      const { ledger } = opened;
      const lease = await owning(ledger);
      const before = await dump(ledger);
      const large = newWait('rel-1', { reference: { text: 'ü'.repeat(210_000) } });
      await expect(ledger.registerWait(lease, large)).rejects.toMatchObject({
        name: 'ContractBroken',
        message: expect.stringMatching(/400 KiB.*RELEASE#rel-1 WAIT#Bake#1 would take 41\d KiB/),
      });
      expect(await dump(ledger)).toEqual(before);
      const fits = newWait('rel-1', { reference: { text: 'ü'.repeat(203_000) } });
      expect(await ledger.registerWait(lease, fits)).toMatchObject(fits);
    });

    it('ends a release whose pending commands fill its row, and keeps them in rows of their own only', async () => {
      const { ledger, client, table } = opened;
      const lease = await owning(ledger);
      const { order: seq, ...hold } = await ledger.addCommand(command('rel-1', 'hold'));
      const full = JSON.stringify([{ ...hold, seq, reason: 'x'.repeat(409_600 - 600) }]);
      await change('RELEASE#rel-1', 'ROW', 'pending', full);
      const says = 'an outcome for which no room is left '.repeat(20);
      await ledger.close(lease, 'rel-1', { kind: 'rolledBack', says }, at(60));
      expect(await ledger.endpoint('fraud')).toMatchObject({ phase: 'closed', owner: null });
      const Key = marshall({ pk: 'RELEASE#rel-1', sk: 'ROW' });
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
      expect(Item).toMatchObject({ phase: { S: 'ended' }, pending: { S: '[]' } });
      expect(await ledger.commands('rel-1')).toEqual([
        { ...hold, order: seq, phase: 'rejected', says: expect.stringContaining(says) },
      ]);
      await ledger.settleCommand('rel-1-hold', 'applied', 'late');
      expect(await ledger.commands('rel-1')).toMatchObject([{ phase: 'rejected' }]);
    });

    it('lists more than one answer of DynamoDB holds, in order', async () => {
      const { ledger, client } = opened;
      const message = 'x'.repeat(120_000);
      for (const index of numbers(20)) {
        await ledger.quarantine({
          quarantineId: `q-${index}`,
          source: 's',
          why: 'w',
          message,
          at: at(index),
        });
      }
      const sent = disturb(client, () => undefined);
      const ids = (await ledger.quarantined()).map(({ quarantineId }) => quarantineId);
      expect(ids).toEqual(numbers(20).map((index) => `q-${index}`));
      expect(sent.length, '2.4 MB in pages of at most 1 MB').toBeGreaterThan(2);
    });

    it('lists more rows than one batch holds, also those that DynamoDB left for later', async () => {
      const { ledger, client } = opened;
      const lease = await owning(ledger);
      const visits = numbers(230);
      for (const visit of visits)
        await ledger.registerWait(lease, newWait('rel-1', { visit, since: at(40 + visit) }));
      let left = 0;
      client.middlewareStack.add(
        (next, context) => async (call) => {
          const answered = await next(call);
          if (context['commandName'] !== 'BatchGetItemCommand') return answered;
          const { Responses } = answered.output as { Responses: Record<string, Record<string, unknown>[]> };
          const rows = Responses[opened.table] ?? [];
          const late = rows.splice(70).map(({ pk, sk }) => ({ pk, sk }));
          left += late.length;
          return {
            ...answered,
            output: {
              ...answered.output,
              UnprocessedKeys: late.length > 0 ? { [opened.table]: { Keys: late } } : {},
            },
          };
        },
        { step: 'initialize', name: 'leaveSome' },
      );
      expect((await ledger.unclosedWaits()).map(({ visit }) => visit)).toEqual(visits);
      expect(left).toBeGreaterThan(0);
    });

    it('gives up when DynamoDB puts off the same rows for ever', async () => {
      const { ledger, client } = opened;
      await ledger.addRelease(newRelease('rel-1'));
      vi.spyOn(Math, 'random').mockReturnValue(0);
      client.middlewareStack.add(
        (next, context) => async (call) => {
          if (context['commandName'] !== 'BatchGetItemCommand') return next(call);
          const { RequestItems } = call.input as { RequestItems: unknown };
          return { response: {}, output: { $metadata: {}, Responses: {}, UnprocessedKeys: RequestItems } };
        },
        { step: 'initialize', name: 'putOff' },
      );
      await expect(ledger.releases()).rejects.toMatchObject({ name: 'LedgerUnavailable' });
    });

    it('decides by what its commit proves, not by a row that it read late', async () => {
      const { ledger, client } = opened;
      const lease = await owning(ledger);
      const other = await opened.reopen();
      let stale: unknown;
      client.middlewareStack.add(
        (next, context) => async (call) => {
          const answered = await next(call);
          const isRelease = JSON.stringify(call.input).includes('RELEASE#rel-1');
          if (context['commandName'] !== 'GetItemCommand' || !isRelease || stale) return answered;
          stale = answered.output;
          // The abort is written in full, and seen in full, before the old row comes back.
          await other.addCommand(command('rel-1', 'abort'));
          return answered;
        },
        { step: 'initialize', name: 'readLate' },
      );
      await expect(ledger.recordIntent(lease, intent())).rejects.toMatchObject({
        name: 'ReleaseInterrupted',
      });
      expect(await other.endpoint('fraud')).toMatchObject({ intent: null, exposed: false });
    });

    it('looks at no row of what is over, however much that is', async () => {
      const { ledger, client } = opened;
      const lease = await owning(ledger);
      const key = keyOf(await ledger.registerWait(lease, newWait('rel-1')));
      await ledger.decideWait(key, { kind: 'done', output: null, says: 'proven' });
      const delivery = { source: 's', contentDigest: 'c', eventId: 'e', event: {}, receivedAt: at(1) };
      await ledger.acceptDelivery(delivery);
      const looks = async () => {
        const sent = disturb(client, () => undefined);
        await ledger.unclosedWaits();
        await ledger.releases({ phase: 'running' });
        await ledger.unpublishedDeliveries();
        return sent.map((each) => each.command);
      };
      expect((await looks()).filter((each) => each === 'BatchGetItem')).toHaveLength(3);
      await ledger.closeWait(key, 'token-1');
      await ledger.close(lease, 'rel-1', outcome('rolledBack'), at(60));
      await ledger.markPublished('e');
      expect(await looks()).toEqual(['Query', 'Query', 'Query']);
    });

    it('is read with strong consistency only, and written by a few rows at once', async () => {
      const { ledger, client } = opened;
      const sent = disturb(client, () => undefined);
      const lease = await owning(ledger);
      await ledger.registerWait(lease, newWait('rel-1'));
      await ledger.addCommand(command('rel-1', 'hold'));
      await dump(ledger, [keyOf(newWait('rel-1'))]);
      await ledger.close(lease, 'rel-1', outcome('rolledBack'), at(60));
      const reads = sent.filter((each) => /^(Get|BatchGet|Query|Scan)/.test(each.command));
      expect(new Set(reads.map((each) => each.command))).toEqual(
        new Set(['GetItem', 'BatchGetItem', 'Query']),
      );
      for (const { input } of reads) expect(JSON.stringify(input)).toContain('"ConsistentRead":true');
      const sizes = sent
        .filter((each) => each.command === 'TransactWriteItems')
        .map(({ input }) => (input as { TransactItems: unknown[] }).TransactItems.length);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(5);
    });
  });
} else {
  describe(`the DynamoDB table, not run on ${platform}`, () => {
    it('is run on linux/x64, where its local binary exists', () => {
      expect(platform).not.toBe('linux/x64');
    });
  });
}
