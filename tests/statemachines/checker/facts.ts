/** What has happened to a release so far, as far as its safety depends on it. */
export type Fact =
  | 'claimed'
  | 'approved'
  | 'warmed'
  | 'shifted'
  | 'judged'
  | 'promoted'
  | 'retired'
  | 'failed'
  | 'restoring'
  | 'verified';

export const changed = (
  done: ReadonlySet<Fact>,
  add: readonly Fact[],
  drop: readonly Fact[] = [],
): ReadonlySet<Fact> => new Set([...[...done].filter((fact) => !drop.includes(fact)), ...add]);

export function onEntry(state: string, done: ReadonlySet<Fact>): ReadonlySet<Fact> {
  switch (state) {
    case 'ShiftTraffic':
      return changed(done, ['shifted'], ['judged']);
    case 'RestoreBaseline':
      return changed(done, ['restoring'], ['verified', 'promoted', 'retired']);
    case 'AwaitBaseline':
      return changed(done, [], ['verified']);
    default:
      return done;
  }
}

export function onAnswer(state: string, done: ReadonlySet<Fact>): ReadonlySet<Fact> {
  switch (state) {
    case 'ClaimEndpoint':
      return changed(done, ['claimed']);
    case 'Approve':
      return changed(done, ['approved']);
    case 'WarmCandidate':
      return changed(done, ['warmed']);
    case 'JudgeHealth':
      return changed(done, ['judged']);
    case 'Promote':
      return changed(done, ['promoted'], ['judged']);
    case 'RetireBaseline':
      return changed(done, ['retired']);
    case 'VerifyBaseline':
      return changed(done, ['verified']);
    default:
      return done;
  }
}

/**
 * A drill gives a share to the version that serves all traffic anyway, which needs nobody's approval. So it never gets
 * to where a version is judged, promoted or retired.
 */
export const notInDrill: ReadonlySet<string> = new Set([
  ...['Test', 'Evaluate', 'AssessIntegration', 'DeployToStaging', 'VerifyStaging', 'Approve', 'Shadow'],
  ...['Bake', 'JudgeHealth', 'Promote', 'RetireBaseline'],
]);

/** What must have happened before a state is entered. */
export const neededBefore = (state: string, intent: string): readonly Fact[] =>
  (needs[state] ?? []).filter((fact) => intent !== 'drill' || fact !== 'approved');

const needs: Readonly<Record<string, readonly Fact[]>> = {
  WarmCandidate: ['approved'],
  ShiftTraffic: ['approved', 'warmed'],
  Promote: ['shifted', 'judged'],
  RetireBaseline: ['promoted', 'judged'],
  VerifyBaseline: ['restoring'],
};

/** The traffic is where it stays: promoted and the baseline retired, or restored and verified. */
export const settled = (done: ReadonlySet<Fact>): boolean =>
  done.has('restoring') ? done.has('verified') : done.has('promoted') && done.has('retired');
