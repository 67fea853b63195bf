import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { at, command, newRelease, newWait, owning } from '../../contracts-of-ports/ledger-fixtures.ts';
import { hasLocalDynamo, type LedgerTable, LocalTables, platform } from './dynamo-setting.ts';

const line = { at: at(5), actor: 'ana', action: 'look', says: 'seen' };

if (hasLocalDynamo) {
  describe('keys in the DynamoDB table', () => {
    const tables = new LocalTables();
    let opened: LedgerTable;
    beforeAll(() => tables.start());
    afterAll(() => tables.stop());
    beforeEach(async () => {
      opened = await tables.open();
    });
    afterEach(() => opened.close());

    it('keep apart what is named alike, however it is named', async () => {
      const { ledger } = opened;
      const names = ['a', 'a#b', 'a%23b', 'b', '../a', 'ä', ' ', 'a'.repeat(900), `${'a'.repeat(899)}b`];
      for (const name of names) {
        await owning(ledger, name, name);
        await ledger.addCommand(command(name, 'hold'));
        await ledger.registerWait(
          { endpoint: name, epoch: 1 },
          newWait(name, { kind: 'hold', state: 'b#1' }),
        );
      }
      expect(new Set((await ledger.endpoints()).map(({ endpoint }) => endpoint))).toEqual(new Set(names));
      for (const name of names) {
        expect((await ledger.releases({ endpoint: name })).map(({ releaseId }) => releaseId)).toEqual([name]);
        expect((await ledger.releases({ endpoint: name, version: '7' })).length).toBe(1);
        expect((await ledger.commands(name)).map(({ releaseId }) => releaseId)).toEqual([name]);
        expect((await ledger.unclosedWaits(name)).map(({ releaseId }) => releaseId)).toEqual([name]);
      }
    });

    it('keep apart ids that differ in halves of a character only, and refuse such a release id', async () => {
      const { ledger } = opened;
      const ids = ['a\ud800', 'a\udbff', 'a\udc00', 'a\ufffd', 'a😀', `${'a'.repeat(300)}\ud800`];
      for (const id of ids) {
        const delivery = { source: 's', deliveryId: id, event: {}, receivedAt: at(1) };
        const unlike = { contentDigest: `c-${ids.indexOf(id)}`, eventId: `e-${ids.indexOf(id)}` };
        expect(await ledger.acceptDelivery({ ...delivery, ...unlike })).toBe('accepted');
        const again = { contentDigest: 'c', eventId: 'e' };
        expect(await ledger.acceptDelivery({ ...delivery, ...again })).toBe('duplicate');
        for (const says of ['one', 'two']) await ledger.audit({ ...line, onceId: id, says });
      }
      await ledger.markPublished('e-0');
      expect(await ledger.unpublishedDeliveries()).toHaveLength(ids.length - 1);
      expect((await ledger.auditTrail()).map(({ onceId, says }) => [onceId, says])).toEqual(
        ids.map((id) => [id, 'one']),
      );
      expect(await ledger.release('a\ud800')).toBeUndefined();
      await expect(ledger.addRelease(newRelease('a\ud800'))).rejects.toMatchObject({
        name: 'LedgerUnavailable',
      });
    });
  });
} else {
  describe(`keys in the DynamoDB table, not run on ${platform}`, () => {
    it('are run on linux/x64, where its local binary exists', () => {
      expect(platform).not.toBe('linux/x64');
    });
  });
}
