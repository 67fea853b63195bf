import { describe, expect, it } from 'vitest';
import { apply } from '../../src/app/command.ts';
import type { GoodConfiguration } from '../../src/app/ports/ledger.ts';
import type { Ports } from '../../src/app/ports/ports.ts';
import type { CommandKind } from '../../src/domain/release.ts';
import { after, hours, instant, minutes } from '../../src/domain/units.ts';
import { portsAtHand } from './ports-at-hand.ts';

/** What the scenarios do not meet: a command that is found pending by another process than the one that took it. */

const now = instant(Date.parse('2026-01-05T09:00:00Z'));
const releaseId = 'rel-fraud-prod-2-x';
const good: GoodConfiguration = {
  configuration: { ref: 'endpoints/good-1.json', digest: 'b'.repeat(64), summary: '' },
  entity: 'fraud-1',
  version: '1',
  verifiedAt: now,
};

async function running(): Promise<{
  ports: Ports;
  stand: (
    state: string,
    kind: 'hold' | 'traffic' | 'restore',
    about?: Record<string, string>,
  ) => Promise<void>;
}> {
  const ports = portsAtHand({ now });
  const { ledger } = ports;
  await ledger.adopt('fraud-prod', good);
  await ledger.addRelease({
    releaseId,
    endpoint: 'fraud-prod',
    model: 'prod.ml.fraud',
    version: '2',
    intent: 'release',
    generation: 1,
    requestedBy: 'mlflow',
    requestedAt: now,
  });
  await ledger.markRunning(releaseId, 'arn:2');
  const lease = await ledger.claim('fraud-prod', { releaseId, executionArn: 'arn:2' }, good);
  let visit = 0;
  const stand = async (
    state: string,
    kind: 'hold' | 'traffic' | 'restore',
    reference: Record<string, string> = {},
  ) => {
    visit++;
    const since = after(now, minutes(visit));
    const wait = { releaseId, state, visit, kind, token: `t${visit}`, reference, exposed: false };
    await ledger.registerWait(lease, { ...wait, since, deadline: after(since, hours(1)) });
  };
  return { ports, stand };
}

async function add({ ledger }: Ports, kind: CommandKind, actor = 'ada') {
  return ledger.addCommand({
    commandId: `c-${kind}`,
    releaseId,
    kind,
    actor,
    reason: '',
    at: after(now, minutes(1)),
  });
}

const endOf = async ({ ledger }: Ports, kind: CommandKind) =>
  (await ledger.commands(releaseId)).find((one) => one.kind === kind);

describe('a resume that was decided by a process that ended before it said so', () => {
  it('is applied once the release is seen to stand somewhere else since', async () => {
    const { ports, stand } = await running();
    await stand('Hold', 'hold');
    const row = await add(ports, 'resume');
    const decision = { kind: 'done', says: 'resumed by ada', output: { next: 'resume' } } as const;
    await ports.ledger.decideWait({ releaseId, state: 'Hold', visit: 1 }, decision);
    await ports.ledger.closeWait({ releaseId, state: 'Hold', visit: 1 }, 't1');
    await stand('Bake', 'traffic');
    await apply(ports, row);
    expect(await endOf(ports, 'resume')).toMatchObject({ phase: 'applied', says: 'resumed by ada' });
  });
});

describe('a resume of a hold that something else ended first', () => {
  it('is refused with what that was', async () => {
    const { ports, stand } = await running();
    await stand('Hold', 'hold');
    const row = await add(ports, 'resume');
    const { ledger } = ports;
    const late: Ports = {
      ...ports,
      ledger: {
        ...ledger,
        decideWait: async (key) => {
          // The deadline came between the look at the wait and its end.
          await ledger.decideWait(key, {
            kind: 'stopped',
            error: 'DeadlinePassed',
            says: 'nobody ended the hold',
          });
          return false;
        },
      },
    };
    await apply(late, row);
    expect(await endOf(ports, 'resume')).toMatchObject({
      phase: 'rejected',
      says: 'It came too late: nobody ended the hold.',
    });
  });
});

