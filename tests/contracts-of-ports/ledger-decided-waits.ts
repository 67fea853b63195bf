import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/app/ports/ledger.ts';
import { expectNoChange } from './ledger-expectations.ts';
import { at, done, keyOf, newWait, owning, stopped } from './ledger-fixtures.ts';

const key = keyOf(newWait('rel-1'));

export function decidedWaitsContract(ledger: () => Ledger): void {
  describe('waits: from open to decided to closed', () => {
    it.each([
      done,
      stopped,
      { kind: 'stopped', error: 'DeadlinePassed', says: 'late' } as const,
      { kind: 'done', output: null, says: '' } as const,
      { kind: 'done', output: 'only text', says: 'a "quoted" \u0000 ✓ word' } as const,
    ])('keeps the decision %o as it was taken', async (decision) => {
      const lease = await owning(ledger());
      const open = await ledger().registerWait(lease, newWait('rel-1'));
      expect(await ledger().decideWait(key, decision)).toBe(true);
      expect(await ledger().wait(key)).toStrictEqual({ ...open, phase: 'decided', decision });
    });

    it('decides once: the first decision stands and later ones are told so', async () => {
      const lease = await owning(ledger());
      await ledger().registerWait(lease, newWait('rel-1'));
      expect(await ledger().decideWait(key, done)).toBe(true);
      const late = async () => expect(await ledger().decideWait(key, stopped)).toBe(false);
      await expectNoChange(ledger(), late, [key]);
      await ledger().closeWait(key, 'token-1');
      await expectNoChange(ledger(), late, [key]);
    });

    it('decides nothing that is unknown', async () => {
      await expectNoChange(ledger(), async () => expect(await ledger().decideWait(key, done)).toBe(false), [
        key,
      ]);
      expect(await ledger().wait(key)).toBeUndefined();
    });

    it('closes a decided wait by its token only, and says whether it is closed now', async () => {
      const lease = await owning(ledger());
      await ledger().registerWait(lease, newWait('rel-1'));
      const refused = (token: string) =>
        expectNoChange(ledger(), async () => expect(await ledger().closeWait(key, token)).toBe(false), [key]);
      await refused('token-1');
      await ledger().decideWait(key, done);
      await refused('token-0');
      expect(await ledger().closeWait(key, 'token-1')).toBe(true);
      expect(await ledger().wait(key)).toMatchObject({ phase: 'closed', decision: done });
      await expectNoChange(ledger(), async () => {
        expect(await ledger().closeWait(key, 'token-1')).toBe(true);
        expect(await ledger().closeWait(key, 'token-0')).toBe(true);
      }, [key]);
      expect(await ledger().closeWait({ ...key, visit: 2 }, 'token-1')).toBe(false);
    });

    it('lists what is not closed, oldest first, of one release where asked', async () => {
      const lease = await owning(ledger());
      const other = await owning(ledger(), 'rel-2', 'churn');
      await ledger().registerWait(lease, newWait('rel-1', { visit: 1, since: at(300) }));
      await ledger().registerWait(other, newWait('rel-2', { visit: 2, since: at(100) }));
      await ledger().registerWait(lease, newWait('rel-1', { visit: 3, since: at(200) }));
      await ledger().registerWait(lease, newWait('rel-1', { visit: 4, since: at(200) }));
      await ledger().registerWait(lease, newWait('rel-1', { visit: 5, since: at(50) }));
      await ledger().decideWait({ ...key, visit: 3 }, stopped);
      await ledger().decideWait({ ...key, visit: 5 }, done);
      await ledger().closeWait({ ...key, visit: 5 }, 'token-1');
      const visits = async (releaseId?: string) =>
        (await ledger().unclosedWaits(releaseId)).map((wait) => wait.visit);
      expect(await visits()).toEqual([2, 3, 4, 1]);
      expect(await visits('rel-1')).toEqual([3, 4, 1]);
      expect(await visits('rel-3')).toEqual([]);
    });

    it('notes what was seen and what to ask next, each without touching the other', async () => {
      const lease = await owning(ledger());
      const open = await ledger().registerWait(lease, newWait('rel-1'));
      const lastLook = { at: at(70), says: 'nothing yet' };
      await ledger().noteWait(key, { lastLook });
      expect(await ledger().wait(key)).toEqual({ ...open, lastLook });
      await ledger().noteWait(key, { reference: { runId: 12 } });
      expect(await ledger().wait(key)).toEqual({ ...open, lastLook, reference: { runId: 12 } });
      await ledger().noteWait(key, {});
      expect(await ledger().wait(key)).toEqual({ ...open, lastLook, reference: { runId: 12 } });
      await ledger().noteWait(key, { lastLook: null });
      expect(await ledger().wait(key)).toEqual({ ...open, reference: { runId: 12 } });
    });

    it('notes nothing on a wait that is decided, closed or unknown', async () => {
      const lease = await owning(ledger());
      const note = () => ledger().noteWait(key, { lastLook: { at: at(70), says: 'late' }, reference: {} });
      await expectNoChange(ledger(), note, [key]);
      await ledger().registerWait(lease, newWait('rel-1'));
      await ledger().decideWait(key, done);
      await expectNoChange(ledger(), note, [key]);
      await ledger().closeWait(key, 'token-1');
      await expectNoChange(ledger(), note, [key]);
    });
  });
}
