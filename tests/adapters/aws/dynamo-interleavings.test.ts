import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ledger } from '../../../src/app/ports/ledger.ts';
import type { Call } from './dynamo-calls.ts';
import { disturb } from './dynamo-faults.ts';
import { answers, reads, refusals } from './dynamo-interleaved.ts';
import { outcomes } from './dynamo-interleaved-outcomes.ts';
import { hasLocalDynamo, LocalTables, platform } from './dynamo-setting.ts';

if (hasLocalDynamo) {
  describe('another writes before any of the reads, or the commit, of', () => {
    const tables = new LocalTables();
    beforeAll(() => tables.start());
    afterAll(() => tables.stop());

    /** Does `late` while `first` comes before its first request, then anew before its second, up to its commit or the last of its reads. */
    async function interleave(
      given: Call,
      late: Call,
      first: Call,
      judge: (told: Promise<unknown>, other: Ledger) => Promise<void>,
      reading = Number.POSITIVE_INFINITY,
    ): Promise<void> {
      let last = false;
      for (let point = 1; !last; point += 1) {
        const opened = await tables.open();
        const other = await opened.reopen();
        await given(other);
        let requests = 0;
        disturb(opened.client, async ({ command }) => {
          requests += 1;
          if (requests !== point) return undefined;
          last = command === 'TransactWriteItems' || point === reading;
          await first(other);
          return undefined;
        });
        await judge(late(opened.ledger), other);
        expect(requests).toBeGreaterThanOrEqual(point);
        if (Number.isFinite(reading)) expect(requests).toBe(reading);
        await opened.close();
      }
    }

    it.each(refusals)('%s: it is refused by the rule', async (_, given, late, first, name) => {
      await interleave(given, late, first, (told) => expect(told).rejects.toMatchObject({ name }));
    });

    it.each(answers)('%s: it is told so', async (_, given, late, first, expected) => {
      await interleave(given, late, first, (told) => expect(told).resolves.toEqual(expected));
    });

    it.each(reads)('%s: it is told of one moment', async (_, given, late, first, requests, expected) => {
      const judge = (told: Promise<unknown>) => expect(told).resolves.toEqual(expected);
      await interleave(given, late, first, judge, requests);
    });

    it.each(outcomes)('%s: what was first stands', async (_, given, late, first, shown, expected) => {
      await interleave(given, late, first, async (told, other) => {
        await told;
        expect(await shown(other)).toEqual(expected);
      });
    });
  });
} else {
  describe(`interleavings on DynamoDB, not run on ${platform}`, () => {
    it('are run on linux/x64, where its local binary exists', () => {
      expect(platform).not.toBe('linux/x64');
    });
  });
}
