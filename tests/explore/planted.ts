import { alias, endpoint } from './base-runs.ts';
import type { StepTaken } from './invariants.ts';
import {
  badly,
  broken,
  end,
  entities,
  failedAs,
  routes,
  same,
  shift,
  spoilt,
  withActive,
  withCall,
  withGhost,
  withLedger,
  withRow,
  write,
} from './spoilt.ts';
import type { World } from './world.ts';

/** For each invariant a history that breaks it. */

export const planted: Readonly<Record<string, () => StepTaken>> = {
  'shares are whole and sum to 100': () =>
    spoilt(
      same,
      withActive((active) => ({ ...active, ...routes(['fraud-1', 90]) })),
    ),
  'traffic only to what was ready before': () =>
    spoilt(write({ ...entities('fraud-1', 'fraud-9'), ...routes(['fraud-1', 90], ['fraud-9', 10]) })),
  'one candidate at most': () =>
    spoilt(write({ ...entities('fraud-1', 'fraud-2'), ...routes(['fraud-2', 50], ['fraud-3', 50]) })),
  'no unapproved traffic': () => spoilt(same, withLedger({ commands: [] })),
  'what serves is not removed': () => spoilt(write({ ...entities('fraud-2'), ...routes(['fraud-2', 100]) })),
  'a stop is a stop': () => spoilt(same, withGhost({ stopAt: 1 })),
  'what somebody else changed is kept': () =>
    spoilt(same, (world) => ({
      ...withActive((active) => ({ ...active, tags: [] }))(world),
      ghost: { ...world.ghost, foreign: { [endpoint]: { what: 'field', at: 1, epoch: 1 } } },
    })),
  'one writer': () => spoilt(badly('recordIntent', ({ args }) => [{ endpoint, epoch: 0 }, args[1]])),
  'intent before write': () =>
    spoilt(write({ ...entities('fraud-1', 'fraud-2'), ...routes(['fraud-1', 100]) })),
  'no way forward while going back': () => spoilt(same, withRow({ phase: 'restoring' })),
  'the way back is fixed': () => spoilt(same, withGhost({ target: 'another' })),
  'silence after the end': () => spoilt(same, withRow({ owner: null })),
  'one outcome': () =>
    spoilt(same, (world) => ({
      ...withLedger({ releases: end.ledger.releases })(world),
      ghost: withGhost({ outcome: 'rejected' })(world).ghost,
    })),
  'three calls to the way back': () =>
    spoilt(same, withGhost({ calls: 4, acceptedAt: 1, restoreAt: 1, hadTraffic: true })),
  'what lands late is healed': () => spoilt(same, withGhost({ unhealedSince: 1 })),
  'what was asked comes first': () =>
    spoilt(same, (world) => {
      const [release] = world.ledger.releases;
      const asked = { releaseId: release?.releaseId, kind: 'abort', phase: 'pending' };
      return withLedger({ commands: [...world.ledger.commands, asked] })(world);
    }),
  'every error is caught': () => broken('Bake', 'SomethingUnknown'),
  'whoever lost the lease does nothing more': () => failedAs('LeaseLost', 'VerifyTraffic'),
  'what asks to wait undoes nothing': () => failedAs('HoldRequested', 'RestoreBaseline'),
  'what is judged was observed': () => {
    const wait = {
      kind: 'traffic',
      state: 'Bake',
      reference: { exposure: [{ candidate: 50, until: null }] },
    };
    return withCall('registerWait', [{ endpoint, epoch: 1 }, wait]);
  },
  'final means that the baseline serves': () =>
    withCall('close', [{ endpoint, epoch: 1 }, 'rel-1', { kind: 'rolledBack', says: '' }], (world) =>
      withActive((active) => ({ ...active, ...routes(['fraud-1', 90], ['fraud-2', 10]) }))(world),
    ),
  'the baseline is observed in time': () => spoilt(same, withGhost({ acceptedAt: 1 })),
  'histories and states stay small': () => {
    const step = spoilt(same);
    const grown = Object.entries(step.after.executions).map(([arn, one]) => [
      arn,
      { ...one, lastEvent: 25_000 },
    ]);
    return { ...step, after: { ...step.after, executions: Object.fromEntries(grown) } };
  },
  'no secret is told': () => spoilt(badly('audit', () => [{ says: 'canary-4f1d9a-secret' }])),
  'good is what was promoted': () => {
    const good = { configuration: { version: '9' }, by: 'promotion' };
    const [release] = end.ledger.releases;
    return withCall('close', [
      { endpoint, epoch: 1 },
      release?.releaseId,
      { kind: 'promoted', says: '' },
      0,
      good,
    ]);
  },
  'what had proven itself stays': () => {
    const release = shift?.before.ledger.releases[0];
    const proven = { releaseId: release?.releaseId, action: 'RetireBaseline' };
    const step = withCall('beginRestore', [{ endpoint, epoch: 1 }], (world) =>
      withActive(() => ({ ...entities('fraud-2'), ...routes(['fraud-2', 100]) }))(
        withLedger({ audit: [...world.ledger.audit, proven] })(world),
      ),
    );
    const happenings = step.happenings.map((one) =>
      one.kind === 'call' && one.method === 'beginRestore' && one.actor
        ? { ...one, actor: { ...one.actor, name: 'Reconcile' as const } }
        : one,
    );
    return { ...step, happenings };
  },
  'nothing of ours is called foreign': () =>
    withCall('noteDrift', [
      { endpoint, epoch: 1 },
      { since: 1, says: 'a field' },
    ]),
  'an epoch has one owner': () => {
    const step = spoilt(same);
    const owner = { releaseId: 'another', executionArn: 'another' };
    return { ...step, after: withRow({ owner })(step.after) };
  },
  'one forward write at a time': () => {
    const at = Number(shift?.before.now) - 60_000;
    const other = { ref: '', digest: 'other', summary: '' };
    return spoilt(same, withRow({ intent: { direction: 'forward', purpose: 'warm', desired: other, at } }));
  },
  'frozen means frozen': () =>
    spoilt(same, withRow({ freeze: { kind: 'freeze', by: 'cy', reason: '', at: 1 } })),
  'a stop waits for no answer': () =>
    spoilt(same, (world) => {
      const [release] = world.ledger.releases;
      const asked = { releaseId: release?.releaseId, kind: 'abort', phase: 'pending' };
      return withLedger({ commands: [...world.ledger.commands, asked] })(world);
    }),
  'a wait is decided once': () => {
    const step = spoilt(same);
    const waits = step.after.ledger.waits.map((one) => ({ ...one, decision: { kind: 'stopped', says: '' } }));
    return { ...step, after: withLedger({ waits })(step.after) };
  },
};

