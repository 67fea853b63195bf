import { catchFor, type Defect, of, removeRetry, retryFor, rule, type State } from './spoil.ts';

/** Retries, Choices, Catches and holds. */
export const defectsOfRules: readonly Defect[] = [
  [
    'retry of an error that nobody throws',
    'retry',
    (m) => {
      retryFor(m, 'Approve', 'LedgerUnavailable').ErrorEquals.push('DatabricksThrottled');
    },
  ],
  [
    'retry of LeaseLost',
    'retry',
    (m) => {
      retryFor(m, 'Bake', 'LedgerUnavailable').ErrorEquals.push('LeaseLost');
    },
  ],
  [
    'retry of a time-out of a wait',
    'retry',
    (m) => {
      retryFor(m, 'Bake', 'LedgerUnavailable').ErrorEquals.push('States.Timeout');
    },
  ],
  [
    'States.ALL in a Retry',
    'retry',
    (m) => {
      retryFor(m, 'JudgeHealth', 'States.Timeout').ErrorEquals = ['States.ALL'];
    },
  ],
  [
    'a removed platform retry',
    'platform-retry',
    (m) => {
      removeRetry(m, 'JudgeHealth', 'Lambda.TooManyRequestsException');
    },
  ],
  [
    'no Retry at all',
    'platform-retry',
    (m) => {
      delete (of(m, 'Conclude') as Partial<State>).Retry;
    },
  ],
  [
    'a removed retry of TrafficSettling',
    'retry-missing',
    (m) => {
      removeRetry(m, 'VerifyTraffic', 'TrafficSettling');
    },
  ],
  [
    'a removed retry of DatabricksConflict',
    'retry-missing',
    (m) => {
      removeRetry(m, 'RestoreBaseline', 'DatabricksConflict');
    },
  ],
  [
    'TrafficSettling retried ever more slowly',
    'pace',
    (m) => {
      retryFor(m, 'VerifyTraffic', 'TrafficSettling')['BackoffRate'] = 2;
    },
  ],
  [
    'throttling retried at an even pace',
    'pace',
    (m) => {
      retryFor(m, 'Test', 'DatabricksThrottled')['BackoffRate'] = 1;
    },
  ],
  [
    'a Default elsewhere',
    'choice',
    (m) => {
      of(m, 'Decide')['Default'] = 'Promote';
    },
  ],
  [
    'a Choice without Default',
    'choice',
    (m) => {
      delete of(m, 'AfterClaim')['Default'];
    },
  ],
  [
    'a Default that is a success',
    'choice',
    (m) => {
      of(m, 'AfterConclude')['Default'] = 'Promoted';
    },
  ],
  [
    'a Condition that is not true or false',
    'choice',
    (m) => {
      rule(of(m, 'AfterClaim').Choices, () => true).Condition = '{% $release.intent %}';
    },
  ],
  [
    'a Choice that lost a way back from a hold',
    'routes',
    (m) => {
      of(m, 'AfterHold').Choices = of(m, 'AfterHold').Choices.filter((one) => one.Next !== 'Approve');
    },
  ],
  [
    'two decisions swapped',
    'routes',
    (m) => {
      rule(of(m, 'Decide').Choices, (one) => one.Next === 'Promote').Next = 'Shadow';
    },
  ],
  [
    'States.ALL first',
    'catch',
    (m) => {
      of(m, 'Bake').Catch.reverse();
    },
  ],
  [
    'States.ALL with another name',
    'catch',
    (m) => {
      catchFor(m, 'Bake', 'States.ALL').ErrorEquals.push('StageFailed');
    },
  ],
  [
    'a Catch of an error that nobody throws',
    'catch',
    (m) => {
      catchFor(m, 'Bake', 'HoldRequested').ErrorEquals.push('TrafficSettling');
    },
  ],
  [
    'LeaseLost that restores',
    'lease-lost',
    (m) => {
      catchFor(m, 'Promote', 'LeaseLost').Next = 'RestoreBaseline';
    },
  ],
  [
    'a hold that restores',
    'hold',
    (m) => {
      catchFor(m, 'Bake', 'HoldRequested').Next = 'RestoreBaseline';
    },
  ],
  [
    'a hold that returns elsewhere',
    'hold',
    (m) => {
      catchFor(m, 'Approve', 'HoldRequested').Assign['resume'] = 'WarmCandidate';
    },
  ],
  [
    'a foreign change that does not hold',
    'hold',
    (m) => {
      catchFor(m, 'ShiftTraffic', 'ForeignChange').ErrorEquals = ['HoldRequested'];
    },
  ],
];
