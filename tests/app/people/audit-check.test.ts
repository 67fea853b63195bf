import { describe, expect, it } from 'vitest';
import { operations } from '../../../src/app/operations.ts';
import { checkTrail } from '../../../src/app/people/audit-check.ts';
import { type AuditLine, auditLine } from '../../../src/contracts/api.ts';
import { instant } from '../../../src/domain/units.ts';
import { aLedger, portsAtHand } from '../ports-at-hand.ts';

const now = instant(Date.parse('2026-01-05T09:00:00.123Z'));

/** A trail as the API answers it, of lines with and without everything that a line may have. */
async function trail(length: number, from = now): Promise<AuditLine[]> {
  const ledger = aLedger();
  for (let line = 1; line <= length; line++) {
    const file = { ref: `a/${line}.json`, digest: 'a'.repeat(64), summary: '' };
    await ledger.audit({
      at: from,
      actor: 'ada',
      action: 'Adopted',
      says: `line ${line}`,
      ...(line % 2 === 0
        ? { endpoint: 'fraud-prod', releaseId: 'r', evidence: file, onceId: `o${line}` }
        : {}),
    });
  }
  const { audit } = operations(portsAtHand({ now, ledger }));
  const lines: AuditLine[] = [];
  for (;;) {
    const page = await audit(lines.at(-1)?.order ?? 0);
    if (page.length === 0) return lines;
    lines.push(...page.map((line) => auditLine.parse(line)));
  }
}

/** As the API does it, in small pages. */
const paged = (lines: readonly AuditLine[]) => async (after: number) => {
  const from = lines.findIndex(({ order }) => order > after);
  return from < 0 ? [] : lines.slice(from, from + 3);
};

describe('the chain of the audit trail', () => {
  it('is recomputed page by page from what the API answers, and its head is told', async () => {
    const lines = await trail(8);
    const checked = await checkTrail(paged(lines));
    expect(checked).toEqual({ kind: 'intact', head: { order: 8, digest: lines[7]?.digest } });
    expect(await checkTrail(async () => [])).toMatchObject({ kind: 'intact', head: { order: 0 } });
  });

  it('is intact where times came from a clock of any speed', async () => {
    const lines = await trail(2, instant(now + 0.5));
    expect(await checkTrail(paged(lines))).toMatchObject({ kind: 'intact', head: { order: 2 } });
    expect(lines[0]?.at).toBe(new Date(now).toISOString());
  });

  it.each<[string, (line: AuditLine) => AuditLine]>([
    ['time', (line) => ({ ...line, at: '2026-01-05T09:00:00.124Z' })],
    ['actor', (line) => ({ ...line, actor: 'grace' })],
    ['action', (line) => ({ ...line, action: 'Frozen' })],
    ['words', (line) => ({ ...line, says: 'line 44' })],
    ['endpoint', (line) => ({ ...line, endpoint: null })],
    ['release', (line) => ({ ...line, releaseId: 's' })],
    ['evidence', (line) => ({ ...line, evidence: null })],
    ['once', (line) => ({ ...line, onceId: null })],
    ['digest', (line) => ({ ...line, digest: 'b'.repeat(64) })],
    ['link', (line) => ({ ...line, previous: 'b'.repeat(64) })],
  ])('breaks at a line whose %s was changed', async (_, change) => {
    const lines = (await trail(8)).map((line) => (line.order === 4 ? change(line) : line));
    expect(await checkTrail(paged(lines))).toMatchObject({ kind: 'broken', at: { order: 4 } });
  });

  it('breaks where a line is missing, at the edge of a page too', async () => {
    const lines = await trail(8);
    for (const gone of [1, 3, 4, 7]) {
      const left = lines.filter(({ order }) => order !== gone);
      expect(await checkTrail(paged(left))).toMatchObject({
        kind: 'broken',
        at: { order: gone + 1, why: 'gap' },
      });
    }
  });

  it('shows lines that were cut off at the end to whoever kept a digest, and to nobody else', async () => {
    const lines = await trail(8);
    const kept = lines[6]?.digest;
    const cut = lines.slice(0, 5);
    expect(await checkTrail(paged(cut))).toMatchObject({ kind: 'intact', head: { order: 5 } });
    expect(await checkTrail(paged(lines), kept)).toMatchObject({ kind: 'intact', head: { order: 8 } });
    expect(await checkTrail(paged(cut), kept)).toMatchObject({ kind: 'broken', at: { order: 6 } });
  });
});
