import { type Defect, of, removeCatch, retryFor, rule } from './spoil.ts';

/** Names, fields, transitions and the dialect. */
export const defectsOfStructure: readonly Defect[] = [
  [
    'the wrong function',
    'names',
    (m) => {
      of(m, 'Promote').Arguments.FunctionName = `\${ShiftTraffic}`;
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
];
