import { describe, expect, it } from 'vitest';
import { followed, stillThere } from '../../src/domain/exposure.ts';

const open = { step: 0, candidate: 5, from: 100, until: null };

describe('shares that people set', () => {
  it('begin when they are first seen', () => {
    expect(followed([], { step: 0, share: 5, at: 100 })).toEqual([open]);
    expect(followed([], { step: 0, share: 0, at: 100 })).toEqual([]);
  });

  it('go on while nothing changes', () => {
    expect(followed([open], { step: 0, share: 5, at: 200, seenAt: 150 })).toEqual([open]);
  });

  it('end when they were last seen, so that the time of the change belongs to neither', () => {
    expect(followed([open], { step: 0, share: 20, at: 200, seenAt: 150 })).toEqual([
      { ...open, until: 150 },
      { step: 0, candidate: 20, from: 200, until: null },
    ]);
    expect(followed([open], { step: 0, share: 0, at: 200, seenAt: 150 })).toEqual([{ ...open, until: 150 }]);
  });

  it('are those of the step in which they are looked at', () => {
    const next = followed([open], { step: 1, share: 5, at: 200, seenAt: 150 });
    expect(next.map(({ step }) => step)).toEqual([0, 1]);
  });

  it('never become more than a state may carry, and the newest is kept', () => {
    let exposures = followed([], { step: 0, share: 1, at: 0 });
    for (let at = 1; at <= 500; at++) {
      exposures = followed(exposures, { step: 0, share: 1 + (at % 2), at, seenAt: at - 1 });
    }
    expect(exposures.length).toBeLessThan(100);
    expect(exposures.at(-1)).toEqual({ step: 0, candidate: 1, from: 500, until: null });
  });
});

describe('a share that was to rise and did not', () => {
  it('is open again, and those before it are not', () => {
    const before = [
      { step: 0, candidate: 5, from: 0, until: 10 },
      { step: 1, candidate: 25, from: 10, until: 20 },
    ];
    expect(stillThere(before).map(({ until }) => until)).toEqual([10, null]);
    expect(stillThere([])).toEqual([]);
  });
});
