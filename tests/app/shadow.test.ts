import { describe, expect, it } from 'vitest';
import { harmShown, type Pairs } from '../../src/app/stages/shadow.ts';
import { policySchema } from '../../src/contracts/policy.ts';
import { random as seeded } from '../support/random.ts';
import { aPolicy } from './ports-at-hand.ts';

const { shadow } = policySchema.parse(aPolicy).stages;

/** Looked at after every 30 pairs, as the watcher does. */
function stopped(
  rates: { readonly baseline: number; readonly candidate: number },
  random: () => number,
): boolean {
  let pairs: Pairs = { sent: 0, onlyCandidateFailed: 0, onlyBaselineFailed: 0, bothFailed: 0 };
  while (pairs.sent < shadow.pairs) {
    for (let i = 0; i < 30; i++) {
      const baseline = random() < rates.baseline;
      const candidate = random() < rates.candidate;
      pairs = {
        sent: pairs.sent + 1,
        onlyCandidateFailed: pairs.onlyCandidateFailed + Number(candidate && !baseline),
        onlyBaselineFailed: pairs.onlyBaselineFailed + Number(baseline && !candidate),
        bothFailed: pairs.bothFailed + Number(baseline && candidate),
      };
    }
    if (harmShown(pairs, shadow)) return true;
  }
  return false;
}

function shareStopped(
  rates: { readonly baseline: number; readonly candidate: number },
  runs: number,
): number {
  const { uniform } = seeded(20_260_105);
  let count = 0;
  for (let run = 0; run < runs; run++) count += Number(stopped(rates, uniform));
  return count / runs;
}

describe('the shadow stage', () => {
  // alpha is 1 %: 1.5 % is more than three standard errors above it at 4,000 runs.
  it.each([0.005, 0.05, 0.5])(
    'stops a candidate as good as the baseline in at most alpha of the releases, at %d',
    (rate) => {
      expect(shareStopped({ baseline: rate, candidate: rate }, 4_000)).toBeLessThan(0.015);
    },
  );

  it('stops a candidate that fails one request in ten in nearly every release', () => {
    expect(shareStopped({ baseline: 0.005, candidate: 0.1 }, 1_000)).toBeGreaterThan(0.95);
  });

  it('says nothing before a pair was sent', () => {
    expect(harmShown({ sent: 0, onlyCandidateFailed: 0, onlyBaselineFailed: 0, bothFailed: 0 }, shadow)).toBe(
      false,
    );
  });
});
