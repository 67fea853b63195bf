import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds, noEpoch } from '../../src/domain/lease.ts';

const epoch = fc.nat({ max: 5 });
const endpoint = fc.constantFrom('fraud', 'rank');

describe('a lease', () => {
  it('holds for its own endpoint at its own epoch only', () => {
    fc.assert(
      fc.property(endpoint, epoch, endpoint, epoch, (mine, held, theirs, current) => {
        const expected = mine === theirs && held === current && held >= 1;
        expect(holds({ endpoint: mine, epoch: held }, { endpoint: theirs, epoch: current })).toBe(expected);
      }),
    );
  });

  it('is lost for good once the epoch has grown', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1 }), fc.integer({ min: 1 }), (held, more) => {
        expect(holds({ endpoint: 'fraud', epoch: held }, { endpoint: 'fraud', epoch: held + more })).toBe(
          false,
        );
      }),
    );
  });

  it('is nothing before the first claim, even where the numbers are equal', () => {
    const unclaimed = { endpoint: 'fraud', epoch: noEpoch };
    expect(holds(unclaimed, unclaimed)).toBe(false);
  });
});
