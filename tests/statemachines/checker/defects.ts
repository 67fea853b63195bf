import type { CheckName } from './finding.ts';

type Json = Record<string, unknown>;
/** Changes a copy of the shipped file, given as plain JSON. */
type Spoil = (machine: Machine) => void;

interface Rule extends Json {
  ErrorEquals: string[];
  Next: string;
  Assign: Json;
  Condition: string;
  MaxAttempts: number;
}
interface State extends Json {
  Arguments: { FunctionName: string; Payload: Json };
  Assign: Json;
  Catch: Rule[];
  Choices: Rule[];
  Retry: Rule[];
}
export interface Machine extends Json {
  States: Record<string, State>;
}

function of(machine: Machine, name: string): State {
  const state = machine.States[name];
  if (state === undefined) throw new RangeError(`The shipped machine has no state ${name}.`);
  return state;
}

function rule(rules: readonly Rule[], fits: (one: Rule) => boolean): Rule {
  const found = rules.find(fits);
  if (found === undefined) throw new RangeError('The shipped machine has no such rule.');
  return found;
}

const catchFor = (machine: Machine, state: string, error: string): Rule =>
  rule(of(machine, state).Catch, (one) => one.ErrorEquals.includes(error));
const retryFor = (machine: Machine, state: string, error: string): Rule =>
  rule(of(machine, state).Retry, (one) => one.ErrorEquals.includes(error));
const without = (names: string[], name: string): string[] => names.filter((one) => one !== name);

function removeRetry(machine: Machine, state: string, error: string): void {
  const retrier = retryFor(machine, state, error);
  retrier.ErrorEquals = without(retrier.ErrorEquals, error);
  of(machine, state).Retry = of(machine, state).Retry.filter((one) => one.ErrorEquals.length > 0);
}

function removeCatch(machine: Machine, state: string, error: string): void {
  const gone = catchFor(machine, state, error);
  of(machine, state).Catch = of(machine, state).Catch.filter((one) => one !== gone);
}

