import { expect, it } from 'vitest';
import { besideOrAlone } from '../../src/domain/gates/beside-or-alone.ts';

it('the mean of both accounts stays what it is where very much speaks for the candidate, or against it', () => {
  for (const beside of [-1e9, -1_000, -709, -1, 0, 1, 709, 1_000, 1e9]) {
    const mean = besideOrAlone(beside, 0);
    // Nothing was seen of the candidate alone, which is an e-value of 1 with a weight of 0.1.
    const exact = beside > 30 ? beside + Math.log(0.9) : Math.log(0.9 * Math.exp(beside) + 0.1);
    expect(mean, String(beside)).toBeCloseTo(exact, 9);
  }
  expect(besideOrAlone(-1e9, -1e9)).toBeCloseTo(-1e9, 6);
});
