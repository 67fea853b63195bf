/** What must not compile: checked by tsc, never run. Where an error is expected and none comes, tsc fails. */
import { stateHandler, waitHandler } from '../../functions/_shell/state-handler.ts';
import { ReleaseError } from '../../src/contracts/errors.ts';
import type { WaitState } from '../../src/contracts/states.ts';
import type { Decision } from '../../src/domain/decision.ts';
import { traffic } from '../../src/domain/traffic.ts';
import { type Instant, millis, type NonEmpty, type Percent, percent } from '../../src/domain/units.ts';
import { type Verdict, worst } from '../../src/domain/verdict.ts';

export const handlers = [
  stateHandler('VerifyBaseline', async () => ({ baseline: 100 })),
  // @ts-expect-error there is no such state
  stateHandler('VerifyBaselin', async () => ({ baseline: 100 })),
  // @ts-expect-error a state that waits is not answered by returning
  stateHandler('Bake', async () => ({})),
  // @ts-expect-error a state that answers is no wait
  waitHandler('VerifyBaseline', async () => undefined),
  // @ts-expect-error the baseline is restored at 100 % or not at all
  stateHandler('VerifyBaseline', async () => ({ baseline: 95 })),
  // @ts-expect-error the answer of another state
  stateHandler('ShiftTraffic', async () => ({ baseline: 100 })),
  // @ts-expect-error VerifyBaseline is given no plan
  stateHandler('VerifyBaseline', async ({ plan }) => ({ baseline: plan })),
];

// @ts-expect-error JudgeHealth answers at once
export const notAWait: WaitState = 'JudgeHealth';

export function spoken(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'pass':
      return verdict.proven[0];
    case 'fail':
      return verdict.breached[0].says;
    case 'undecided':
      return verdict.missing[0].what;
  }
}

// @ts-expect-error a switch that forgets a kind of verdict answers nothing for it
export function forgetful(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'pass':
      return verdict.proven[0];
    case 'fail':
      return verdict.breached[0].says;
  }
}

// @ts-expect-error a failure names what was breached
export const mute: Verdict = { kind: 'fail', breached: [] };
// @ts-expect-error a pass has proof, not gaps
export const mixed: Verdict = { kind: 'pass', missing: [{ gate: 'errors', what: 'requests' }] };
// @ts-expect-error nothing is never a verdict
export const nothing: Verdict = worst([]);
// @ts-expect-error there is no such decision
export const shrug: Decision = { kind: 'ignore', says: '' };

// @ts-expect-error a number is no percentage until it was checked
export const share: Percent = 5;
// @ts-expect-error a duration is no point in time
export const moment: Instant = millis(5);
// @ts-expect-error a list may be empty
export const some: NonEmpty<string> = [] as readonly string[];
export const shares = traffic({ a: 100 });
// @ts-expect-error traffic is made anew, never changed
shares['a'] = percent(0);

// @ts-expect-error errors have names from the table
export const unnamed = new ReleaseError('SomethingWentWrong', 'oops');
