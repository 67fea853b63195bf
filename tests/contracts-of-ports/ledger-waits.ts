import { describe, expect, it } from 'vitest';
import type { Ledger, WaitKind } from '../../src/app/ports/ledger.ts';
import type { CommandKind } from '../../src/domain/release.ts';
import { expectNoChange, expectRefused } from './ledger-expectations.ts';
import { at, command, done, good, keyOf, newWait, outcome, owner, owning } from './ledger-fixtures.ts';

const key = keyOf(newWait('rel-1'));
const kinds: readonly WaitKind[] = [
  'job',
  'endpointUpdate',
  'approval',
  'probes',
  'traffic',
  'hold',
  'restore',
  'skipped',
];
const stops: readonly CommandKind[] = ['rollback', 'alert', 'abort', 'supersede'];

export function waitsContract(ledger: () => Ledger): void {
  describe('waits: registration', () => {
    it.each(kinds)('opens a wait of kind %s with everything it was given', async (kind) => {
      const lease = await owning(ledger());
      const wait = await ledger().registerWait(lease, newWait('rel-1', { kind }));
      expect(wait).toEqual({
        ...newWait('rel-1', { kind }),
        endpoint: 'fraud',
        epoch: lease.epoch,
        earlierTokens: [],
        phase: 'open',
        decision: null,
        lastLook: null,
      });
      expect(await ledger().wait(key)).toEqual(wait);
    });

    it('refuses a wait under a lost lease, or for a release that does not own the endpoint', async () => {
      const lease = await owning(ledger());
      const wrong = { endpoint: 'fraud', epoch: lease.epoch + 1 };
      await expectRefused(ledger(), () => ledger().registerWait(wrong, newWait('rel-1')), 'LeaseLost', {}, [
        key,
      ]);
      await expectRefused(ledger(), () => ledger().registerWait(lease, newWait('rel-2')), 'LeaseLost');
      await ledger().close(lease, 'rel-1', outcome(), at(50));
      await expectRefused(ledger(), () => ledger().registerWait(lease, newWait('rel-1')), 'LeaseLost', {}, [
        key,
      ]);
    });

    it('refuses every wait but a restore while a command that stops the release is pending', async () => {
      const lease = await owning(ledger());
      for (const stop of stops) {
        await ledger().addCommand(command('rel-1', stop));
        for (const kind of kinds.filter((each) => each !== 'restore')) {
          await expectRefused(
            ledger(),
            () => ledger().registerWait(lease, newWait('rel-1', { kind })),
            'ReleaseInterrupted',
            { commandId: `rel-1-${stop}`, kind: stop, actor: 'ana' },
            [key],
          );
        }
        const restore = newWait('rel-1', { kind: 'restore', state: `Verify-${stop}` });
        expect((await ledger().registerWait(lease, restore)).phase).toBe('open');
        await ledger().settleCommand(`rel-1-${stop}`, 'applied', 'obeyed');
      }
    });

    it('refuses every wait but a restore once the way back has begun', async () => {
      const lease = await owning(ledger());
      await ledger().beginRestore(lease);
      for (const kind of kinds.filter((one) => one !== 'restore')) {
        const late = () => ledger().registerWait(lease, newWait('rel-1', { kind }));
        await expectRefused(ledger(), late, 'ReleaseInterrupted', { phase: 'restoring' });
      }
      const restore = newWait('rel-1', { kind: 'restore' });
      expect(await ledger().registerWait(lease, restore)).toMatchObject({ phase: 'open' });
    });

    it('takes no other token for a wait that is still open once the way back has begun', async () => {
      const lease = await owning(ledger());
      const bake = newWait('rel-1', { kind: 'traffic' });
      await ledger().registerWait(lease, bake);
      await ledger().beginRestore(lease);
      const late = () => ledger().registerWait(lease, { ...bake, token: 'token-of-a-late-attempt' });
      await expectRefused(ledger(), late, 'ReleaseInterrupted', { phase: 'restoring' });
      expect(await ledger().wait(bake)).toMatchObject({ token: bake.token, earlierTokens: [] });
    });

    it('refuses every wait but a hold and a restore while a hold is pending', async () => {
      const lease = await owning(ledger());
      await ledger().addCommand(command('rel-1', 'hold'));
      for (const kind of kinds) {
        const wait = newWait('rel-1', { kind, state: kind });
        if (kind === 'hold' || kind === 'restore') {
          expect((await ledger().registerWait(lease, wait)).phase).toBe('open');
        } else {
          await expectRefused(
            ledger(),
            () => ledger().registerWait(lease, wait),
            'HoldRequested',
            { kind: 'hold' },
            [keyOf(wait)],
          );
        }
      }
    });

    it.each<CommandKind>(['approve', 'resume'])('lets a pending %s pass', async (kind) => {
      const lease = await owning(ledger());
      await ledger().addCommand(command('rel-1', kind));
      expect((await ledger().registerWait(lease, newWait('rel-1'))).phase).toBe('open');
    });

    it('replaces nothing but the token when the key exists, also while a command is pending', async () => {
      const lease = await owning(ledger());
      const first = await ledger().registerWait(lease, newWait('rel-1'));
      await ledger().addCommand(command('rel-1', 'abort'));
      const retried = newWait('rel-1', {
        token: 'token-2',
        kind: 'job',
        reference: {},
        deadline: at(9),
        since: at(8),
      });
      const wait = await ledger().registerWait(lease, retried);
      expect(wait).toEqual({ ...first, token: 'token-2', earlierTokens: ['token-1'] });
      expect(await ledger().wait(key)).toEqual(wait);
      expect(await ledger().unclosedWaits()).toHaveLength(1);
    });

    it('forgets no token of an attempt, in whatever order they come', async () => {
      const lease = await owning(ledger());
      const register = (token: string) => ledger().registerWait(lease, newWait('rel-1', { token }));
      await register('token-1');
      await register('token-2');
      // The first attempt lives on unheard, and registers once more.
      expect(await register('token-1')).toMatchObject({ token: 'token-2', earlierTokens: ['token-1'] });
      for (let attempt = 3; attempt <= 40; attempt++) await register(`token-${attempt}`);
      const { earlierTokens = [] } = (await ledger().wait(key)) ?? {};
      expect(earlierTokens).toHaveLength(31);
      expect(earlierTokens.at(-1)).toBe('token-39');
    });

    it('lets a retried task find its decision under the new token', async () => {
      const lease = await owning(ledger());
      await ledger().registerWait(lease, newWait('rel-1'));
      await ledger().decideWait(key, done);
      const wait = await ledger().registerWait(lease, newWait('rel-1', { token: 'token-2' }));
      expect(wait).toMatchObject({ phase: 'decided', decision: done, token: 'token-2' });
      expect(await ledger().closeWait(key, 'token-1')).toBe(false);
      expect(await ledger().closeWait(key, 'token-2')).toBe(true);
    });

    it('leaves a closed wait as it is', async () => {
      const lease = await owning(ledger());
      await ledger().registerWait(lease, newWait('rel-1'));
      await ledger().decideWait(key, done);
      await ledger().closeWait(key, 'token-1');
      const closed = await ledger().wait(key);
      await expectNoChange(
        ledger(),
        async () =>
          expect(await ledger().registerWait(lease, newWait('rel-1', { token: 'token-2' }))).toEqual(closed),
        [key],
      );
    });

    it('does not let a lost lease take over the token of a wait', async () => {
      const lost = await owning(ledger());
      await ledger().registerWait(lost, newWait('rel-1'));
      await ledger().close(lost, 'rel-1', outcome('superseded'), at(50));
      await ledger().claim('fraud', owner('rel-2'), good('1'));
      const zombie = newWait('rel-1', { token: 'token-2' });
      await expectRefused(ledger(), () => ledger().registerWait(lost, zombie), 'LeaseLost', {}, [key]);
    });

    it('keeps visits, states and releases apart', async () => {
      const lease = await owning(ledger());
      const other = await owning(ledger(), 'rel-2', 'churn');
      await ledger().registerWait(lease, newWait('rel-1'));
      await ledger().registerWait(lease, newWait('rel-1', { visit: 2 }));
      await ledger().registerWait(lease, newWait('rel-1', { state: 'Soak' }));
      await ledger().registerWait(other, newWait('rel-2'));
      await ledger().decideWait(key, done);
      expect((await ledger().unclosedWaits()).map((wait) => wait.phase)).toEqual([
        'decided',
        'open',
        'open',
        'open',
      ]);
    });
  });
}
