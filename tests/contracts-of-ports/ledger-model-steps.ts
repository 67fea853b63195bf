import fc from 'fast-check';
import type { Freeze, WaitKind } from '../../src/app/ports/ledger.ts';
import type { CommandKind } from '../../src/domain/release.ts';

/** Releases 0 to 3; `current` is the one that owns the endpoint, or else the next that could. */
export type Actor = number | 'current';

/** One call by a release, with the lease that it was last given. */
export type Step<Who = Actor> = { readonly release: Who } & (
  | { call: 'claim' | 'restore' | 'close' | 'intend' | 'return' | 'announce' | 'adopt' }
  | { call: 'takeOver'; by: Who }
  | { call: 'freeze' | 'lift' | 'yield'; kind: Freeze['kind'] }
  | { call: 'drift'; found: boolean; late: boolean }
  | { call: 'pass'; ms: number }
  | { call: 'register'; visit: number; kind: WaitKind; token: string }
  | { call: 'decide'; visit: number }
  | { call: 'closeWait'; visit: number; token: string }
  | { call: 'command' | 'settle'; kind: CommandKind }
);

export const releaseIds = [0, 1, 2, 3] as const;
const release = fc.oneof(
  { weight: 1, arbitrary: fc.nat({ max: 3 }) },
  { weight: 3, arbitrary: fc.constant('current' as const) },
);
const visit = fc.integer({ min: 1, max: 2 });
const token = fc.constantFrom('a', 'b');
const commands = ['rollback', 'alert', 'abort', 'supersede', 'hold', 'resume', 'approve'] as const;
const kind = fc.constantFrom<CommandKind>(...commands);
const freeze = fc.constantFrom<Freeze['kind']>('freeze', 'breakglass');
const call = <Name extends string>(...names: [Name, ...Name[]]) => fc.constantFrom<Name>(...names);

/** Calls that begin something are more frequent than those that end it, so that most of a sequence has an owner. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ call: call('claim', 'intend'), release }) },
    { weight: 3, arbitrary: fc.record({ call: call('return', 'announce', 'adopt'), release }) },
    { weight: 1, arbitrary: fc.record({ call: call('restore'), release }) },
    { weight: 2, arbitrary: fc.record({ call: call('close'), release }) },
    { weight: 2, arbitrary: fc.record({ call: call('takeOver'), release, by: release }) },
    { weight: 4, arbitrary: fc.record({ call: call('freeze', 'lift'), release, kind: freeze }) },
    { weight: 1, arbitrary: fc.record({ call: call('yield'), release, kind: freeze }) },
    {
      weight: 2,
      arbitrary: fc.record({ call: call('drift'), release, found: fc.boolean(), late: fc.boolean() }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ call: call('pass'), release, ms: fc.constantFrom(60_000, 90_000) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        call: call('register'),
        release,
        visit,
        kind: fc.constantFrom<WaitKind>('traffic', 'hold', 'restore'),
        token,
      }),
    },
    { weight: 1, arbitrary: fc.record({ call: call('decide'), release, visit }) },
    { weight: 1, arbitrary: fc.record({ call: call('closeWait'), release, visit, token }) },
    { weight: 1, arbitrary: fc.record({ call: call('command'), release, kind }) },
    { weight: 2, arbitrary: fc.record({ call: call('settle'), release, kind }) },
  ),
  { minLength: 10, maxLength: 60 },
);
