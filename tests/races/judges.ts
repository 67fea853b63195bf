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
  intents: expectSeenOrStopped,
  waits: expectSeenOrStopped,
  decisions: (_round, answers) => {
    const told = answers.map((answer) => (answer.won ? answer.value : undefined));
    expect(told).toContainEqual({ mine: true, stands: true });
    expect(told).toContainEqual({ mine: false, stands: false });
  },
  promotions: (_round, answers) => expectOneRefused(answers, ['ReleaseInterrupted', 'CommandRejected']),
  endings: (_round, answers) => expectOneRefused(answers, ['LeaseLost', 'LeaseHeldByOther']),
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

/** Whoever moved on unstopped was seen by whoever gave the command and then looked. */
function expectSeenOrStopped(round: number, [moved, looked]: Answers): void {
  expect(looked).toMatchObject({ won: true });
  if (moved.won) expect(looked).toMatchObject({ value: { seen: true } });
  else
    expect(moved).toMatchObject({ name: 'ReleaseInterrupted', facts: { commandId: `${idOf(round)}-abort` } });
}
