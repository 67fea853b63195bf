import type { IncidentRecord } from '../../contracts/incident.ts';
import type { AuditRow } from '../ports/ledger.ts';

/** The way back as the trail tells it: which line is written when, and what can be read off them. */
export const restoreActions = {
  began: 'RestoreBegan',
  /** The platform did not do what it was asked for; open until the next line of `answered`. */
  refused: 'RestoreRefused',
  answered: 'PlatformAnswers',
  accepted: 'RestoreAccepted',
  observed: 'BaselineObserved',
  final: 'RestoreFinal',
} as const;

/** The refusal that has not ended yet. */
export function openRefusal(trail: readonly AuditRow[]): AuditRow | undefined {
  const last = trail.findLast(
    ({ action }) => action === restoreActions.refused || action === restoreActions.answered,
  );
  return last?.action === restoreActions.refused ? last : undefined;
}

export type WayBack = Pick<
  IncidentRecord,
  | 'triggeredAt'
  | 'acceptedAt'
  | 'baselineObservedAt'
  | 'finalAt'
  | 'acceptedSeconds'
  | 'rollbackSeconds'
  | 'platformRefusedSeconds'
  | 'refusals'
>;

/**
 * Times of the way back. How long the platform refused is counted from the trigger to the first sight of the baseline,
 * so that it can be taken off `rollbackSeconds`.
 */
export function wayBack(trail: readonly AuditRow[], triggeredAt: number | null): WayBack {
  const at = (action: string): number | null => trail.find((row) => row.action === action)?.at ?? null;
  const acceptedAt = at(restoreActions.accepted);
  const baselineObservedAt = at(restoreActions.observed);
  const refusals = refusalsIn(trail);
  return {
    triggeredAt,
    acceptedAt,
    baselineObservedAt,
    finalAt: at(restoreActions.final),
    acceptedSeconds: secondsBetween(triggeredAt, acceptedAt),
    rollbackSeconds: secondsBetween(triggeredAt, baselineObservedAt),
    platformRefusedSeconds: refusedWithin(refusals, triggeredAt, baselineObservedAt) / 1000,
    refusals,
  };
}

function refusalsIn(trail: readonly AuditRow[]): WayBack['refusals'] {
  return trail.flatMap((row, index) => {
    if (row.action !== restoreActions.refused) return [];
    const end = trail.slice(index).find(({ action }) => action === restoreActions.answered);
    return [{ from: row.at, until: end?.at ?? null, says: row.says }];
  });
}

/** In milliseconds. */
function refusedWithin(refusals: WayBack['refusals'], from: number | null, until: number | null): number {
  const [first, last] = [from ?? Number.NEGATIVE_INFINITY, until ?? Number.POSITIVE_INFINITY];
  return refusals.reduce((sum, one) => {
    const span = Math.min(one.until ?? one.from, last) - Math.max(one.from, first);
    return sum + Math.max(0, span);
  }, 0);
}

/** A command may bear a time after the write that it was too late to cause; nothing took less than no time. */
function secondsBetween(from: number | null, until: number | null): number | null {
  return from === null || until === null ? null : Math.max(0, until - from) / 1000;
}
