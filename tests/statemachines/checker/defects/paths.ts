import { catchFor, type Defect, of, retryFor, rule } from './spoil.ts';

/** What must hold on every path, and the bounds. */
export const defectsOfPaths: readonly Defect[] = [
  [
    'a Catch straight to success',
    'ends',
    (m) => {
      catchFor(m, 'Bake', 'States.ALL').Next = 'Promoted';
    },
  ],
  [
    'a Catch straight to a failure',
    'ends',
    (m) => {
      catchFor(m, 'Promote', 'States.ALL').Next = 'ReleaseRolledBack';
    },
  ],
  [
    'a Catch that goes on as if nothing had failed',
    'ends',
    (m) => {
      catchFor(m, 'Test', 'States.ALL').Next = 'Evaluate';
    },
  ],
  [
    'any error taken for LeaseLost',
    'ends',
    (m) => {
      catchFor(m, 'Shadow', 'States.ALL').Next = 'ReleaseSuperseded';
    },
  ],
  [
    'a restore that is not verified',
    'ends',
    (m) => {
      of(m, 'RestoreBaseline')['Next'] = 'RecordIncident';
    },
  ],
  [
    'a restore that gives up',
    'ends',
    (m) => {
      catchFor(m, 'VerifyBaseline', 'States.ALL').Next = 'RecordIncident';
    },
  ],
  [
    'success without promotion',
    'ends',
    (m) => {
      rule(of(m, 'Decide').Choices, (one) => one.Next === 'Promote').Next = 'Promoted';
    },
  ],
  [
    'a rollback that is called promoted',
    'ends',
    (m) => {
      of(m, 'RecordIncident').Assign['outcome'] = { kind: 'promoted', says: '' };
    },
  ],
  [
    'traffic without approval',
    'order',
    (m) => {
      of(m, 'VerifyStaging')['Next'] = 'WarmCandidate';
    },
  ],
  [
    'traffic to a cold candidate',
    'order',
    (m) => {
      of(m, 'Approve')['Next'] = 'ShiftTraffic';
    },
  ],
  [
    'promotion without a judgement',
    'order',
    (m) => {
      of(m, 'Bake')['Next'] = 'Promote';
    },
  ],
  [
    'retirement without a soak',
    'order',
    (m) => {
      of(m, 'Promote')['Next'] = 'RetireBaseline';
    },
  ],
  [
    'a judgement before traffic that moves on',
    'order',
    (m) => {
      rule(of(m, 'AfterHold').Choices, () => true).Condition = "{% $states.input.next = 'judge' %}";
    },
  ],
  [
    'a release that takes the short way of a drill',
    'order',
    (m) => {
      of(m, 'AfterPlan').Choices = of(m, 'AfterPlan').Choices.map((one) => ({
        ...one,
        Next: 'WarmCandidate',
      }));
    },
  ],
  [
    'a drill that goes on to be baked',
    'order',
    (m) => {
      rule(of(m, 'AfterTraffic').Choices, () => true).Condition = '{% true %}';
    },
  ],
  [
    'a drill that a judgement in a hold may promote',
    'order',
    (m) => {
      const judged = rule(of(m, 'AfterHold').Choices, (one) => one.Next === 'JudgeHealth');
      judged.Condition = judged.Condition.replace("$release.intent = 'release' and ", '');
    },
  ],
  [
    'a retry that fills the history',
    'bounds',
    (m) => {
      retryFor(m, 'VerifyTraffic', 'TrafficSettling').MaxAttempts = 600;
    },
  ],
];