/** And for what must hold at rest. */
export const rests: Readonly<Record<string, (world: World) => World>> = {
  'every command is answered': (world) =>
    withLedger({ commands: world.ledger.commands.map((one) => ({ ...one, phase: 'pending' })) })(world),
  'nothing is lost': withLedger({ releases: [] }),
  'every start ends': withRow({ owner: { releaseId: 'rel-1', executionArn: 'arn' } }),
  'the endpoint is its last good configuration': withActive((active) => ({ ...active, more: 1 })),
  'promoted means served and proven': (world) =>
    withLedger({ releases: world.ledger.releases.map((one) => ({ ...one, files: [] })) })(world),
  'the trail is whole': (world) => withLedger({ audit: world.ledger.audit.slice(1) })(world),
  'the machine says what the ledger says': (world) =>
    withLedger({
      releases: world.ledger.releases.map((one) => ({ ...one, outcome: { kind: 'rejected', says: '' } })),
    })(world),
  'the alias names what is good': (world) => ({
    ...world,
    workspace: { ...world.workspace, aliases: { [alias]: '9' } },
  }),
  'nothing foreign becomes good': (world) => {
    const ref = world.ledger.endpoints[0]?.lastGood?.configuration.ref ?? '';
    const content = JSON.stringify({ tags: [] });
    return {
      ...world,
      evidence: { ...world.evidence, [ref]: { content, digest: '' } },
      ghost: { ...world.ghost, foreign: { [endpoint]: { what: 'field', at: 1, epoch: 1 } } },
    };
  },
};
