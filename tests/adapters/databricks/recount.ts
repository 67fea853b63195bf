import type { RequestQuestion } from '../../../src/app/ports/workspace.ts';

/** A row of the callers' log. */
export interface LogRow {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly entity: string | null;
  readonly code: number | null;
  readonly took: number | null;
  readonly id: string | null;
  readonly client: string | null;
}

/** One side of one window. */
export interface Count {
  readonly at: number;
  readonly side: string;
  readonly requests: number;
  readonly errors: number;
  readonly clientErrors: number;
  readonly throttled: number;
  readonly buckets: Readonly<Record<string, number>>;
}

/** The callers' log counted one row after the other, as docs/evidence.md tells it, without SQL. */
export function recount(log: readonly LogRow[], about: RequestQuestion): Count[] {
  const byGroup = new Map<string, LogRow[]>();
  const rows = log.filter(
    (row) => row.at >= about.from && row.at < about.until && sideOf(row, about) !== undefined,
  );
  for (const [index, row] of rows.entries()) {
    const client = about.stickyClient !== null && row.client ? `of ${row.client}` : index;
    const key = `${row.at - (row.at % about.span)} ${client}`;
    byGroup.set(key, [...(byGroup.get(key) ?? []), row]);
  }
  const counts = new Map<string, Count>();
  for (const group of byGroup.values()) {
    const one = countOf(group, about);
    const key = `${one.at} ${one.side}`;
    counts.set(key, plus(counts.get(key), one));
  }
  return [...counts.values()].sort((a, b) => a.at - b.at || (a.side < b.side ? -1 : 1));
}

/** Undefined for a row that is none of ours. */
function sideOf({ entity, code }: LogRow, { baseline, candidate }: RequestQuestion): string | undefined {
  if (entity === baseline) return 'baseline';
  if (entity === candidate) return 'candidate';
  return (entity === null || entity === '') && hasFailed(code) ? 'missing' : undefined;
}

const hasFailed = (code: number | null): boolean => code === null || code === 0 || code >= 500;
const isCounted = (code: number | null): boolean => ![401, 403, 404, 429].includes(code ?? 0);

/** What happened to one client in one window, or to one request. */
function countOf(group: readonly LogRow[], about: RequestQuestion): Count {
  const rank = (row: LogRow) => {
    if (sideOf(row, about) === 'missing') return 2;
    return isCounted(row.code) ? 0 : 1;
  };
  const [first] = [...group].sort(
    (a, b) => rank(a) - rank(b) || a.at - b.at || ((a.id ?? '') < (b.id ?? '') ? -1 : 1),
  );
  if (!first) throw new RangeError('A group has a row.');
  const any = (holds: (code: number | null) => boolean) => (group.some(({ code }) => holds(code)) ? 1 : 0);
  const requests = any(isCounted);
  const bucket = any(hasFailed) ? (about.latency?.buckets ?? 0) : bucketOf(first, about);
  return {
    at: first.at - (first.at % about.span),
    side: sideOf(first, about) ?? '',
    requests,
    errors: any(hasFailed),
    clientErrors: any((code) => code === 400 || code === 422),
    throttled: any((code) => code === 429),
    buckets: requests === 1 && bucket !== null ? { [bucket]: 1 } : {},
  };
}

/** By walking up the grid until the duration fits. */
function bucketOf({ took, code }: LogRow, { latency }: RequestQuestion): number | null {
  if (took === null || !isCounted(code) || !latency) return null;
  let bucket = 0;
  while (bucket < latency.buckets && took > (bucket + 1) * latency.widthMs) bucket += 1;
  return bucket;
}

function plus(a: Count | undefined, b: Count): Count {
  if (!a) return b;
  const buckets: Record<string, number> = { ...a.buckets };
  for (const [bucket, n] of Object.entries(b.buckets)) buckets[bucket] = (buckets[bucket] ?? 0) + n;
  return {
    ...a,
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    clientErrors: a.clientErrors + b.clientErrors,
    throttled: a.throttled + b.throttled,
    buckets,
  };
}
