import { describe, expect, it } from 'vitest';
import { type Truth, untrue } from './truth.ts';

const good: Truth = {
  serves: { '2': 100 },
  alias: '2',
  ledger: { phase: 'closed', lastGood: '2' },
};

describe('what is seen after a release of version 2', () => {
  it('is right when it serves alone, is named by the alias and is the ledger’s good version', () => {
    expect(untrue(good, '2')).toEqual([]);
  });

  it.each<[string, Truth]>([
    ['the version before still has traffic', { ...good, serves: { '1': 50, '2': 50 } }],
    ['it serves less than everything', { ...good, serves: { '2': 99 } }],
    ['the alias stayed', { ...good, alias: '1' }],
    ['there is no alias', { ...good, alias: undefined }],
    ['the ledger is still open', { ...good, ledger: { phase: 'forward', lastGood: '2' } }],
    ['the ledger would go back to another version', { ...good, ledger: { phase: 'closed', lastGood: '1' } }],
  ])('is wrong, and said to be, when %s', (_when, truth) => {
    expect(untrue(truth, '2')).toHaveLength(1);
  });
});
