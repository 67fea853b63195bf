/** Which states an execution entered, and in what order, read from its history in the shape of GetExecutionHistory. */

interface EnteredEvent {
  readonly type?: string | undefined;
  readonly stateEnteredEventDetails?: unknown;
}

export function statesEntered(history: readonly EnteredEvent[]): string[] {
  return history
    .filter(({ type }) => type?.endsWith('StateEntered'))
    .map(({ stateEnteredEventDetails: details }) =>
      typeof details === 'object' && details !== null && 'name' in details
        ? String(details.name)
        : '(no name)',
    );
}

/** Undefined when both are the same; otherwise where they part, in words. */
export function parting(emulated: readonly string[], embedded: readonly string[]): string | undefined {
  if (emulated.length === 0) return 'no state was entered';
  const longest = Math.max(emulated.length, embedded.length);
  for (let at = 0; at < longest; at++) {
    if (emulated[at] === embedded[at]) continue;
    const before = at === 0 ? 'at the start' : `after ${embedded[at - 1]} (state ${at})`;
    return `${before}: ${emulated[at] ?? '(end)'} on the emulator, ${embedded[at] ?? '(end)'} on the embedded engine`;
  }
  return undefined;
}
