import { catchFor, type Defect, of } from './spoil.ts';

/** What states hand to each other. */
export const defectsOfValues: readonly Defect[] = [
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
];
