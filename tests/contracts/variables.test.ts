import { describe, expect, it } from 'vitest';
import { stateNames, states } from '../../src/contracts/states.ts';
import { resumable, variables } from '../../src/contracts/variables.ts';

const reference = { ref: 'releases/x/plan.json', digest: 'a'.repeat(64), summary: '' };

describe('the variables of the machine', () => {
  it.each<[keyof typeof variables, unknown]>([
    ['release', { releaseId: 'r', endpoint: 'e', model: 'm', version: '1', intent: 'release' }],
    ['lease', { endpoint: 'e', epoch: 0 }],
    ['plan', { document: reference, shares: [5, 50] }],
    ['step', 0],
    ['exposure', []],
    ['exposure', [{ step: 0, candidate: 5, from: 1, until: null }]],
    ['visit', 0],
    ['snapshot', reference],
    ['decision', { kind: 'hold', says: '' }],
    ['failure', { error: 'States.Timeout', cause: '' }],
    ['resume', 'Bake'],
    ['outcome', { kind: 'promoted', says: '' }],
  ])('%s is carried unchanged', (name, value) => {
    expect(variables[name].parse(value)).toEqual(value);
  });

  it.each<[keyof typeof variables, string, unknown]>([
    [
      'release',
      'an id too long for an execution',
      { releaseId: 'r'.repeat(81), endpoint: 'e', model: 'm', version: '1', intent: 'release' },
    ],
    [
      'release',
      'an unknown intent',
      { releaseId: 'r', endpoint: 'e', model: 'm', version: '1', intent: 'test' },
    ],
    ['lease', 'an epoch below 0', { endpoint: 'e', epoch: -1 }],
    ['lease', 'a field more', { endpoint: 'e', epoch: 1, until: 2 }],
    ['plan', 'no shares', { document: reference, shares: [] }],
    ['plan', 'a share of 0', { document: reference, shares: [0] }],
    ['snapshot', 'a digest in capitals', { ...reference, digest: 'A'.repeat(64) }],
    ['snapshot', 'rows beside the reference', { ...reference, rows: [] }],
    ['snapshot', 'a summary that is no summary', { ...reference, summary: 'x'.repeat(1_001) }],
    ['decision', 'a decision to wait', { kind: 'wait', says: '' }],
    ['resume', 'a state that cannot be resumed', 'RestoreBaseline'],
    ['resume', 'a state that is none', 'Dance'],
    ['outcome', 'an unknown end', { kind: 'succeeded', says: '' }],
    ['exposure', 'a candidate without traffic', [{ step: 0, candidate: 0, from: 1, until: null }]],
    ['step', 'half a step', 0.5],
  ])('%s refuses %s', (name, _, value) => {
    expect(variables[name].safeParse(value).success).toBe(false);
  });

  it('resume only in states that there are', () => {
    expect(resumable.filter((state) => !(stateNames as readonly string[]).includes(state))).toEqual([]);
  });

  it('stay far below the payload bound of the engine', () => {
    const text = (length: number) => 'x'.repeat(length);
    const full = { ref: text(512), digest: 'a'.repeat(64), summary: text(1_000) };
    const largest = {
      release: {
        releaseId: text(80),
        endpoint: text(63),
        model: text(512),
        version: text(32),
        intent: 'rollback',
      },
      lease: { endpoint: text(63), epoch: Number.MAX_SAFE_INTEGER },
      plan: { document: full, shares: Array.from({ length: 99 }, (_, index) => index + 1) },
      step: 99,
      exposure: Array(100).fill({ step: 99, candidate: 100, from: 4e12, until: 4e12 }),
      visit: Number.MAX_SAFE_INTEGER,
      snapshot: full,
      decision: { kind: 'rollback', says: text(4_000) },
      failure: { error: text(256), cause: text(32_768) },
      resume: 'RetireBaseline',
      outcome: { kind: 'rolledBack', says: text(4_000) },
    };
    for (const [name, value] of Object.entries(largest))
      expect(variables[name as keyof typeof variables].safeParse(value).success, name).toBe(true);
    // 262,144 bytes is what Step Functions takes.
    expect(Buffer.byteLength(JSON.stringify(largest))).toBeLessThan(64 * 1024);
  });
});

describe('the states of the machine', () => {
  it.each(stateNames)('%s takes nothing that its contract does not name', (name) => {
    const parsed = states[name].input.safeParse({ stowaway: true });
    expect(parsed.error?.issues.some((issue) => issue.code === 'unrecognized_keys')).toBe(true);
  });
});
