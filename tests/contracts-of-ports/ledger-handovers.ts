import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/app/ports/ledger.ts';
import { expectNoChange, expectRefused } from './ledger-expectations.ts';
import {
  at,
  command,
  good,
  halt,
  intent,
  newRelease,
  newWait,
  outcome,
  owner,
  owning,
} from './ledger-fixtures.ts';

/** The execution that finishes what another of the same release left. */
const second = owner('rel-1', 'arn:second');
const back = intent({ direction: 'restore', candidateShare: 0, at: at(50) });

export function handoversContract(ledger: () => Ledger): void {
  describe('endpoints: taking over from an owner that is dead or silent', () => {
    it('raises the epoch, and keeps what says what is to be put back', async () => {
      const lost = await owning(ledger());
      const before = await ledger().recordIntent(lost, intent());
      expect(await ledger().takeOver(lost, second)).toEqual({ endpoint: 'fraud', epoch: lost.epoch + 1 });
      expect(await ledger().endpoint('fraud')).toEqual({
        ...before,
        epoch: lost.epoch + 1,
        owner: second,
      });
      expect(before).toMatchObject({ target: good('1'), intent: intent(), exposed: true });
    });

    it('goes on with a way back that had begun, and lets whoever took over restore and close', async () => {
      const lost = await owning(ledger());
      await ledger().beginRestore(lost);
      const lease = await ledger().takeOver(lost, second);
      await expectRefused(ledger(), () => ledger().recordIntent(lease, intent()), 'ReleaseInterrupted');
      expect(await ledger().assertLease(lease)).toMatchObject({ owner: second });
      expect(await ledger().recordIntent(lease, back)).toMatchObject({ intent: back });
      expect(await ledger().registerWait(lease, newWait('rel-1', { kind: 'restore' }))).toMatchObject({
        epoch: lease.epoch,
      });
      await ledger().close(lease, 'rel-1', outcome('rolledBack'), at(60));
      expect(await ledger().endpoint('fraud')).toMatchObject({ phase: 'closed', owner: null, epoch: 2 });
      expect(await ledger().release('rel-1')).toMatchObject({
        phase: 'ended',
        outcome: outcome('rolledBack'),
      });
    });

    it('tells the owner before that its lease is lost, whatever it tries', async () => {
      const lost = await owning(ledger());
      await ledger().takeOver(lost, second);
      for (const call of [
        () => ledger().assertLease(lost),
        () => ledger().recordIntent(lost, intent()),
        () => ledger().recordIntent(lost, back),
        () => ledger().beginRestore(lost),
        () => ledger().registerWait(lost, newWait('rel-1')),
        () => ledger().close(lost, 'rel-1', outcome(), at(60)),
      ]) {
        await expectRefused(ledger(), call, 'LeaseLost', { epoch: 1, currentEpoch: 2, owner: second });
      }
      await expectRefused(
        ledger(),
        () => ledger().claim('fraud', owner('rel-1'), good('1')),
        'LeaseHeldByOther',
        second,
      );
    });

    it('answers the same lease when the same owner takes over again, and refuses every other', async () => {
      const lost = await owning(ledger());
      const lease = await ledger().takeOver(lost, second);
      await ledger().recordIntent(lease, back);
      await expectNoChange(ledger(), async () =>
        expect(await ledger().takeOver(lost, second)).toEqual(lease),
      );
      for (const late of [owner('rel-1', 'arn:third'), owner('rel-2', 'arn:second')])
        await expectRefused(ledger(), () => ledger().takeOver(lost, late), 'LeaseLost');
    });

    it('takes over nothing that is closed, was never claimed or never adopted', async () => {
      const over = (epoch: number, endpoint = 'fraud') => ledger().takeOver({ endpoint, epoch }, second);
      await expectRefused(ledger(), () => over(0), 'LeaseLost');
      await ledger().adopt('fraud', good('1'));
      await expectRefused(ledger(), () => over(0), 'LeaseLost');
      const lease = await owning(ledger());
      await expectRefused(ledger(), () => over(lease.epoch + 1), 'LeaseLost');
      await ledger().close(lease, 'rel-1', outcome(), at(60));
      await expectRefused(ledger(), () => over(lease.epoch), 'LeaseLost');
    });

    it('gives a release that has ended nothing', async () => {
      const lost = await owning(ledger());
      await ledger().addRelease(newRelease('rel-2'));
      await ledger().endRelease('rel-2', outcome('rejected'), at(50));
      const late = () => ledger().takeOver(lost, owner('rel-2'));
      await expectRefused(ledger(), late, 'LeaseLost', { endpoint: 'fraud', releaseId: 'rel-2' });
    });
  });

  describe('endpoints: yielding to a person', () => {
    it('leaves nobody who writes, and ends the release that did, with what it had pending', async () => {
      const lease = await owning(ledger());
      const before = await ledger().recordIntent(lease, intent());
      await ledger().addCommand(command('rel-1', 'resume'));
      await ledger().settleCommand('rel-1-resume', 'applied', 'resumed');
      await ledger().addCommand(command('rel-1', 'hold'));
      const row = await ledger().yieldEndpoint('fraud', halt('breakglass'), outcome('superseded'));
      expect(row).toEqual({
        ...before,
        epoch: 2,
        phase: 'closed',
        owner: null,
        freeze: halt('breakglass'),
      });
      expect(await ledger().endpoint('fraud')).toEqual(row);
      expect(await ledger().release('rel-1')).toMatchObject({
        phase: 'ended',
        outcome: outcome('superseded'),
        endedAt: halt().at,
      });
      const [resume, hold] = await ledger().commands('rel-1');
      expect(resume).toMatchObject({ phase: 'applied', says: 'resumed' });
      expect(hold).toMatchObject({
        phase: 'rejected',
        says: expect.stringContaining(outcome('superseded').says),
      });
    });

    it('tells whoever owned the endpoint that its lease is lost, also when it comes to close', async () => {
      const lost = await owning(ledger());
      await ledger().yieldEndpoint('fraud', halt('breakglass'), outcome('superseded'));
      for (const call of [
        () => ledger().assertLease(lost),
        () => ledger().recordIntent(lost, back),
        () => ledger().close(lost, 'rel-1', outcome(), at(60)),
        () => ledger().takeOver(lost, second),
      ]) {
        await expectRefused(ledger(), call, 'LeaseLost');
      }
    });

    it('gives no claim the endpoint while the person has it, and every claim afterwards', async () => {
      const lost = await owning(ledger());
      await ledger().yieldEndpoint('fraud', halt('breakglass'), outcome('superseded'));
      const claim = () => ledger().claim('fraud', owner('rel-2'), good('1'));
      await expectRefused(ledger(), claim, 'EndpointFrozen', { kind: 'breakglass' });
      await expect(claim()).rejects.toThrow(/fraud: breakglass by ana: breakglass for the holidays/);
      await ledger().freeze('fraud', { lifts: halt('breakglass') });
      expect(await claim()).toEqual({ endpoint: 'fraud', epoch: lost.epoch + 2 });
    });

    it('yields what nobody owns, and what was never adopted, with a new epoch', async () => {
      expect(await ledger().yieldEndpoint('fraud', halt('breakglass'), outcome('superseded'))).toMatchObject({
        epoch: 1,
        phase: 'closed',
        lastGood: null,
        freeze: halt('breakglass'),
      });
      await ledger().adopt('churn', good('1'));
      await ledger().addRelease(newRelease('rel-2', { endpoint: 'churn' }));
      await ledger().yieldEndpoint('churn', halt('breakglass'), outcome('superseded'));
      expect(await ledger().endpoint('churn')).toMatchObject({ epoch: 1, lastGood: good('1') });
      expect(await ledger().release('rel-2')).toMatchObject({ phase: 'queued' });
    });

    it('leaves other releases, their commands and their endpoints as they are', async () => {
      await owning(ledger());
      const other = await owning(ledger(), 'rel-2', 'churn');
      const pending = await ledger().addCommand(command('rel-2', 'hold'));
      await ledger().yieldEndpoint('fraud', halt('breakglass'), outcome('superseded'));
      expect(await ledger().commands('rel-2')).toEqual([pending]);
      expect(await ledger().assertLease(other)).toMatchObject({ owner: owner('rel-2'), freeze: null });
    });

    it('yields an endpoint whose release has no record', async () => {
      await ledger().adopt('fraud', good('1'));
      await ledger().claim('fraud', owner('rel-9'), good('1'));
      await ledger().yieldEndpoint('fraud', halt('breakglass'), outcome('superseded'));
      expect(await ledger().endpoint('fraud')).toMatchObject({ phase: 'closed', owner: null });
      expect(await ledger().release('rel-9')).toBeUndefined();
    });
  });
}
