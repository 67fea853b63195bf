import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { brokenAt } from '../../../src/app/ports/audit-chain.ts';
import { at } from '../../contracts-of-ports/ledger-fixtures.ts';
import { disturb } from './dynamo-faults.ts';
import { hasLocalDynamo, type LedgerTable, LocalTables, platform } from './dynamo-setting.ts';

const line = { at: at(5), actor: 'ana', action: 'look', says: 'seen' };
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

if (hasLocalDynamo) {
  describe('the audit trail in DynamoDB', () => {
    const tables = new LocalTables();
    let opened: LedgerTable;
    beforeAll(() => tables.start());
    afterAll(() => tables.stop());
    beforeEach(async () => {
      opened = await tables.open();
    });
    afterEach(() => opened.close());

    it('has each line of many writers in a trail without holes, which a follower reads in full', async () => {
      const writers = [opened.ledger, await opened.reopen(), await opened.reopen()];
      const follower = await opened.reopen();
      const followed: number[] = [];
      let writing = true;
      const following = (async () => {
        for (let last = false; !last; ) {
          last = !writing;
          const page = await follower.auditTrail({ afterOrder: followed.at(-1) ?? 0 });
          followed.push(...page.map(({ order }) => order));
        }
      })();
      await Promise.all(
        writers.map(async (ledger, writer) => {
          for (const index of numbers(20)) {
            await ledger.audit({
              ...line,
              says: `${writer} ${index}`,
              ...(index % 2 ? { releaseId: 'rel-1' } : {}),
            });
          }
        }),
      );
      writing = false;
      await following;
      expect(followed).toEqual(numbers(60).map((index) => index + 1));
      const says = (await follower.auditTrail()).map((row) => row.says);
      for (const writer of numbers(3)) {
        const mine = says.filter((each) => each.startsWith(`${writer} `));
        expect(mine).toEqual(numbers(20).map((index) => `${writer} ${index}`));
      }
      expect(await follower.auditTrail({ releaseId: 'rel-1' })).toHaveLength(30);
    });

    it('shows the trail up to a missing line, and then what is behind it, so that the gap is seen', async () => {
      const { ledger, client, table } = opened;
      for (const says of ['one', 'two', 'three']) await ledger.audit({ ...line, says });
      await client.send(
        new DeleteItemCommand({ TableName: table, Key: marshall({ pk: 'AUDIT', sk: '0000000000000002' }) }),
      );
      expect((await ledger.auditTrail()).map(({ says }) => says)).toEqual(['one']);
      const rest = await ledger.auditTrail({ afterOrder: 1 });
      expect(rest.map(({ says }) => says)).toEqual(['three']);
      expect(brokenAt(rest, (await ledger.auditTrail()).at(-1))).toMatchObject({ order: 3, why: 'gap' });
    });

    it('takes a line that is not seen yet for none that was removed', async () => {
      const { ledger, client } = opened;
      for (const says of ['one', 'two', 'three']) await ledger.audit({ ...line, says });
      let looks = 0;
      // The first look is older than the second line, and newer than the third.
      client.middlewareStack.add(
        (next, context) => async (call) => {
          const answered = await next(call);
          if (context['commandName'] !== 'QueryCommand') return answered;
          looks += 1;
          const { Items: found } = answered.output as unknown as { Items: Record<string, { N?: string }>[] };
          const Items = looks > 1 ? found : found.filter(({ seq }) => seq?.N !== '2');
          return { ...answered, output: { ...answered.output, Items } };
        },
        { step: 'initialize', name: 'seeLate' },
      );
      const rest = await ledger.auditTrail({ afterOrder: 1 });
      expect(rest.map(({ says }) => says)).toEqual(['two', 'three']);
      expect(looks).toBe(2);
    });

    it("writes no line behind one that its release's readers do not see yet", async () => {
      const { ledger, client, table } = opened;
      const item = {
        pk: 'AUDIT',
        sk: '0000000000000001',
        v: 1,
        seq: 1,
        releaseId: 'rel-1',
        entry: JSON.stringify(line),
        previous: '0'.repeat(64),
        digest: 'a'.repeat(64),
      };
      await client.send(new PutItemCommand({ TableName: table, Item: marshall(item) }));
      let looks = 0;
      disturb(client, async ({ command: sent }) => {
        looks += sent === 'Query' ? 1 : 0;
        if (looks === 3 && sent === 'Query') {
          const copy = { ...item, pk: 'RELEASE#rel-1', sk: 'AUDIT#0000000000000001' };
          await client.send(new PutItemCommand({ TableName: table, Item: marshall(copy) }));
        }
        return undefined;
      });
      await ledger.audit({ ...line, releaseId: 'rel-1', says: 'next' });
      expect(looks).toBe(3);
      expect((await ledger.auditTrail({ releaseId: 'rel-1' })).map(({ order }) => order)).toEqual([1, 2]);
    });
  });
} else {
  describe(`the audit trail in DynamoDB, not run on ${platform}`, () => {
    it('is run on linux/x64, where its local binary exists', () => {
      expect(platform).not.toBe('linux/x64');
    });
  });
}
