import { describe, expect, it } from 'vitest';
import { parting, statesEntered } from './states.ts';

describe('two sequences of states', () => {
  const sequence = ['ClaimEndpoint', 'Bake', 'JudgeHealth'];

  it('are the same only if each state is', () => {
    expect(parting(sequence, [...sequence])).toBeUndefined();
    expect(parting(['ClaimEndpoint', 'Hold', 'JudgeHealth'], sequence)).toBe(
      'after ClaimEndpoint (state 1): Hold on the emulator, Bake on the embedded engine',
    );
  });

  it('are not the same when one of them ends before the other', () => {
    expect(parting(sequence.slice(0, 2), sequence)).toContain('(end) on the emulator, JudgeHealth');
    expect(parting(sequence, sequence.slice(0, 2))).toContain('JudgeHealth on the emulator, (end)');
  });

  it('are not the same when there is none', () => {
    expect(parting([], [])).toBe('no state was entered');
  });

  it('are read from the events that say that a state was entered', () => {
    const history = [
      { type: 'ExecutionStarted' },
      { type: 'TaskStateEntered', stateEnteredEventDetails: { name: 'Bake', input: '{}' } },
      { type: 'TaskStateExited', stateExitedEventDetails: { name: 'Bake' } },
      { type: 'ChoiceStateEntered', stateEnteredEventDetails: { name: 'Decide' } },
    ];
    expect(statesEntered(history)).toEqual(['Bake', 'Decide']);
  });
});
