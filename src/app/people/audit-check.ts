import type { AuditLine } from '../../contracts/api.ts';
import { instant } from '../../domain/units.ts';
import { brokenAt, type ChainBreak, type ChainEnd, chainStart } from '../ports/audit-chain.ts';
import type { AuditRow } from '../ports/journal.ts';

/** Recomputes the chain of the trail from its lines, wherever they were read. */

export type Checked =
  | { readonly kind: 'intact'; readonly head: ChainEnd }
  | { readonly kind: 'broken'; readonly at: ChainBreak };

/**
 * @param page Lines after `afterOrder`; an empty page is the end.
 * @param kept Digest that a person kept elsewhere: some line must have it.
 */
export async function checkTrail(
  page: (afterOrder: number) => Promise<readonly AuditLine[]>,
  kept?: string,
): Promise<Checked> {
  let head: ChainEnd = chainStart;
  let found = kept === undefined;
  for (;;) {
    const rows = (await page(head.order)).map(rowOf);
    const last = rows.at(-1);
    if (!last) break;
    const at = brokenAt(rows, head);
    if (at) return { kind: 'broken', at };
    found ||= rows.some((row) => row.digest === kept);
    head = last;
  }
  if (found) return { kind: 'intact', head: { order: head.order, digest: head.digest } };
  const says = `no line has the digest ${kept}: lines were cut off, or written anew from some line on`;
  return { kind: 'broken', at: { order: head.order + 1, why: 'gap', says } };
}

function rowOf({ at, endpoint, releaseId, evidence, onceId, ...line }: AuditLine): AuditRow {
  return {
    ...line,
    at: instant(Date.parse(at)),
    ...(endpoint === null ? {} : { endpoint }),
    ...(releaseId === null ? {} : { releaseId }),
    ...(evidence === null ? {} : { evidence }),
    ...(onceId === null ? {} : { onceId }),
  };
}
