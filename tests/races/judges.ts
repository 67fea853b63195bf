import { expect } from 'vitest';
import { type Answer, claimant, idOf, type RaceName } from './races.ts';

type Answers = readonly [Answer, Answer];

/** Whether one round of a race ended as its promise says. */
export const judges: Readonly<Record<RaceName, (round: number, answers: Answers) => void>> = {
  claims: (round, answers) => {
    expectOneRefused(answers, ['LeaseHeldByOther', 'LeaseHeldByOther']);
    const winner = answers[0].won ? 0 : 1;
    expect(answers[winner]).toEqual({ won: true, value: { endpoint: 'fraud', epoch: round + 1 } });
    expect(answers[1 - winner]).toMatchObject({ facts: claimant(round, winner) });
  },
  intents: seenOrStopped(byAbort),
  waits: seenOrStopped(byAbort),
  decisions: (_round, answers) => {
    const told = answers.map((answer) => (answer.won ? answer.value : undefined));
    expect(told).toContainEqual({ mine: true, stands: true });
    expect(told).toContainEqual({ mine: false, stands: false });
  },
  promotions: (_round, answers) => expectOneRefused(answers, ['ReleaseInterrupted', 'CommandRejected']),
  endings: (_round, answers) => expectOneRefused(answers, ['LeaseLost', 'LeaseHeldByOther']),
  heirs: expectOneTooLate,
  lateEnds: expectOneTooLate,
  heirAndClaim: expectOneTooLate,
  lateWrites: seenOrStopped(() => ({ name: 'LeaseLost', facts: { epoch: 1, currentEpoch: 2 } })),
  freezes: seenOrStopped(() => ({ name: 'HoldRequested', facts: { kind: 'freeze' } })),
  frozenHeirs: (_round, answers) => expect(answers[1]).toMatchObject({ won: true, value: { epoch: 2 } }),
  breakglass: (_round, [closed, person]) => {
    if (!closed.won) expect(closed.name).toBe('LeaseLost');
    const ended = closed.won ? 'rolledBack' : 'superseded';
    expect(person).toEqual({ won: true, value: { phase: 'closed', epoch: 2, ended } });
  },
  drifts: (_round, answers) => expect(answers[1]).toMatchObject({ won: true, value: { epoch: 1 } }),
};

/** Whether a side came second: refused by a rule, or told that the other had decided. */
export const lost = (answer: Answer): boolean =>
  !answer.won ||
  (typeof answer.value === 'object' && answer.value !== null && 'mine' in answer.value && !answer.value.mine);

/** Either the one is refused by `names[0]` or the other by `names[1]`; never both, and never neither. */
function expectOneRefused(answers: Answers, names: readonly [string, string]): void {
  expect(answers.filter(({ won }) => won)).toHaveLength(1);
  for (const [side, answer] of answers.entries()) if (!answer.won) expect(answer.name).toBe(names[side]);
}

function expectOneTooLate(_round: number, answers: Answers): void {
  expectOneRefused(answers, ['LeaseLost', 'LeaseLost']);
}

/** Whoever moved on unstopped was seen by whoever stopped it and then looked. */
function seenOrStopped(refusal: (round: number) => { readonly name: string; readonly facts: object }) {
  return (round: number, [moved, looked]: Answers): void => {
    expect(looked).toMatchObject({ won: true });
    if (moved.won) expect(looked).toMatchObject({ value: { seen: true } });
    else expect(moved).toMatchObject(refusal(round));
  };
}

function byAbort(round: number) {
  return { name: 'ReleaseInterrupted', facts: { commandId: `${idOf(round)}-abort` } };
}
