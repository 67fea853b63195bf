import { expect } from 'vitest';
import type { ErrorName } from '../../../src/contracts/errors.ts';
import {
  at,
  command,
  done,
  good,
  intent,
  newRelease,
  newWait,
  outcome,
  owner,
  owning,
  stopped,
} from '../../contracts-of-ports/ledger-fixtures.ts';

import {
  abort,
  adopted,
  type Call,
  claim,
  close,
  commanded,
  decided,
  delivery,
  end,
  forward,
  freeze,
  key,
  lease,
  nothing,
  owned,
  register,
  running,
  takeOver,
  waiting,
  yielding,
} from './dynamo-calls.ts';

/** Between the reads of `late` and its commit another writer does `first`: then `late` is refused by this rule. */
export const refusals: readonly (readonly [string, Call, late: Call, first: Call, ErrorName])[] = [
  ['a forward intent, after an abort', owned, forward, abort, 'ReleaseInterrupted'],
  [
    'a forward intent, after the restore began',
    owned,
    forward,
    (l) => l.beginRestore(lease),
    'ReleaseInterrupted',
  ],
  ['a forward intent, after the end', owned, forward, close, 'LeaseLost'],
  ['a forward intent, after a freeze', owned, forward, freeze, 'HoldRequested'],
  ['a forward intent, after a take-over', owned, forward, takeOver, 'LeaseLost'],
  [
    'a move of the alias, after an abort',
    owned,
    (l) => l.announce(lease, { direction: 'forward', at: at(20) }),
    abort,
    'ReleaseInterrupted',
  ],
  ['a take-over, after the end', owned, takeOver, close, 'LeaseLost'],
  ['a take-over, after a person came', owned, takeOver, yielding, 'LeaseLost'],
  [
    'a take-over, after another',
    owned,
    takeOver,
    (l) => l.takeOver(lease, owner('rel-1', 'arn:third')),
    'LeaseLost',
  ],
  [
    'a take-over, after the end of the release that comes',
    async (l) => {
      await owned(l);
      await l.addRelease(newRelease('rel-2'));
    },
    (l) => l.takeOver(lease, owner('rel-2')),
    (l) => l.endRelease('rel-2', outcome('rejected'), at(60)),
    'LeaseLost',
  ],
  ['an end, after a take-over', owned, close, takeOver, 'LeaseLost'],
  ['an end, after a person came', owned, close, yielding, 'LeaseLost'],
  ['a claim, after a person came', running, claim, yielding, 'EndpointFrozen'],
  [
    'the end of a release that comes, after it took over',
    async (l) => {
      await owned(l);
      await l.addRelease(newRelease('rel-2'));
    },
    (l) => l.endRelease('rel-2', outcome('rejected'), at(60)),
    (l) => l.takeOver(lease, owner('rel-2')),
    'LeaseHeldByOther',
  ],
  [
    'a restore intent, after the end',
    owned,
    (l) => l.recordIntent(lease, intent({ direction: 'restore' })),
    close,
    'LeaseLost',
  ],
  ['a restore, after the end', owned, (l) => l.beginRestore(lease), close, 'LeaseLost'],
  ['a wait, after an abort', owned, register, abort, 'ReleaseInterrupted'],
  ['a wait, after the end', owned, register, close, 'LeaseLost'],
  [
    'the wait of a restore, after the end',
    owned,
    (l) => l.registerWait(lease, newWait('rel-1', { kind: 'restore' })),
    close,
    'LeaseLost',
  ],
  [
    'a new token, after the end',
    waiting,
    (l) => l.registerWait(lease, newWait('rel-1', { token: 'token-2' })),
    close,
    'LeaseLost',
  ],
  [
    'a promotion, after an abort',
    owned,
    (l) => l.close(lease, 'rel-1', outcome('promoted'), at(60)),
    abort,
    'ReleaseInterrupted',
  ],
  ['a command, after the end', owned, abort, close, 'CommandRejected'],
  [
    'a claim, after another',
    running,
    (l) => l.claim('fraud', owner('rel-2'), good('1')),
    claim,
    'LeaseHeldByOther',
  ],
  ['a claim, after the end of its release', running, claim, end, 'LeaseLost'],
  [
    'a claim, after a record came and ended',
    adopted,
    claim,
    async (l) => {
      await l.addRelease(newRelease('rel-1'));
      await end(l);
    },
    'LeaseLost',
  ],
  ['an ending, after a claim', running, end, claim, 'LeaseHeldByOther'],
  ['an adoption, after a claim', running, (l) => l.adopt('fraud', good('2')), claim, 'LeaseHeldByOther'],
  [
    'a start, after another',
    (l) => l.addRelease(newRelease('rel-1')),
    (l) => l.markRunning('rel-1', 'arn:2'),
    (l) => l.markRunning('rel-1', 'arn:1'),
    'LeaseHeldByOther',
  ],
];

/** The same, where `late` only reads, in so many requests: whatever it is told was the case at one moment. */
export const reads: readonly (readonly [
  string,
  Call,
  late: Call,
  first: Call,
  requests: number,
  expected: unknown,
])[] = [
  [
    'commands, after one was obeyed and all was over',
    commanded,
    (l) => l.commands('rel-1'),
    async (l) => {
      await l.settleCommand('rel-1-hold', 'applied', 'held');
      await close(l);
    },
    2,
    [expect.objectContaining({ phase: 'applied', says: 'held' })],
  ],
];

/** The same, where `late` is told what is the case now. */
export const answers: readonly (readonly [string, Call, late: Call, first: Call, expected: unknown])[] = [
  [
    'a decision, after another',
    waiting,
    (l) => l.decideWait(key, stopped),
    (l) => l.decideWait(key, done),
    false,
  ],
  [
    'the closing of a wait, after it got a new token',
    decided,
    (l) => l.closeWait(key, 'token-1'),
    (l) => l.registerWait(lease, newWait('rel-1', { token: 'token-2' })),
    false,
  ],
  [
    'a command, after one of the same id for another release',
    async (l) => {
      await owned(l);
      await owning(l, 'rel-2', 'churn');
    },
    (l) => l.addCommand(command('rel-1', 'abort', 'same')),
    (l) => l.addCommand(command('rel-2', 'abort', 'same')),
    expect.objectContaining({ releaseId: 'rel-2' }),
  ],
  ['a wait, after itself', owned, register, register, expect.objectContaining({ phase: 'open' })],
  [
    'a delivery, after the same delivery id',
    nothing,
    (l) => l.acceptDelivery(delivery),
    (l) => l.acceptDelivery({ ...delivery, contentDigest: 'c-2', eventId: 'e-2' }),
    'duplicate',
  ],
  [
    'a delivery, after the same content',
    nothing,
    (l) => l.acceptDelivery(delivery),
    (l) => l.acceptDelivery({ ...delivery, deliveryId: 'd-2', eventId: 'e-2' }),
    'duplicate',
  ],
  [
    'a delivery, after the same event',
    nothing,
    (l) => l.acceptDelivery(delivery),
    (l) => l.acceptDelivery({ ...delivery, deliveryId: 'd-2', contentDigest: 'c-2' }),
    'duplicate',
  ],
  [
    'a release, after itself',
    nothing,
    (l) => l.addRelease(newRelease('rel-1')),
    (l) => l.addRelease({ ...newRelease('rel-1'), requestedBy: 'ana' }),
    expect.objectContaining({ added: false, record: expect.objectContaining({ requestedBy: 'ana' }) }),
  ],
];
