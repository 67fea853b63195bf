import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ledger, WaitKind } from '../../src/app/ports/ledger.ts';
import { isReleaseError } from '../../src/contracts/errors.ts';
import type { Lease } from '../../src/domain/lease.ts';
import type { CommandKind } from '../../src/domain/release.ts';
import type { OpenLedger } from './ledger-expectations.ts';
import { at, command, done, good, intent, newRelease, newWait, outcome, owner } from './ledger-fixtures.ts';
import { type Answer, LedgerModel } from './ledger-model-rules.ts';

type Step =
  | { call: 'claim' | 'restore' | 'close' | 'intend' | 'return'; release: number }
  | { call: 'register'; release: number; visit: number; kind: WaitKind; token: string }
  | { call: 'decide'; release: number; visit: number }
  | { call: 'closeWait'; release: number; visit: number; token: string }
  | { call: 'command' | 'settle'; release: number; kind: CommandKind };

const release = fc.nat({ max: 2 });
const visit = fc.integer({ min: 1, max: 2 });
const token = fc.constantFrom('a', 'b');
const commandKind = fc.constantFrom<CommandKind>(
  'rollback',
  'alert',
  'abort',
  'supersede',
  'hold',
  'resume',
  'approve',
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    call: fc.constantFrom(
      'claim' as const,
      'restore' as const,
      'close' as const,
      'intend' as const,
      'return' as const,
    ),
    release,
  }),
  fc.record({
    call: fc.constant('register' as const),
    release,
    visit,
    kind: fc.constantFrom<WaitKind>('traffic', 'hold', 'restore'),
    token,
  }),
  fc.record({ call: fc.constant('decide' as const), release, visit }),
  fc.record({ call: fc.constant('closeWait' as const), release, visit, token }),
  fc.record({ call: fc.constantFrom('command' as const, 'settle' as const), release, kind: commandKind }),
);

export function modelContract(open: OpenLedger): void {
  describe('leases, waits and commands together', () => {
    it('answers any sequence of calls as the rules say', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
          const { ledger, close } = await open();
          try {
            await play(ledger, steps);
          } finally {
            await close();
          }
        }),
        { numRuns: 40 },
      );
    });
  });
}

async function play(ledger: Ledger, steps: readonly Step[]): Promise<void> {
  const model = new LedgerModel();
  await ledger.adopt('fraud', good('1'));
  for (const id of [0, 1, 2]) {
    await ledger.addRelease(newRelease(`rel-${id}`));
    await ledger.markRunning(`rel-${id}`, `arn:rel-${id}`);
  }
  /** Each release goes on with the lease it was last given, lost or not. */
  const leases = [0, 1, 2].map((): Lease => ({ endpoint: 'fraud', epoch: 0 }));
  for (const each of steps) {
    const lease = leases[each.release] ?? { endpoint: 'fraud', epoch: 0 };
    const [said, expected] = [await really(ledger, each, lease, leases), supposed(model, each, lease.epoch)];
    expect(said, JSON.stringify(each)).toBe(expected);
    const row = await ledger.endpoint('fraud');
    expect(row).toMatchObject({
      epoch: model.epoch,
      owner: model.held === null ? null : owner(`rel-${model.held}`),
    });
  }
}

async function really(ledger: Ledger, each: Step, lease: Lease, leases: Lease[]): Promise<Answer> {
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
          intent({ direction: each.call === 'intend' ? 'forward' : 'restore' }),
        );
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

function supposed(model: LedgerModel, each: Step, epoch: number): Answer {
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
