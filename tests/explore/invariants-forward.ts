import type { WaitKey, WriteIntent } from '../../src/app/ports/ledger.ts';
import type { Lease } from '../../src/domain/lease.ts';
import { lastArrival } from '../../src/domain/lease.ts';
import { instant } from '../../src/domain/units.ts';
import type { Invariant } from './invariants.ts';
import type { CallHappening } from './remember.ts';
import { callsIn, rowOf, sameWait } from './writes.ts';

/** What must be so before anything moves forward. */

export const forwardInvariants: readonly Invariant[] = [
  {
    name: 'one forward write at a time',
    ids: ['J1'],
    says: 'No forward write is recorded while another one that was recorded before may still arrive.',
    broken({ happenings }) {
      for (const { before, intent, endpoint } of forwardIn(happenings)) {
        const earlier = rowOf(before, endpoint)?.intent;
        if (!earlier || earlier.desired.digest === intent.desired.digest) continue;
        const until = lastArrival(instant(earlier.at));
        if (intent.at < until)
          return `${intent.purpose} is recorded ${(until - intent.at) / 1000} s before ${earlier.purpose} cannot arrive any more`;
      }
      return undefined;
    },
  },
  {
    name: 'frozen means frozen',
    ids: ['J16'],
    says: 'While a person or a window of the policy has an endpoint frozen no forward write is recorded, no hold ends in going on, and no release begins.',
    broken({ happenings }) {
      for (const { before, intent, endpoint } of forwardIn(happenings)) {
        const { freeze } = rowOf(before, endpoint) ?? {};
        if (freeze) return `${intent.purpose} is recorded while ${freeze.by} has ${endpoint} frozen`;
        const window = intent.purpose !== 'retire' && windowsIn(before).find((one) => holds(one, intent.at));
        if (window) return `${intent.purpose} is recorded in a freeze window`;
      }
      for (const { port, method, args, outcome, before } of callsIn(happenings)) {
        if (port !== 'ledger' || method !== 'decideWait' || outcome !== 'ok') continue;
        const [key, decision] = args as [WaitKey, { output?: { next?: string } | null }];
        const endpoint = before.ledger.waits.find((one) => sameWait(one, key))?.endpoint ?? '';
        const { freeze } = rowOf(before, endpoint) ?? {};
        if (freeze && decision.output?.next === 'resume')
          return `${key.state} is resumed while ${freeze.by} has ${endpoint} frozen`;
      }
      for (const { before, endpoint } of beginningsIn(happenings)) {
        const { freeze, drift } = rowOf(before, endpoint) ?? {};
        if (freeze || drift)
          return `a release begins while ${endpoint} ${freeze ? 'is frozen' : 'has drifted'}`;
      }
      return undefined;
    },
  },
];

interface Forward {
  readonly before: CallHappening['before'];
  readonly endpoint: string;
  readonly intent: WriteIntent;
}

function forwardIn(happenings: Parameters<typeof callsIn>[0]): Forward[] {
  return callsIn(happenings).flatMap(({ port, method, args, outcome, before }): Forward[] => {
    if (port !== 'ledger' || method !== 'recordIntent' || outcome !== 'ok') return [];
    const [{ endpoint }, intent] = args as [Lease, WriteIntent];
    return intent.direction === 'forward' ? [{ before, endpoint, intent }] : [];
  });
}

/** Executions of releases that begin; who looked before and lives on unheard is held by the ledger at its first write. */
function beginningsIn(happenings: Parameters<typeof callsIn>[0]) {
  return callsIn(happenings).flatMap(({ port, method, args, outcome, before, actor }) => {
    if (port !== 'machine' || method !== 'start' || outcome !== 'ok' || actor?.late) return [];
    const [machine, , input] = args as [string, string, { endpoint: string; intent: string }];
    return machine === 'release' && input.intent !== 'rollback' ? [{ before, endpoint: input.endpoint }] : [];
  });
}

interface Window {
  readonly from: number;
  readonly until: number;
}

/** The windows of the newest plan. */
function windowsIn({ evidence }: CallHappening['before']): readonly Window[] {
  const [, plan] = Object.entries(evidence).findLast(([ref]) => /\/plan(-\d+)?\.json$/.test(ref)) ?? [];
  if (!plan) return [];
  const { policy } = JSON.parse(plan.content) as { policy: { freezeWindows: readonly Window[] } };
  return policy.freezeWindows;
}

const holds = ({ from, until }: Window, at: number): boolean => from <= at && at < until;
