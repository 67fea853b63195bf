import type { IoHost, Style } from '../local/io-host.ts';
import type { NeedView, ReleaseView, TimelineEntry } from '../src/contracts/api.ts';
import type { OutcomeKind } from '../src/domain/release.ts';
import type { ExitName } from './exit-codes.ts';

/** Text from elsewhere without control characters: a terminal obeys them. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

/** `fraud-prod 7: Bake at 25 %`. */
export function headline(release: ReleaseView): string {
  const { endpoint, version, intent, phase, state, candidateShare, outcome } = release;
  const subject = printable(intent === 'release' ? `${endpoint} ${version}` : `${endpoint} ${intent}`);
  if (outcome !== null) return `${subject}: ${wordFor[outcome.kind]}`;
  const share = candidateShare === null ? '' : ` at ${candidateShare} %`;
  return `${subject}: ${phase === 'running' ? (state ?? 'running') : phase}${share}`;
}

const wordFor: Readonly<Record<OutcomeKind, string>> = {
  promoted: 'promoted',
  restored: 'restored',
  rolledBack: 'rolled back',
  rejected: 'rejected',
  superseded: 'superseded',
  observed: 'observed only',
};

const exits: Readonly<Record<OutcomeKind, ExitName>> = {
  promoted: 'ok',
  restored: 'ok',
  rolledBack: 'notPromoted',
  rejected: 'notPromoted',
  superseded: 'conflict',
  observed: 'ok',
};

/** How `watch` ends for this outcome. */
export function exitOf(kind: OutcomeKind): ExitName {
  return exits[kind];
}

/** Where a release stands, why, and what comes next, in a few lines. */
export function card(release: ReleaseView, host: IoHost): string {
  const row = (label: string, text: string) => `  ${host.paint('dim', label.padEnd(8))} ${printable(text)}`;
  const { releaseId, requestedBy, requestedAt, endedAt, outcome, why, next, files, needs } = release;
  return [
    host.paint(styleOf(release), headline(release)),
    row('release', releaseId),
    row('asked', `${requestedAt} by ${requestedBy}`),
    ...(endedAt === null ? [] : [row('ended', endedAt)]),
    ...(outcome === null ? [] : [row('outcome', outcome.says)]),
    row('why', why),
    row('next', next),
    ...files.map(({ ref, summary }) => row('file', `${ref} (${summary})`)),
    ...needLines(needs, host),
  ].join('\n');
}

/** What waits for a person, a line each. */
export function needLines(needs: readonly NeedView[], host: IoHost): string[] {
  return needs.map(
    ({ at, says }) => `  ${host.paint('yellow', 'a person is needed')} since ${at}: ${printable(says)}`,
  );
}

function styleOf({ phase, outcome }: ReleaseView): Style {
  if (outcome !== null) return exitOf(outcome.kind) === 'ok' ? 'green' : 'red';
  return phase === 'running' ? 'cyan' : 'yellow';
}

/** `AssessIntegration`; longer ones push their line to the right. */
const longestAction = 17;

/** `08:49:43 ShiftTraffic      step 1: fraud-1 95 %, fraud-2 5 %`, in UTC; with the actor where it is not Headgate. */
export function timelineLine(
  entry: Pick<TimelineEntry, 'at' | 'actor' | 'action' | 'says'>,
  host: IoHost,
): string {
  const at = entry.at.slice(11, 19);
  const by = entry.actor === 'headgate' ? '' : ` (${printable(entry.actor)})`;
  const style = entry.action === 'PersonNeeded' ? 'yellow' : 'bold';
  const action = host.paint(style, printable(entry.action).padEnd(longestAction));
  return `${host.paint('dim', at)} ${action} ${printable(entry.says)}${by}`;
}

/** Left-aligned columns, two blanks apart. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