describe('automation', () => {
  const about = (incident: string) => `Monte Carlo incident ${incident}`;
  const ask = ({ ledger }: Ports, commandId: string, kind: 'hold' | 'resume', reason: string) =>
    ledger.addCommand({
      commandId,
      releaseId,
      kind,
      actor: 'monte-carlo',
      reason,
      at: after(now, minutes(1)),
    });

  it.each([
    ['i-1', 'applied'],
    ['i-2', 'rejected'],
    ['i', 'rejected'],
  ])('lifts a hold for incident i-1 by the end of incident %s: %s', async (closed, phase) => {
    const { ports, stand } = await running();
    const hold = await ask(ports, 'h', 'hold', `${about('i-1')} (anomaly)`);
    await stand('Hold', 'hold', { heldBy: 'h' });
    await apply(ports, hold);
    await apply(ports, await ask(ports, 'r', 'resume', `${about(closed)} is closed (fixed)`));
    expect(await endOf(ports, 'resume')).toMatchObject({ phase });
  });
});

describe('a resume of a release that is not held', () => {
  it('does not wait for a hold that came after it', async () => {
    const { ports } = await running();
    const row = await add(ports, 'resume');
    await add(ports, 'hold', 'grace');
    await apply(ports, row);
    expect(await endOf(ports, 'resume')).toMatchObject({
      phase: 'rejected',
      says: 'The release is not held.',
    });
  });
});

describe('a hold that was looked at before a resume ended it', () => {
  it('is not what a later hold is answered with', async () => {
    const { ports, stand } = await running();
    await stand('Hold', 'hold');
    const { ledger } = ports;
    await apply(ports, await add(ports, 'hold', 'ben'));
    const late = await ledger.addCommand({
      commandId: 'late',
      releaseId,
      kind: 'hold',
      actor: 'grace',
      reason: '',
      at: after(now, minutes(2)),
    });
    const wait = await ledger.wait({ releaseId, state: 'Hold', visit: 1 });
    const stale: Ports = {
      ...ports,
      ledger: { ...ledger, unclosedWaits: async () => (wait ? [wait] : []) },
    };
    const decision = { kind: 'done', says: 'resumed by ada', output: { next: 'resume' } } as const;
    await ledger.decideWait({ releaseId, state: 'Hold', visit: 1 }, decision);
    await apply(stale, late);
    const found = (await ledger.commands(releaseId)).find(({ commandId }) => commandId === 'late');
    expect(found).toMatchObject({ phase: 'pending' });
  });
});

describe('a wait for a restore that the ledger did not hear of', () => {
  it.each<[CommandKind, 'applied' | 'rejected']>([
    ['abort', 'applied'],
    ['hold', 'rejected'],
    ['resume', 'rejected'],
  ])('is not ended by %s, which is %s', async (kind, phase) => {
    const { ports, stand } = await running();
    await stand('AwaitBaseline', 'restore');
    await apply(ports, await add(ports, kind));
    expect(await endOf(ports, kind)).toMatchObject({ phase });
    expect(await ports.ledger.wait({ releaseId, state: 'AwaitBaseline', visit: 1 })).toMatchObject({
      phase: 'open',
    });
  });
});

describe('an approval', () => {
  it('is not given by automation', async () => {
    const { ports } = await running();
    const lease = { endpoint: 'fraud-prod', epoch: 1 };
    const wait = {
      releaseId,
      state: 'Approve',
      visit: 1,
      kind: 'approval',
      token: 't',
      exposed: false,
    } as const;
    const reference = { approvals: 1 };
    await ports.ledger.registerWait(lease, {
      ...wait,
      reference,
      since: now,
      deadline: after(now, hours(1)),
    });
    await apply(ports, await add(ports, 'approve', 'monte-carlo'));
    expect(await endOf(ports, 'approve')).toMatchObject({
      phase: 'rejected',
      says: 'Only people approve, and monte-carlo is none.',
    });
  });
});
