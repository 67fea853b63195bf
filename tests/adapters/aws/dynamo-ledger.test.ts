import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ledgerContract } from '../../contracts-of-ports/ledger.contract.ts';
import { hasLocalDynamo, LocalTables, platform } from './dynamo-setting.ts';

if (hasLocalDynamo) {
  describe('on this machine', () => {
    const tables = new LocalTables();
    beforeAll(() => tables.start());
    afterAll(() => tables.stop());

    ledgerContract('DynamoDB, as the local binary keeps it', () => tables.open());
  });
} else {
  describe(`the ledger in DynamoDB, not run on ${platform}`, () => {
    it('is run on linux/x64, where its local binary exists', () => {
      expect(platform).not.toBe('linux/x64');
    });
  });
}
