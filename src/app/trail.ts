import type { EvidenceRef } from '../domain/evidence.ts';
import type { Release } from '../domain/release.ts';
import type { AuditRow } from './ports/ledger.ts';
import type { Ports } from './ports/ports.ts';

/** Headgate's own name in the audit trail. */
export const ourselves = 'headgate';

/** One line in the trail about a release, written once even when a handler runs twice. */
export async function note(
  ports: Ports,
  release: Pick<Release, 'releaseId' | 'endpoint'>,
  action: string,
  says: string,
  more: { readonly actor?: string; readonly evidence?: EvidenceRef; readonly once?: string } = {},
): Promise<void> {
  await ports.ledger.audit({
    at: ports.clock.now(),
    actor: more.actor ?? ourselves,
    action,
    says,
    endpoint: release.endpoint,
    releaseId: release.releaseId,
    ...(more.evidence ? { evidence: more.evidence } : {}),
    ...(more.once === undefined ? {} : { onceId: `${release.releaseId}/${action}/${more.once}` }),
  });
}

/** Every line, or every one about a release, in order: the ledger hands them out a page at a time. */
export async function wholeTrail(
  ports: Ports,
  { releaseId }: { readonly releaseId?: string } = {},
): Promise<AuditRow[]> {
  const rows: AuditRow[] = [];
  for (;;) {
    const page = await ports.ledger.auditTrail({
      afterOrder: rows.at(-1)?.order ?? 0,
      ...(releaseId === undefined ? {} : { releaseId }),
    });
    if (page.length === 0) return rows;
    rows.push(...page);
  }
}

/** A text that fits the contracts' bounds. */
export function brief(text: string, longest = 900): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

/** An error as people are told of it. */
export const inWords = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);
