import { describe, expect, it } from 'vitest';
import { needsOf } from '../../../src/app/people/needs.ts';
import type { AuditEntry, Ledger } from '../../../src/app/ports/ledger.ts';
import { type Instant, instant } from '../../../src/domain/units.ts';
import { aLedger, portsAtHand } from '../ports-at-hand.ts';

const now = instant(Date.parse('2026-01-05T09:00:00Z'));
const needed = { actor: 'headgate', action: 'PersonNeeded', at: now } as const;
const onRelease = { endpoint: 'fraud-prod', releaseId: 'rel-2' } as const;
const onEndpoint = { endpoint: 'fraud-prod' } as const;

async function told(ledger: Ledger, ...entries: readonly (Partial<AuditEntry> & { action: string })[]) {
  for (const entry of entries) await ledger.audit({ at: now, actor: 'headgate', says: '', ...entry });
}

const asked = (ledger: Ledger, at: Instant = now) => needsOf(portsAtHand({ now: at, ledger }));

describe('what needs a person', () => {
  it('is the newest line of each release, and of each endpoint beside its releases', async () => {
    const ledger = aLedger();
    await told(
      ledger,
      { ...needed, ...onRelease, says: 'not observed for 5 minutes' },
      { ...needed, ...onEndpoint, says: 'changed by hand' },
      { ...needed, ...onRelease, says: 'not observed for 10 minutes' },
      { ...needed, endpoint: 'other-prod', says: 'changed too' },
    );
    const needs = await asked(ledger)();
    expect(needs.map(({ says }) => says)).toEqual([
      'changed by hand',
      'not observed for 10 minutes',
      'changed too',
    ]);
    expect(needs[0]).toEqual({
      order: 2,
      at: '2026-01-05T09:00:00.000Z',
      says: 'changed by hand',
      endpoint: 'fraud-prod',
      releaseId: null,
    });
  });

  it.each<[string, Partial<AuditEntry> & { action: string }, string[]]>([
    ['the release ended', { action: 'Conclude', ...onRelease }, ['endpoint']],
    ['the release was refused', { action: 'ReleaseRefused', ...onRelease }, ['endpoint']],
    [
      'another release ended',
      { action: 'Conclude', endpoint: 'fraud-prod', releaseId: 'rel-3' },
      ['release', 'endpoint'],
    ],
    ['the endpoint is as it was', { action: 'DriftGone', ...onEndpoint }, ['release']],
    [
      'a person told the release something',
      { action: 'CommandAccepted', actor: 'ada', says: 'approve: fine', ...onRelease },
      ['endpoint'],
    ],
    ...['resume', 'abort', 'rollback'].map(
      (kind): [string, Partial<AuditEntry> & { action: string }, string[]] => [
        `a person brought another release there into order by a ${kind}`,
        {
          action: 'CommandAccepted',
          actor: 'ada',
          says: `${kind}: seen`,
          endpoint: 'fraud-prod',
          releaseId: 'rel-3',
        },
        [],
      ],
    ),
    [
      'a person told another release there something else',
      {
        action: 'CommandAccepted',
        actor: 'ada',
        says: 'hold: abort: later',
        endpoint: 'fraud-prod',
        releaseId: 'rel-3',
      },
      ['release', 'endpoint'],
    ],
    ['a person adopted what serves', { action: 'Adopted', actor: 'ada', ...onEndpoint }, []],
    ['a person took the endpoint', { action: 'Breakglass', actor: 'ada', ...onEndpoint }, []],
    [
      'a person asked for the restoring request only',
      { action: 'BreakglassRequested', actor: 'ada', ...onEndpoint },
      ['release', 'endpoint'],
    ],
    [
      'a person rolled the endpoint back',
      {
        action: 'ReleaseRequested',
        actor: 'ada',
        says: 'rollback of version 2',
        endpoint: 'fraud-prod',
        releaseId: 'rel-9',
      },
      [],
    ],
    [
      'a person started another version',
      {
        action: 'ReleaseRequested',
        actor: 'ada',
        says: 'release of version 4: rollback of 2',
        endpoint: 'fraud-prod',
        releaseId: 'rel-4',
      },
      ['release', 'endpoint'],
    ],
    ['a person froze it', { action: 'Frozen', actor: 'ada', ...onEndpoint }, ['release', 'endpoint']],
    ['a freeze was lifted', { action: 'FreezeLifted', actor: 'ada', ...onEndpoint }, ['release', 'endpoint']],
    [
      'a person acted elsewhere',
      { action: 'Frozen', actor: 'ada', endpoint: 'other-prod' },
      ['release', 'endpoint'],
    ],
    [
      'automation acted there',
      { action: 'CommandAccepted', actor: 'monte-carlo', ...onRelease },
      ['release', 'endpoint'],
    ],
  ])('when %s: what is left', async (_, then, left) => {
    const ledger = aLedger();
    await told(
      ledger,
      { ...needed, ...onRelease, says: 'release' },
      { ...needed, ...onEndpoint, says: 'endpoint' },
      then,
    );
    expect((await asked(ledger)()).map(({ says }) => says)).toEqual(left);
  });

  it('stands for a day where it is about no endpoint, each line for itself', async () => {
    const ledger = aLedger();
    await told(ledger, { ...needed, says: 'one' }, { ...needed, says: 'two' });
    expect(await asked(ledger, instant(now + 86_400_000))()).toHaveLength(2);
    expect(await asked(ledger, instant(now + 86_400_001))()).toEqual([]);
  });

  it('is read on from where it was read last, over pages, by many at once', async () => {
    const ledger = aLedger();
    const pages: number[] = [];
    const ports = portsAtHand({ now, ledger });
    const counting: Ledger = {
      ...ledger,
      auditTrail: async (filter) => {
        pages.push(filter?.afterOrder ?? 0);
        return ledger.auditTrail(filter);
      },
    };
    const needs = needsOf({ ...ports, ledger: counting });
    await told(ledger, ...Array.from({ length: 1_001 }, () => ({ action: 'Looked' })), {
      ...needed,
      ...onEndpoint,
    });
    const both = await Promise.all([needs(), needs()]);
    expect(both.map((found) => found.length)).toEqual([1, 1]);
    await told(ledger, { action: 'Adopted', actor: 'ada', ...onEndpoint });
    expect(await needs()).toEqual([]);
    expect(pages).toEqual([0, 1000, 1002, 1002, 1002, 1003]);
  });

  it('is asked again after a ledger that did not answer', async () => {
    const ledger = aLedger();
    let silent = true;
    const ports = portsAtHand({ now, ledger });
    const shy: Ledger = {
      ...ledger,
      auditTrail: async (filter) => {
        if (silent) throw new Error('not now');
        return ledger.auditTrail(filter);
      },
    };
    const needs = needsOf({ ...ports, ledger: shy });
    await told(ledger, { ...needed, ...onEndpoint });
    await expect(needs()).rejects.toThrow('not now');
    silent = false;
    expect(await needs()).toHaveLength(1);
  });
});
