import { type Intent, intents } from '../../../src/domain/release.ts';
import { findingKinds } from '../../support/alert-arbitraries.ts';
import { decisionKinds, outcomeKinds } from '../../support/arbitraries.ts';
import type { Contracts } from './finding.ts';

export interface Route {
  readonly when: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly input?: unknown;
  readonly to: string;
}

/** Where each Choice must lead, for every value of what it decides on. */
export function routesOf(choice: string, contracts: Contracts): Route[] {
  const soon = { plan: { document: {}, shares: [5, 50, 100] } };
  switch (choice) {
    case 'AfterClaim':
      return [
        { when: 'release', variables: { release: { intent: 'release' } }, to: 'PlanRelease' },
        { when: 'drill', variables: { release: { intent: 'drill' } }, to: 'PlanRelease' },
        { when: 'rollback', variables: { release: { intent: 'rollback' } }, to: 'RestoreBaseline' },
      ];
    case 'AfterPlan':
      return byIntent({ release: 'Test', drill: 'WarmCandidate', rollback: 'RestoreBaseline' });
    case 'AfterWarm':
      return byIntent({ release: 'Shadow', drill: 'ShiftTraffic', rollback: 'RestoreBaseline' });
    case 'AfterTraffic':
      return byIntent({ release: 'Bake', drill: 'RestoreBaseline', rollback: 'RestoreBaseline' });
    case 'Decide': {
      const to = { advance: 'ShiftTraffic', promote: 'Promote', retire: 'RetireBaseline', hold: 'Hold' };
      const targets = { ...to, rollback: 'RestoreBaseline' };
      return decisionKinds.map((kind) => ({
        when: kind,
        variables: { ...soon, step: kind === 'retire' ? 3 : 0, decision: { kind, says: '' } },
        to: targets[kind],
      }));
    }
    case 'AfterHold': {
      const judge = { next: 'judge', snapshot: {} };
      const [released, drilled] = [{ release: { intent: 'release' } }, { release: { intent: 'drill' } }];
      // Before traffic there is nothing to judge, and a decision would skip the stages in between.
      return [
        ...contracts.resumable.map((resume) => ({
          ...{ when: `resume ${resume}`, variables: { resume }, input: { next: 'resume' }, to: resume },
        })),
        {
          when: 'judge in Bake',
          variables: { ...released, resume: 'Bake' },
          input: judge,
          to: 'JudgeHealth',
        },
        {
          when: 'judge in Test',
          variables: { ...released, resume: 'Test' },
          input: judge,
          to: 'RestoreBaseline',
        },
        {
          when: 'judge in a drill',
          variables: { ...drilled, resume: 'ShiftTraffic' },
          input: judge,
          to: 'RestoreBaseline',
        },
      ];
    }
    case 'AfterConclude': {
      const to = { promoted: 'Promoted', restored: 'BaselineRestored', superseded: 'ReleaseSuperseded' };
      const undone = { rejected: 'ReleaseRejected', rolledBack: 'ReleaseRolledBack' };
      const targets = { ...to, ...undone, observed: 'Observed' };
      return outcomeKinds.map((kind) => ({
        ...{ when: kind, variables: { outcome: { kind, says: '' } }, to: targets[kind] },
      }));
    }
    case 'AfterAttribution': {
      const to = { respond: 'ApplyAlert', nothing: 'AlertAnswered', keep: 'QuarantineAlert' };
      return findingKinds.map((kind) => ({
        ...{ when: kind, variables: { finding: { kind, says: '', responses: {} } }, to: to[kind] },
      }));
    }
    default:
      return [];
  }
}

function byIntent(targets: Readonly<Record<Intent, string>>): Route[] {
  return intents.map((intent) => ({
    ...{ when: intent, variables: { release: { intent } }, to: targets[intent] },
  }));
}
