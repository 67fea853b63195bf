import type { NonEmpty } from './units.ts';

/** A promise that was broken: which measure, what was seen, what the bound is. */
export interface Breach {
  readonly gate: string;
  readonly says: string;
}

/** What a gate lacks to decide. Absence of evidence is never a pass. */
export interface MissingEvidence {
  readonly gate: string;
  readonly what: string;
}

/** A gate's answer. Each kind has its own shape, so none can be mistaken for another. */
export type Verdict =
  | { readonly kind: 'pass'; readonly proven: NonEmpty<string> }
  | { readonly kind: 'fail'; readonly breached: NonEmpty<Breach> }
  | { readonly kind: 'undecided'; readonly missing: NonEmpty<MissingEvidence> };

/**
 * The only way to combine verdicts: one failure fails all, else one gap leaves all undecided.
 * Associative and commutative on kinds, idempotent; nothing comes up again from `fail`.
 */
export function worst(verdicts: NonEmpty<Verdict>): Verdict {
  const [first, ...rest] = verdicts;
  return rest.reduce(worseOf, first);
}

function worseOf(a: Verdict, b: Verdict): Verdict {
  if (a.kind === 'fail' && b.kind === 'fail') return { kind: 'fail', breached: join(a.breached, b.breached) };
  if (a.kind === 'fail') return a;
  if (b.kind === 'fail') return b;
  if (a.kind === 'undecided' && b.kind === 'undecided') {
    return { kind: 'undecided', missing: join(a.missing, b.missing) };
  }
  if (a.kind === 'undecided') return a;
  if (b.kind === 'undecided') return b;
  return { kind: 'pass', proven: join(a.proven, b.proven) };
}

/** Without repetition, so that folding a verdict with itself changes nothing. */
function join<T>(a: NonEmpty<T>, b: NonEmpty<T>): NonEmpty<T> {
  const seen = new Set(a.map((item) => JSON.stringify(item)));
  return [...a, ...b.filter((item) => !seen.has(JSON.stringify(item)))];
}
