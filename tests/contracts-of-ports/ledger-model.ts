import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/app/ports/ledger.ts';
import { isReleaseError } from '../../src/contracts/errors.ts';
import type { Lease } from '../../src/domain/lease.ts';
import { type Instant, instant } from '../../src/domain/units.ts';
import type { OpenLedger } from './ledger-expectations.ts';
import {
  at,
  command,
  done,
  good,
  halt,
  intent,
  newRelease,
  newWait,
  outcome,
  owner,
} from './ledger-fixtures.ts';
import { type Answer, LedgerModel } from './ledger-model-rules.ts';
import { type Actor, releaseIds, type Step, steps } from './ledger-model-steps.ts';

export function modelContract(open: OpenLedger): void {
  describe('leases, waits and commands together', () => {
    it('answers any sequence of calls as the rules say', async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (sequence) => {
          const { ledger, close } = await open();
          try {
            await play(ledger, sequence);
          } finally {
            await close();
          }
        }),
        { numRuns: 40 },
      );
    });
  });
}

async function play(ledger: Ledger, sequence: readonly Step[]): Promise<void> {
  const model = new LedgerModel();
  await ledger.adopt('fraud', good('1'));
  for (const id of releaseIds) {
    await ledger.addRelease(newRelease(`rel-${id}`));
    await ledger.markRunning(`rel-${id}`, `arn:rel-${id}`);
  }
  /** Each release goes on with the lease it was last given, lost or not. */
  const leases = releaseIds.map((): Lease => ({ endpoint: 'fraud', epoch: 0 }));
  for (const one of sequence) {
    const each = played(one, model);
    const lease = leases[each.release] ?? { endpoint: 'fraud', epoch: 0 };
    const said = await really(ledger, each, lease, leases, at(model.now));
    expect(said, JSON.stringify(each)).toBe(supposed(model, each, lease.epoch));
    const row = await ledger.endpoint('fraud');
    expect(row, JSON.stringify(each)).toMatchObject({
      epoch: model.epoch,
      owner: model.held === null ? null : owner(`rel-${model.held}`, model.execution),
      phase: model.held === null ? 'closed' : model.restoring ? 'restoring' : 'forward',
      freeze: model.frozen === null ? null : halt(model.frozen),
      drift: model.drift ? drift : null,
      writesUntil: asInstant(model.until),
    });
    const phases = (await ledger.releases()).map(({ phase }) => phase);
    expect(phases, JSON.stringify(each)).toEqual(
      releaseIds.map((id) => (model.ended.has(id) ? 'ended' : 'running')),
    );
  }
}

/** The step by the releases that act in it. */
function played(step: Step, model: LedgerModel): Step<number> {
  const who = (actor: Actor) => (actor === 'current' ? model.current() : actor);
  const release = who(step.release);
  return step.call === 'takeOver' ? { ...step, release, by: who(step.by) } : { ...step, release };
}

const drift = { since: at(7), says: 'changed by hand' };
/** The model counts from the fixtures' first moment; what never was is the moment 0 itself. */
const asInstant = (ms: number | null) => (ms === null ? instant(0) : at(ms));

async function seen(ledger: Ledger): Promise<Lease> {
  return { endpoint: 'fraud', epoch: (await ledger.endpoint('fraud'))?.epoch ?? 0 };
}

async function really(
  ledger: Ledger,
  each: Step<number>,
  lease: Lease,
  leases: Lease[],
  now: Instant,
): Promise<Answer> {
  const releaseId = `rel-${each.release}`;
  const key = 'visit' in each ? { releaseId, state: 'Bake', visit: each.visit } : undefined;
  try {
    switch (each.call) {
      case 'claim':
        leases[each.release] = await ledger.claim('fraud', owner(releaseId), good('1'));
        return 'ok';
      case 'restore':
        await ledger.beginRestore(lease);
        return 'ok';
      case 'close':
        await ledger.close(lease, releaseId, outcome('rolledBack'), at(60));
        return 'ok';
      case 'intend':
      case 'return':
        await ledger.recordIntent(
          lease,
          intent({ direction: each.call === 'intend' ? 'forward' : 'restore', at: now }),
        );
        return 'ok';
      case 'announce':
        await ledger.announce(lease, { direction: 'forward', at: now });
        return 'ok';
      case 'takeOver':
        leases[each.by] = await ledger.takeOver(lease, owner(`rel-${each.by}`, `arn:over-${each.by}`));
        return 'ok';
      case 'freeze':
        await ledger.freeze('fraud', halt(each.kind));
        return 'ok';
      case 'lift':
        await ledger.freeze('fraud', { lifts: halt(each.kind) });
        return 'ok';
      case 'yield':
        await ledger.yieldEndpoint('fraud', halt(each.kind), outcome('superseded'));
        return 'ok';
      case 'adopt':
        await ledger.adopt('fraud', good('2'));
        return 'ok';
      case 'drift':
        await ledger.noteDrift(each.late ? lease : await seen(ledger), each.found ? drift : null);
        return 'ok';
      case 'pass':
        return 'ok';
      case 'register':
        await ledger.registerWait(
          lease,
          newWait(releaseId, { visit: each.visit, kind: each.kind, token: each.token }),
        );
        return 'ok';
      case 'decide':
        return key ? await ledger.decideWait(key, done) : 'no key';
      case 'closeWait':
        return key ? await ledger.closeWait(key, each.token) : 'no key';
      case 'command':
        await ledger.addCommand(command(releaseId, each.kind));
        return 'ok';
      case 'settle':
        await ledger.settleCommand(`${releaseId}-${each.kind}`, 'applied', 'done');
        return 'ok';
    }
  } catch (error) {
    if (isReleaseError(error)) return error.name;
    throw error;
  }
}

function supposed(model: LedgerModel, each: Step<number>, epoch: number): Answer {
  switch (each.call) {
    case 'claim':
      return model.claim(each.release);
    case 'restore':
      return model.restore(each.release, epoch);
    case 'close':
      return model.close(each.release, epoch);
    case 'intend':
    case 'return':
      return model.intend(each.release, epoch, each.call === 'intend');
    case 'announce':
      return model.announce(each.release, epoch, true);
    case 'takeOver':
      return model.takeOver(epoch, each.by);
    case 'freeze':
      return model.freeze(each.kind);
    case 'lift':
      return model.lift(each.kind);
    case 'yield':
      return model.yield(each.kind);
    case 'adopt':
      return model.adopt();
    case 'drift':
      return model.note(each.late ? epoch : model.epoch, each.found);
    case 'pass':
      return model.pass(each.ms);
    case 'register':
      return model.register(each.release, epoch, each.visit, each.kind, each.token);
    case 'decide':
      return model.decide(each.release, each.visit);
    case 'closeWait':
      return model.closeWait(each.release, each.visit, each.token);
    case 'command':
      return model.command(each.release, each.kind);
    case 'settle':
      return model.settle(each.release, each.kind);
  }
}
