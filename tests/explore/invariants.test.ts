import { describe, expect, it } from 'vitest';
import { restInvariants, stepInvariants, violationsAtRest } from './invariants.ts';
import { planted, rests } from './planted.ts';
import { replay } from './replay.ts';
import { type Seed, seedOf, seedText } from './seed.ts';
import { end, found, shift } from './spoilt.ts';

describe('invariants', () => {
  it('hold in a run that nothing befalls', () => {
    expect([...found.values()]).toEqual([]);
    expect(violationsAtRest(end)).toEqual([]);
  });

  it('are planted against, every one of them', () => {
    expect(Object.keys(planted).toSorted()).toEqual(stepInvariants.map(({ name }) => name).toSorted());
    expect(Object.keys(rests).toSorted()).toEqual(restInvariants.map(({ name }) => name).toSorted());
  });

  it.each(Object.keys(planted))('sees a history that breaks it: %s', (name) => {
    const invariant = stepInvariants.find((one) => one.name === name);
    const step = planted[name]?.();
    if (!invariant || !step) throw new RangeError(name);
    expect(shift && invariant.broken(shift)).toBeUndefined();
    expect(invariant.broken(step)).toEqual(expect.any(String));
  });

  it.each(Object.keys(rests))('sees an end that breaks it: %s', (name) => {
    const spoil = rests[name];
    expect(spoil && violationsAtRest(spoil(end)).map(({ invariant }) => invariant)).toContain(name);
  });
});

describe('seeds', () => {
  const seed: Seed = {
    run: 'good',
    choices: [{ step: 3, choice: { kind: 'event', event: 'abort' } }],
    chance: 7,
  };

  it('come back as they were', () => expect(seedOf(seedText(seed))).toEqual(seed));

  it('are refused with a hint when they are none', () =>
    expect(() => seedOf('no seed')).toThrow(/after "seed"/));

  it('give the same run each time', async () => expect(await replay(seed)).toEqual(await replay(seed)));
});
