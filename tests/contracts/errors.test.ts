import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ErrorName, errors, isReleaseError, ReleaseError } from '../../src/contracts/errors.ts';
import { stateNames, states } from '../../src/contracts/states.ts';

const names = Object.keys(errors) as ErrorName[];
const aName = fc.constantFrom(...names);

describe('the table of errors', () => {
  it.each(names)('has a retry rule and a meaning for %s', (name) => {
    expect(['backoff', 'poll', 'never']).toContain(errors[name].retry);
    expect(errors[name].says).toMatch(/^\S.{5,}[^.]$/);
    expect(name).toMatch(/^[A-Z][A-Za-z]+$/);
  });

  it('knows every error that a state throws', () => {
    const thrown = new Set<string>(stateNames.flatMap((state) => [...states[state].throws]));
    expect([...thrown].filter((name) => !Object.hasOwn(errors, name))).toEqual([]);
  });

  it('lets nothing be tried again that says no', () => {
    const no = names.filter((name) =>
      /Lost|Held|Interrupted|Invalid|Unknown|Forbidden|Rejected|Changed?$/.test(name),
    );
    expect(no.length).toBeGreaterThan(8);
    expect(no.filter((name) => errors[name].retry !== 'never')).toEqual([]);
  });
});

describe('an error of ours', () => {
  it('is named for what happened and keeps its cause and its facts', () => {
    const cause = new Error('socket hang up');
    const error = new ReleaseError('DatabricksUnavailable', 'down', { cause, facts: { code: 503 } });
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.message, error.cause, error.facts]).toEqual([
      'DatabricksUnavailable',
      'down',
      cause,
      { code: 503 },
    ]);
    expect(String(error)).toBe('DatabricksUnavailable: down');
    expect(Object.hasOwn(new ReleaseError('LeaseLost', ''), 'cause')).toBe(false);
  });

  it('is told from others by its name', () => {
    fc.assert(
      fc.property(aName, fc.array(aName), (name, asked) => {
        const error = new ReleaseError(name, '');
        expect(isReleaseError(error)).toBe(true);
        expect(isReleaseError(error, ...asked)).toBe(asked.length === 0 || asked.includes(name));
      }),
    );
  });

  it.each([new Error('LeaseLost'), { name: 'LeaseLost' }, 'LeaseLost', null, undefined])(
    'is not %s',
    (thrown) => {
      expect(isReleaseError(thrown)).toBe(false);
    },
  );
});
