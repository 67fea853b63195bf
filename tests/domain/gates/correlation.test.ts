import { describe, expect, it } from 'vitest';
import type { WindowCounts } from '../../../src/domain/evidence.ts';
import type { CorrelationSpec } from '../../../src/domain/gate.ts';
import { CorrelationGate } from '../../../src/domain/gates/correlation.ts';
import { random } from '../../support/random.ts';
import { minuteOf, pairsOf } from './scores.ts';

const spec: CorrelationSpec = {
  name: 'agreement',
  kind: 'correlation',
  metric: 'quality',
  min: 0.8,
  alphaRollback: 0.01,
  alphaPromote: 0.05,
};

function findingOf(windows: readonly WindowCounts[]) {
  const gate = new CorrelationGate(spec);
  for (const window of windows) gate.add(window);
  return gate.finding();
}

/** Minutes of 100 pairs with correlation `r`. */
function minutesOf(count: number, r: number, { from = 0, step = 0 } = {}): WindowCounts[] {
  const chance = random(137 + from);
  const score = (z: number) => Math.min(1, Math.max(0, 0.5 + 0.12 * z));
  return Array.from({ length: count }, (_, i) => {
    const scores = Array.from({ length: 100 }, () => {
      const x = chance.normal();
      return [score(x), score(r * x + Math.sqrt(1 - r * r) * chance.normal())] as const;
    });
    return minuteOf(from + i, { step, pairs: pairsOf(scores, (from + i) * 100) });
  });
}

describe('the correlation gate', () => {
  it('passes a close agreement, fails a loose one, and leaves open what lies at the limit', () => {
    expect(findingOf(minutesOf(12, 0.97)).verdict).toBe('pass');
    expect(findingOf(minutesOf(12, 0.6)).verdict).toBe('fail');
    expect(findingOf(minutesOf(12, 0.8)).verdict).toBe('undecided');
  });

  it('is undecided before its first look, and says how many pairs that needs', () => {
    const finding = findingOf(minutesOf(1, 0.97));
    expect(finding).toMatchObject({ verdict: 'undecided', against: { logE: 0 }, for: { logE: 0 } });
    expect(finding.missing?.what).toContain('100 distinct pairs, the next look is at 128');
    expect(findingOf([]).verdict).toBe('undecided');
  });

  it('counts each distinct input once', () => {
    const once = minutesOf(1, 0.97);
    expect(findingOf([...once, ...once, ...once]).observed.candidate).toEqual({ pairs: 100 });
  });

  it('concludes nothing where one side gives every input the same score', () => {
    const flat = minutesOf(12, 0.97).map((window) => ({
      ...window,
      pairs: window.pairs?.map((pair) => ({ ...pair, candidate: 0.5 })) ?? [],
    }));
    expect(findingOf(flat)).toMatchObject({
      verdict: 'undecided',
      missing: { what: expect.stringContaining('must vary') },
    });
  });

  it('sees harm at any look, also where several fall into one window, and keeps it', () => {
    const gate = new CorrelationGate(spec);
    const pairs = [...minutesOf(6, 0.3), ...minutesOf(60, 0.99, { from: 6 })].flatMap(
      (window) => window.pairs ?? [],
    );
    // By digest, and so by number: the loose pairs come first.
    const numbered = pairs.map((pair, i) => ({ ...pair, input: String(i).padStart(6, '0') }));
    gate.add(minuteOf(0, { pairs: numbered }));
    expect(gate.finding().verdict).toBe('fail');
  });

  it('starts anew at each step for its proof', () => {
    const gate = new CorrelationGate(spec);
    for (const window of minutesOf(12, 0.97)) gate.add(window);
    gate.enter(1);
    expect(gate.finding()).toMatchObject({ verdict: 'undecided', for: { logE: 0 } });
    for (const window of minutesOf(12, 0.97, { from: 12, step: 1 })) gate.add(window);
    expect(gate.finding().verdict).toBe('pass');
  });
});
