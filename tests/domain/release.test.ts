import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CommandKind, effectOf, firstToObey } from '../../src/domain/release.ts';

const inOrder: readonly (readonly CommandKind[])[] = [
  ['rollback', 'alert'],
  ['abort'],
  ['supersede'],
  ['hold'],
  ['resume'],
  ['approve'],
];
const rankOf = (kind: CommandKind) => inOrder.findIndex((kinds) => kinds.includes(kind));
const commands = fc
  .array(fc.constantFrom(...inOrder.flat()), { minLength: 1, maxLength: 8 })
  .map((kinds) => kinds.map((kind, arrived) => ({ kind, arrived })));

describe('commands to a release', () => {
  it('are obeyed by rank, and within a rank in the order of arrival', () => {
    fc.assert(
      fc.property(commands, (given) => {
        const first = firstToObey(given);
        const best = Math.min(...given.map(({ kind }) => rankOf(kind)));
        expect(first).toBe(given.find(({ kind }) => rankOf(kind) === best));
      }),
    );
  });

  it('are left as they are by the choice', () => {
    const given = [{ kind: 'approve' }, { kind: 'rollback' }] as const;
    firstToObey(given);
    expect(given.map(({ kind }) => kind)).toEqual(['approve', 'rollback']);
  });

  it('ask for nothing when there are none', () => {
    expect(firstToObey([])).toBeUndefined();
  });

  it('of the kinds that end a release come before all that let it go on', () => {
    const effects = inOrder.flat().map(effectOf);
    expect(effects).toEqual(['restore', 'restore', 'restore', 'restore', 'hold', 'continue', 'continue']);
  });
});
