import type { EndpointRow, Wait, WaitDecision, WaitLedger } from './ledger.ts';
import { restoringNow } from './ledger-forward-rules.ts';

/** What the ledger decides about a wait, over its row. Where nothing changes, the answer is the row that was given. */

/**
 * @param row Of the endpoint, owned by the wait's release.
 * @throws ReleaseError `ReleaseInterrupted` for any wait but a restore's once the way back has begun.
 */
export function opened(row: EndpointRow, wait: Parameters<WaitLedger['registerWait']>[1]): Wait {
  if (row.phase === 'restoring' && wait.kind !== 'restore') throw restoringNow(row);
  const { endpoint, epoch } = row;
  return { ...wait, endpoint, epoch, earlierTokens: [], phase: 'open', decision: null, lastLook: null };
}

/** More than any task is tried; a token has 2 KiB at most, and a store may keep a wait in one item. */
const mostTokens = 32;

/**
 * A retried task's token joins those before it; what is over is left as it is.
 * @throws ReleaseError as `opened`: an attempt that lives on unheard gathers no evidence while the baseline is restored.
 */
export function renewed(row: EndpointRow, wait: Wait, token: string): Wait {
  if (wait.phase === 'closed') return wait;
  if (row.phase === 'restoring' && wait.kind !== 'restore') throw restoringNow(row);
  const known = [...wait.earlierTokens, wait.token];
  if (known.includes(token)) return wait;
  return { ...wait, token, earlierTokens: known.slice(1 - mostTokens) };
}

/** Undefined unless the wait is open. */
export function decided(wait: Wait | undefined, taken: WaitDecision): Wait | undefined {
  if (wait?.phase !== 'open') return undefined;
  // JSON has no `undefined`; a token's success without output is sent as null.
  const decision = taken.kind === 'done' ? { ...taken, output: taken.output ?? null } : taken;
  return { ...wait, phase: 'decided', decision };
}

export function closedBy(wait: Wait | undefined, token: string): Wait | undefined {
  return wait?.phase === 'decided' && wait.token === token ? { ...wait, phase: 'closed' } : wait;
}

/** Undefined unless the wait is open. */
export function noted(wait: Wait | undefined, note: Parameters<WaitLedger['noteWait']>[1]): Wait | undefined {
  if (wait?.phase !== 'open') return undefined;
  return {
    ...wait,
    ...(note.lastLook === undefined ? {} : { lastLook: note.lastLook }),
    ...(note.reference === undefined ? {} : { reference: note.reference }),
  };
}
