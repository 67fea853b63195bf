import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Ledger } from '../../../src/app/ports/ledger.ts';
import { dump } from '../../contracts-of-ports/ledger-expectations.ts';
import {
  at,
  command,
  done,
  file,
  good,
  halt,
  intent,
  keyOf,
  newRelease,
  newWait,
  outcome,
  owner,
  owning,
} from '../../contracts-of-ports/ledger-fixtures.ts';
import { cancelled, disturb, type Fault, serviceError } from './dynamo-faults.ts';
import { hasLocalDynamo, type LedgerTable, LocalTables, platform } from './dynamo-setting.ts';

const key = keyOf(newWait('rel-1'));
const secret = 'token-that-nobody-may-read';

/** A release from its request to its end, with something of everything, and what each call answered. */
async function wholeRelease(ledger: Ledger): Promise<unknown[]> {
  const answers: unknown[] = [];
  const note = async (call: Promise<unknown>) => void answers.push(await call);
  await note(ledger.adopt('fraud', good('1')));
  await note(ledger.addRelease(newRelease('rel-1')));
  await note(ledger.markRunning('rel-1', 'arn:rel-1'));
  const lease = await ledger.claim('fraud', owner('rel-1'), good('1'));
  await note(Promise.resolve(lease));
  await note(ledger.recordIntent(lease, intent()));
  await note(ledger.registerWait(lease, newWait('rel-1')));
  await note(ledger.noteWait(key, { lastLook: { at: at(41), says: 'not yet' } }));
  await note(ledger.addCommand(command('rel-1', 'hold')));
  await note(ledger.settleCommand('rel-1-hold', 'applied', 'held'));
  await note(ledger.decideWait(key, done));
  await note(ledger.closeWait(key, 'token-1'));
  await note(ledger.addCommand(command('rel-1', 'abort')));
  await note(ledger.beginRestore(lease));
  await note(ledger.attachFile('rel-1', file('incident')));
  await note(ledger.close(lease, 'rel-1', outcome('rolledBack'), at(60)));
  await note(ledger.noteDrift(lease, { since: at(61), says: 'by hand' }));
  await note(ledger.freeze('fraud', halt()));
  await note(ledger.addRelease(newRelease('rel-2')));
  const next = await ledger.claim('fraud', owner('rel-2'), good('1'));
  await note(ledger.announce(next, { direction: 'restore', at: at(62) }));
  await note(ledger.takeOver(next, owner('rel-2', 'arn:second')));
  await note(ledger.yieldEndpoint('fraud', halt('breakglass'), outcome('superseded')));
  const delivery = { source: 'mlflow', contentDigest: 'c', eventId: 'e', event: {}, receivedAt: at(1) };
  await note(ledger.acceptDelivery(delivery));
  await note(ledger.markPublished('e'));
  await note(ledger.quarantine({ quarantineId: 'q', source: 'mlflow', why: 'odd', message: {}, at: at(1) }));
  const line = { at: at(1), actor: 'ana', action: 'look', says: 'seen', releaseId: 'rel-1' };
  await note(ledger.audit({ ...line, onceId: 'once' }));
  await note(ledger.audit(line));
  return answers;
}

