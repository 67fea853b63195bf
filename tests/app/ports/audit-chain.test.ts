import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenAt, type ChainEnd, chainStart, linked } from '../../../src/app/ports/audit-chain.ts';
import type { AuditEntry, AuditRow } from '../../../src/app/ports/journal.ts';
import { at, file } from '../../contracts-of-ports/ledger-fixtures.ts';

const first: AuditEntry = { at: at(5), actor: 'ana', action: 'approve', says: 'sieht gut aus – 語' };
const second: AuditEntry = {
  at: at(6),
  actor: 'registry',
  action: 'ReleaseRequested',
  says: 'version 7',
  endpoint: 'fraud',
  releaseId: 'rel-1',
  evidence: { ref: 'files/a.json', digest: 'ab', summary: 'the plan' },
  onceId: 'rel-1/ReleaseRequested/1',
};

/** A trail as a store would have written it, one line behind the other. */
function chainOf(entries: readonly AuditEntry[], end: ChainEnd = chainStart): AuditRow[] {
  const rows: AuditRow[] = [];
  for (const each of entries) rows.push(linked(rows.at(-1) ?? end, each));
  return rows;
}

const words = fc.string({ unit: 'binary', maxLength: 12 });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const anEntry: fc.Arbitrary<AuditEntry> = fc
  .tuple(
    fc.record({ at: fc.nat().map(at), actor: words, action: words, says: words }),
    optional(words),
    optional(words),
    optional(words.map(file)),
    optional(words),
  )
  .map(([said, endpoint, releaseId, evidence, onceId]) => ({
    ...said,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(releaseId === undefined ? {} : { releaseId }),
    ...(evidence === undefined ? {} : { evidence }),
    ...(onceId === undefined ? {} : { onceId }),
  }));
const aChain = fc.array(anEntry, { minLength: 1, maxLength: 8 }).map((entries) => chainOf(entries));
const aPlace = fc.nat({ max: 7 });

describe('the chain of the audit trail', () => {
  it('has the digests that another program computes: of sorted JSON without spaces, in UTF-8', () => {
    // hashlib.sha256(json.dumps(row, sort_keys=True, separators=(',', ':'), ensure_ascii=False).encode())
    const rows = chainOf([first, second]);
    expect(rows.map(({ digest }) => digest)).toEqual([
      '1ccb4908d9a8b7f812e8aaf2e99911e56505f08dfa31e57c90acc442ce4273ec',
      'b2366765b023fb3a3c15f12d551ae037b4ba1e195c4664a76aa18d17fdfda24c',
    ]);
    expect(rows).toMatchObject([
      { ...first, order: 1, previous: '0'.repeat(64) },
      { ...second, order: 2, previous: rows[0]?.digest },
    ]);
  });

  it('fits as it was written, from the start or behind any of its lines, also once it went through JSON', () => {
    fc.assert(
      fc.property(aChain, aPlace, (rows, place) => {
        const read: AuditRow[] = JSON.parse(JSON.stringify(rows));
        expect(brokenAt(read)).toBeUndefined();
        const end = rows[place];
        if (end) expect(brokenAt(read.slice(place + 1), end)).toBeUndefined();
      }),
    );
  });

  it('keeps no field that an entry does not have, so that every store reads what was linked', () => {
    const more = { ...second, evidence: { ...file('a'), size: 3 }, note: 'not kept' };
    expect(linked(chainStart, more)).toEqual(linked(chainStart, { ...second, evidence: file('a') }));
  });

  it('finds a changed word in any field of any line, and says which line', () => {
    const changes: ((row: AuditRow) => Partial<AuditRow>)[] = [
      ({ at: moment }) => ({ at: at(moment + 1) }),
      ({ actor }) => ({ actor: `${actor}x` }),
      ({ action }) => ({ action: `${action}x` }),
      ({ says }) => ({ says: `${says}x` }),
      ({ endpoint = '' }) => ({ endpoint: `${endpoint}x` }),
      ({ releaseId = '' }) => ({ releaseId: `${releaseId}x` }),
      ({ onceId = '' }) => ({ onceId: `${onceId}x` }),
      ({ evidence = file('a') }) => ({ evidence: { ...evidence, summary: `${evidence.summary}x` } }),
    ];
    fc.assert(
      fc.property(aChain, aPlace, fc.constantFrom(...changes), (rows, place, change) => {
        const row = rows[place % rows.length];
        if (!row) throw new TypeError('A chain has lines.');
        const told = rows.with(place % rows.length, { ...row, ...change(row) });
        expect(brokenAt(told)).toMatchObject({ order: row.order, why: 'changed' });
      }),
    );
  });

  it('finds a line that was written anew with its digest, at the line behind it', () => {
    const rows = chainOf([first, second, first]);
    const forged = rows.with(1, linked(rows[0] ?? chainStart, { ...second, says: 'version 8' }));
    expect(brokenAt(forged)).toEqual({ order: 3, why: 'link', says: expect.stringContaining('line 3') });
    const last = rows.with(2, linked(rows[1] ?? chainStart, { ...first, says: 'no' }));
    expect(brokenAt(last), 'only a digest that was kept elsewhere tells').toBeUndefined();
    expect(last.at(-1)?.digest).not.toBe(rows.at(-1)?.digest);
  });

  it('finds lines that were dropped, slipped in or put in another order', () => {
    const rows = chainOf([first, second, first, second]);
    const [a, b, c, d] = rows;
    if (!a || !b || !c || !d) throw new TypeError('Four lines were linked.');
    expect(brokenAt([b, c, d])).toMatchObject({ order: 2, why: 'gap' });
    expect(brokenAt([a, c, d])).toEqual({
      order: 3,
      why: 'gap',
      says: 'after line 1 comes line 3: what was between is missing',
    });
    expect(brokenAt([a, b, b, c, d])).toMatchObject({ order: 2, why: 'gap' });
    expect(brokenAt([b, a, c, d])).toMatchObject({ order: 2, why: 'gap' });
    const slipped = linked(b, { ...first, says: 'slipped in' });
    expect(brokenAt([a, b, slipped, { ...c, order: 4 }, { ...d, order: 5 }])).toMatchObject({
      order: 4,
      why: 'link',
    });
    expect(brokenAt([a, b, { ...c, previous: a.digest }, d])).toMatchObject({ order: 3, why: 'link' });
  });

  it('goes on behind the last line of the page before, and behind no other', () => {
    const rows = chainOf([first, second, first]);
    const [a, b, c] = rows;
    if (!a || !b || !c) throw new TypeError('Three lines were linked.');
    expect(brokenAt([c], b)).toBeUndefined();
    expect(brokenAt([c], a)).toMatchObject({ order: 3, why: 'gap' });
    expect(brokenAt([c], { ...b, digest: a.digest })).toMatchObject({ order: 3, why: 'link' });
    expect(brokenAt([])).toBeUndefined();
  });
});
