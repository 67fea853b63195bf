import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NonEmpty } from '../../src/domain/units.ts';
import { type Verdict, worst } from '../../src/domain/verdict.ts';

const aWord = fc.constantFrom('errors', 'latency', 'cost');
const someOf = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<NonEmpty<T>> =>
  fc
    .uniqueArray(one, { minLength: 1, maxLength: 3, selector: (item) => JSON.stringify(item) })
    .map(([first, ...rest]) => [first as T, ...rest]);

const aVerdict: fc.Arbitrary<Verdict> = fc.oneof(
  someOf(aWord).map((proven): Verdict => ({ kind: 'pass', proven })),
  someOf(fc.record({ gate: aWord, says: aWord })).map((breached): Verdict => ({ kind: 'fail', breached })),
  someOf(fc.record({ gate: aWord, what: aWord })).map((missing): Verdict => ({ kind: 'undecided', missing })),
);
const rank = { pass: 0, undecided: 1, fail: 2 } as const;
const [pass, fail, undecided]: readonly [Verdict, Verdict, Verdict] = [
  { kind: 'pass', proven: ['fine'] },
  { kind: 'fail', breached: [{ gate: 'errors', says: 'too many' }] },
  { kind: 'undecided', missing: [{ gate: 'errors', what: 'requests' }] },
];

describe('the worst of verdicts', () => {
  it('is one fold, however the verdicts are grouped', () => {
    fc.assert(
      fc.property(aVerdict, aVerdict, aVerdict, (a, b, c) => {
        expect(worst([worst([a, b]), c])).toEqual(worst([a, worst([b, c])]));
        expect(worst([a, b, c])).toEqual(worst([worst([a, b]), c]));
      }),
    );
  });

  it('has the same kind in any order', () => {
    fc.assert(
      fc.property(aVerdict, aVerdict, (a, b) => {
        expect(worst([a, b]).kind).toBe(worst([b, a]).kind);
      }),
    );
  });

  it('does not change when a verdict is folded with itself', () => {
    fc.assert(
      fc.property(aVerdict, (a) => {
        expect(worst([a, a])).toEqual(a);
      }),
    );
  });

  it('is never better than any verdict in it, and no worse than the worst of them', () => {
    fc.assert(
      fc.property(aVerdict, fc.array(aVerdict, { maxLength: 4 }), (first, rest) => {
        const kinds = [first, ...rest].map((verdict) => rank[verdict.kind]);
        expect(rank[worst([first, ...rest]).kind]).toBe(Math.max(...kinds));
      }),
    );
  });

  it('passes only what all gates passed', () => {
    expect(worst([pass, pass]).kind).toBe('pass');
    expect(worst([pass, undecided]).kind).toBe('undecided');
    expect(worst([undecided, fail, pass]).kind).toBe('fail');
  });

  it('names every breach and every gap once', () => {
    const other: Verdict = { kind: 'fail', breached: [{ gate: 'latency', says: 'slow' }] };
    expect(worst([fail, other, fail])).toEqual({
      kind: 'fail',
      breached: [
        { gate: 'errors', says: 'too many' },
        { gate: 'latency', says: 'slow' },
      ],
    });
  });
});