if (hasLocalDynamo) {
  describe('when DynamoDB does not answer as it should', () => {
    const tables = new LocalTables();
    let opened: LedgerTable;
    beforeAll(() => tables.start());
    afterAll(() => tables.stop());
    beforeEach(async () => {
      opened = await tables.open();
      // No pause between attempts.
      vi.spyOn(Math, 'random').mockReturnValue(0);
    });
    afterEach(async () => {
      vi.restoreAllMocks();
      await opened.close();
    });

    /** Each write meets `fault` at its first attempt only. */
    function firstAttempts(fault: () => Fault) {
      let attempts = 0;
      return disturb(opened.client, ({ command }) => {
        if (command !== 'TransactWriteItems') return undefined;
        attempts += 1;
        return attempts % 2 === 1 ? fault() : undefined;
      });
    }

    it('writes once and answers right when the answer to every write is lost once', async () => {
      const calm = await tables.open();
      const expected = await wholeRelease(calm.ledger);
      const sent = firstAttempts(() => 'lost');
      expect(await wholeRelease(opened.ledger)).toEqual(expected);
      expect(await dump(opened.ledger, [key])).toEqual(await dump(calm.ledger, [key]));
      expect(sent.filter(({ command }) => command === 'TransactWriteItems')).toHaveLength(54);
      await calm.close();
    });

    it.each([
      ['a transaction is in the way', () => cancelled('None', 'TransactionConflict', 'None')],
      [
        'a transaction is in the way of a check',
        () => cancelled('TransactionConflict', 'ConditionalCheckFailed'),
      ],
      [
        'a row is throttled beside one that changed',
        () => cancelled('ConditionalCheckFailed', 'ThrottlingError'),
      ],
      ['a row is throttled', () => cancelled('None', 'ThrottlingError', 'None')],
      ['rows have no throughput left', () => cancelled('ProvisionedThroughputExceeded', 'ThrottlingError')],
      [
        'it is still at work on the same',
        () => serviceError('TransactionInProgressException', 'in progress'),
      ],
    ])('writes once and answers right when %s', async (_, fault) => {
      const calm = await tables.open();
      const expected = (await wholeRelease(calm.ledger)).map(withoutOrder);
      firstAttempts(fault);
      expect((await wholeRelease(opened.ledger)).map(withoutOrder)).toEqual(expected);
      await calm.close();
    });

    it.each([
      ['is at work on it', () => serviceError('TransactionInProgressException', 'in progress')],
      ['throttles it', () => cancelled('None', 'ThrottlingError')],
      ['has no throughput left for it', () => cancelled('ProvisionedThroughputExceeded')],
    ])('sends the same write, not another, while DynamoDB %s', async (_, fault) => {
      const sent = firstAttempts(fault);
      await opened.ledger.adopt('fraud', good('1'));
      const [first, second] = sent.filter(({ command }) => command === 'TransactWriteItems');
      expect(second?.input).toBe(first?.input);
      expect(first?.input).toMatchObject({ ClientRequestToken: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    });

    it.each([
      ['every answer to a write is lost', 'TransactWriteItems', 4, (): Fault => 'lost'],
      [
        'another is always in the way',
        'TransactWriteItems',
        24,
        (): Fault => cancelled('TransactionConflict'),
      ],
      ['a row is always throttled', 'TransactWriteItems', 25, (): Fault => cancelled('ThrottlingError')],
      [
        'a row is always throttled, and another changed',
        'TransactWriteItems',
        24,
        (): Fault => cancelled('ConditionalCheckFailed', 'ThrottlingError'),
      ],
      [
        'a row is not valid, and another changed',
        'TransactWriteItems',
        1,
        (): Fault => cancelled('ConditionalCheckFailed', 'ValidationError'),
      ],
      [
        'a row is not valid, and another throttled',
        'TransactWriteItems',
        1,
        (): Fault => cancelled('ThrottlingError', 'ValidationError'),
      ],
      ['no row is said to be the cause', 'TransactWriteItems', 1, (): Fault => cancelled('None', 'None')],
      ['reads are throttled', 'GetItem', 4, (): Fault => serviceError('ThrottlingException', 'slow down')],
      ['we may not read', 'GetItem', 1, (): Fault => serviceError('AccessDeniedException', 'not authorized')],
    ])(
      'answers LedgerUnavailable when %s, by %s sent %i times, and the call succeeds when it is made again',
      async (_, which, times, fault) => {
        await owning(opened.ledger, 'rel-0', 'churn');
        let broken = true;
        const sent = disturb(opened.client, ({ command }) =>
          broken && command === which ? fault() : undefined,
        );
        const refused = await opened.ledger.adopt('fraud', good('1')).catch((error: unknown) => error);
        expect(refused).toMatchObject({ name: 'LedgerUnavailable', facts: { table: opened.table } });
        expect(sent.filter(({ command }) => command === which)).toHaveLength(times);
        broken = false;
        expect(await opened.ledger.adopt('fraud', good('1'))).toMatchObject({ lastGood: good('1') });
      },
    );

    it('tells no token of a row in its words, and keeps the cause', async () => {
      const lease = await owning(opened.ledger);
      const cause = serviceError('ValidationException', `cannot take {"token": "${secret}"}`);
      disturb(opened.client, ({ command }) => (command === 'TransactWriteItems' ? cause : undefined));
      const wait = newWait('rel-1', { token: secret });
      const refused = await opened.ledger.registerWait(lease, wait).catch((error: unknown) => error);
      expect(refused).toMatchObject({
        name: 'LedgerUnavailable',
        message: expect.not.stringContaining(secret),
        facts: expect.not.stringContaining(secret),
        cause,
      });
    });
  });
} else {
  describe(`lost answers of DynamoDB, not run on ${platform}`, () => {
    it('are run on linux/x64, where its local binary exists', () => {
      expect(platform).not.toBe('linux/x64');
    });
  });
}

/** A second attempt draws a new number, so the numbers differ and the order does not. */
const withoutOrder = (answer: unknown): unknown =>
  typeof answer === 'object' && answer !== null && 'order' in answer ? { ...answer, order: 0 } : answer;