/** Defects that the checker must find, each with the check that must tell it. */
export const defects: readonly (readonly [what: string, check: CheckName, spoil: Spoil])[] = [
  [
    'a renamed field in Arguments',
    'arguments',
    (m) => {
      const payload = of(m, 'Bake').Arguments.Payload;
      payload['visits'] = payload['visit'];
      delete payload['visit'];
    },
  ],
  [
    'a field too many in Arguments',
    'arguments',
    (m) => {
      of(m, 'Promote').Arguments.Payload['step'] = '{% $step %}';
    },
  ],
  [
    'a field too few in Arguments',
    'arguments',
    (m) => {
      delete of(m, 'JudgeHealth').Arguments.Payload['snapshot'];
    },
  ],
  [
    'an expression that gives nothing',
    'arguments',
    (m) => {
      of(m, 'PlanRelease').Arguments.Payload['lease'] = '{% $release.lease %}';
    },
  ],
  [
    'a variable in the wrong field',
    'arguments',
    (m) => {
      of(m, 'Conclude').Arguments.Payload['outcome'] = '{% $failure %}';
    },
  ],
  [
    'a string for a number',
    'arguments',
    (m) => {
      of(m, 'ShiftTraffic').Arguments.Payload['step'] = '0';
    },
  ],
  [
    'a string for a number in Assign',
    'assign',
    (m) => {
      of(m, 'ClaimEndpoint').Assign['visit'] = '0';
    },
  ],
  [
    'an answer read without its wrapping',
    'assign',
    (m) => {
      of(m, 'PlanRelease').Assign['plan'] = '{% $states.result.plan %}';
    },
  ],
  [
    'an answer of a wait read as if wrapped',
    'assign',
    (m) => {
      of(m, 'Bake').Assign['snapshot'] = '{% $states.result.Payload.snapshot %}';
    },
  ],
  [
    'a Cause that may be missing, read without a check',
    'assign',
    (m) => {
      catchFor(m, 'Test', 'States.ALL').Assign['failure'] = {
        error: '{% $states.errorOutput.Error %}',
        cause: '{% $states.errorOutput.Cause %}',
      };
    },
  ],
  [
    'a variable that the contract does not know',
    'assign',
    (m) => {
      of(m, 'Bake').Assign['snapshots'] = 1;
    },
  ],
  [
    'an Output that gives nothing',
    'output',
    (m) => {
      of(m, 'Test')['Output'] = '{% $states.result.nothing %}';
    },
  ],
  [
    'a misspelled variable',
    'definite-assignment',
    (m) => {
      of(m, 'Test').Arguments.Payload['lease'] = '{% $leese %}';
    },
  ],
  [
    'a variable that one way does not assign',
    'definite-assignment',
    (m) => {
      delete of(m, 'ClaimEndpoint').Assign['exposure'];
    },
  ],
  [
    'a variable unassigned on a Catch path',
    'definite-assignment',
    (m) => {
      of(m, 'ClaimEndpoint').Assign = { ...of(m, 'ClaimEndpoint').Assign };
      delete of(m, 'ClaimEndpoint').Assign['failure'];
      delete catchFor(m, 'PlanRelease', 'States.ALL').Assign['failure'];
    },
  ],
  [
    'a Catch that counts on the Assign of the state that failed',
    'definite-assignment',
    (m) => {
      catchFor(m, 'RetireBaseline', 'States.ALL').Next = 'Conclude';
    },
  ],
  [
    'the wrong function',
    'names',
    (m) => {
      of(m, 'Promote').Arguments.FunctionName = '${ShiftTraffic}';
    },
  ],
  [
    'a Task without a contract',
    'names',
    (m) => {
      m.States['Celebrate'] = structuredClone(of(m, 'Conclude'));
      of(m, 'RecordIncident')['Next'] = 'Celebrate';
    },
  ],
  [
    'a wait that does not wait',
    'names',
    (m) => {
      of(m, 'Approve')['Resource'] = 'arn:aws:states:::lambda:invoke';
    },
  ],
  [
    'a missing time-out',
    'time-out',
    (m) => {
      delete of(m, 'Bake')['TimeoutSeconds'];
    },
  ],
  [
    'another time-out',
    'time-out',
    (m) => {
      of(m, 'Hold')['TimeoutSeconds'] = 60;
    },
  ],
  [
    'an unknown field',
    'structure',
    (m) => {
      of(m, 'Test')['Timeout'] = 5;
    },
  ],
  [
    'a field of JSONPath',
    'structure',
    (m) => {
      of(m, 'Test')['ResultPath'] = '$.test';
    },
  ],
  [
    'another query language in one state',
    'structure',
    (m) => {
      of(m, 'Test')['QueryLanguage'] = 'JSONPath';
    },
  ],
  [
    'no query language at the top',
    'structure',
    (m) => {
      delete m['QueryLanguage'];
    },
  ],
  [
    'a misspelled jitter',
    'structure',
    (m) => {
      retryFor(m, 'Test', 'LedgerUnavailable')['JitterStrategy'] = 'HALF';
    },
  ],
  [
    'a Next to nowhere',
    'transitions',
    (m) => {
      of(m, 'Evaluate')['Next'] = 'Asess';
    },
  ],
  [
    'a state that nobody enters',
    'transitions',
    (m) => {
      m.States['Forgotten'] = structuredClone(of(m, 'Promoted'));
    },
  ],
  [
    'a Task that ends the machine',
    'transitions',
    (m) => {
      delete of(m, 'Shadow')['Next'];
      of(m, 'Shadow')['End'] = true;
    },
  ],
  [
    'a way that cannot end',
    'transitions',
    (m) => {
      of(m, 'VerifyBaseline')['Next'] = 'AwaitBaseline';
      for (const name of ['VerifyBaseline', 'AwaitBaseline', 'RestoreBaseline'])
        removeCatch(m, name, 'LeaseLost');
    },
  ],
  [
    '$eval',
    'dialect',
    (m) => {
      of(m, 'Bake').Assign['visit'] = "{% $eval('1') %}";
    },
  ],
  [
    '$millis, which a replay would see change',
    'dialect',
    (m) => {
      of(m, 'Bake').Assign['visit'] = '{% $millis() %}';
    },
  ],
  [
    '$random',
    'dialect',
    (m) => {
      of(m, 'Bake').Assign['visit'] = '{% $random() %}';
    },
  ],
  [
    '$uuid',
    'dialect',
    (m) => {
      of(m, 'Test').Arguments.Payload['token'] = '{% $uuid() %}';
    },
  ],
  [
    'the operator ??',
    'dialect',
    (m) => {
      of(m, 'Bake').Assign['visit'] = '{% $visit ?? 1 %}';
    },
  ],
  [
    'the operator ?:',
    'dialect',
    (m) => {
      of(m, 'Bake').Assign['visit'] = '{% $visit ?: 1 %}';
    },
  ],
  [
    'a path from the context value',
    'dialect',
    (m) => {
      of(m, 'AfterHold').Choices[0] = {
        ...rule(of(m, 'AfterHold').Choices, () => true),
        Condition: "{% next = 'judge' %}",
      };
    },
  ],
  [
    '$$',
    'dialect',
    (m) => {
      of(m, 'Bake').Assign['visit'] = '{% $$.visit %}';
    },
  ],
  [
    'double quotes',
    'dialect',
    (m) => {
      rule(of(m, 'Decide').Choices, () => true).Condition = '{% $decision.kind = "advance" %}';
    },
  ],
  [
    'half an expression',
    'dialect',
    (m) => {
      of(m, 'Test').Arguments.Payload['lease'] = '{% $lease';
    },
  ],
  [
    'the result read in Arguments',
    'dialect',
    (m) => {
      of(m, 'Test').Arguments.Payload['lease'] = '{% $states.result %}';
    },
  ],
  [
    'the error read outside of a Catch',
    'dialect',
    (m) => {
      of(m, 'Bake').Assign['failure'] = '{% $states.errorOutput %}';
    },
  ],
  [
    'a token read where there is none',
    'dialect',
    (m) => {
      of(m, 'PlanRelease').Arguments.Payload['lease'] = '{% $states.context.Task.Token %}';
    },
  ],
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
    'a retry that fills the history',
    'bounds',
    (m) => {
      retryFor(m, 'VerifyTraffic', 'TrafficSettling').MaxAttempts = 600;
    },
  ],
];
