import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { openLocalDynamoLedger, startLocalDynamo } from '../../local/dynamo.ts';
import { hasLocalDynamo, platform } from '../adapters/aws/dynamo-setting.ts';
import { good } from '../contracts-of-ports/ledger-fixtures.ts';

const answers = (endpoint: string) =>
  fetch(endpoint).then(
    () => true,
    () => false,
  );

if (hasLocalDynamo) {
  describe('the local DynamoDB', () => {
    it('listens on the loopback on a port of its own, until it is closed', async () => {
      const [one, two] = await Promise.all([startLocalDynamo(), startLocalDynamo()]);
      expect(one.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(one.endpoint).not.toBe(two.endpoint);
      await one.close();
      expect([await answers(one.endpoint), await answers(two.endpoint)]).toEqual([false, true]);
      await two.close();
      await two.close();
      expect(await answers(two.endpoint)).toBe(false);
    });

    it('neither outlives the process that started it nor keeps that from ending', async () => {
      const script = `import { startLocalDynamo } from './local/dynamo.ts';
        const { endpoint } = await startLocalDynamo();
        process.stdout.write(endpoint);`;
      const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let endpoint = '';
      child.stdout.on('data', (chunk) => {
        endpoint += chunk;
      });
      const code = await new Promise((resolve) => child.once('close', resolve));
      expect(code).toBe(0);
      expect(endpoint).toMatch(/^http:/);
      expect(await answers(endpoint)).toBe(false);
    });

    it('keeps a ledger that ends with it', async () => {
      const ledger = await openLocalDynamoLedger();
      expect(await ledger.adopt('fraud', good('1'))).toMatchObject({ endpoint: 'fraud' });
      await ledger.shut();
      await expect(ledger.endpoints()).rejects.toMatchObject({ name: 'LedgerUnavailable' });
      const another = await openLocalDynamoLedger();
      expect(await another.endpoints()).toEqual([]);
      await another.shut();
    });
  });
} else {
  describe(`the local DynamoDB on ${platform}`, () => {
    it('is refused by a line that says what it needs', async () => {
      await expect(startLocalDynamo()).rejects.toMatchObject({
        name: 'ConfigurationInvalid',
        message: expect.stringContaining('@dynoxide/linux-x64'),
        facts: { localDynamo: platform },
      });
    });
  });
}
