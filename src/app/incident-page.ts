import type { IncidentRecord } from '../contracts/incident.ts';
import { askedBy } from '../domain/release.ts';

/** Lines of the timeline on the page; all of them stand in the JSON beside it. */
const shown = 40;

/** The record as Markdown, to be read in a minute: what happened, since when it is over, what it cost, what is next. */
export function incidentPage(record: IncidentRecord): string {
  const { release, outcome, exposure, refusals, timeline } = record;
  const title = `${release.endpoint}: ${titles[record.schema]} of version ${release.version} (${outcome.kind})`;
  const shares = exposure.map(({ candidate, from, until }) => {
    const end = until === null ? '' : ` to ${clock(until)}`;
    return `${candidate} % from ${clock(from)}${end}`;
  });
  const lines = [
    `# ${plain(title)}`,
    '',
    `**Why:** ${plain(outcome.says)}`,
    '',
    `**By:** ${plain(causeOf(record))}`,
    '',
    '| | |',
    '|---|---|',
    row('Release', release.releaseId),
    row('Trigger', stamp(record.triggeredAt)),
    row('Restoring write accepted', accepted(record)),
    row('Baseline seen at 100 %', after(record.baselineObservedAt, record.rollbackSeconds)),
    row('Of that, the platform refused', `${spoken(record.platformRefusedSeconds)}`),
    row('Everything as it was', stamp(record.finalAt)),
    row('Requests', servedIn(record)),
    row('Candidate had', shares.join('; ') || 'no traffic'),
    '',
    ...(refusals.length === 0 ? [] : ['## What the platform refused', '', ...refusals.map(refusal), '']),
    `## Timeline${timeline.length > shown ? `, the last ${shown} of ${timeline.length} lines` : ''}`,
    '',
    ...timeline
      .slice(-shown)
      .map(
        ({ at, actor, action, says }) =>
          `- ${clock(at)} **${plain(action)}** (${plain(actor)}) ${plain(says)}`,
      ),
    '',
    `Next: \`headgate why ${plain(release.version)}\`. Everything else stands in the JSON file beside this page.`,
    '',
  ];
  return lines.join('\n');
}

const titles: Readonly<Record<IncidentRecord['schema'], string>> = {
  'headgate.incident/v1': 'end',
  'headgate.drill/v1': 'rollback drill',
};

function causeOf({ trigger, error }: IncidentRecord): string {
  switch (trigger.kind) {
    case 'evidence': {
      const gates = trigger.gates.map(({ gate, says }) => `gate ${gate}: ${says}`).join('; ');
      const proof = trigger.certificate === null ? '' : ` Certificate: ${trigger.certificate.ref}`;
      return `${gates || 'evidence against the candidate'}.${proof}`;
    }
    case 'alert':
      return `alert of ${trigger.actor}: ${trigger.reason}`;
    case 'rollback':
    case 'abort':
    case 'supersede':
    case 'request':
    case 'drill':
      return askedBy(trigger.kind, trigger.actor, trigger.reason);
    case 'error':
      return error;
  }
}

function accepted({ acceptedAt, acceptedSeconds, databricksCalls }: IncidentRecord): string {
  if (acceptedAt === null) return 'no write was needed';
  return `${after(acceptedAt, acceptedSeconds)}, with ${databricksCalls ?? '?'} calls to Databricks`;
}

function servedIn({ served }: IncidentRecord): string {
  if (served === null) return 'not known, or none went to the candidate';
  const { candidateRequests, candidateErrors, expectedErrors, badRequests } = served;
  const expected = expectedErrors === null ? 'not known' : `about ${expectedErrors}`;
  return (
    `${candidateRequests} answered by the candidate, ${candidateErrors} of them failed ` +
    `(the baseline alone: ${expected}); bad because of it: ${badRequests ?? 'not known'}`
  );
}

const refusal = ({ from, until, says }: IncidentRecord['refusals'][number]): string =>
  `- ${clock(from)} to ${until === null ? 'the end' : clock(until)}: ${plain(says)}`;

const row = (label: string, text: string): string => `| ${label} | ${plain(text)} |`;
const stamp = (at: number | null): string => (at === null ? 'not known' : new Date(at).toISOString());
const clock = (at: number): string => new Date(at).toISOString().slice(11, 19);
const spoken = (seconds: number | null): string => (seconds === null ? 'not known' : `${seconds} s`);
const after = (at: number | null, seconds: number | null): string =>
  at === null ? 'not observed' : `${stamp(at)}, after ${spoken(seconds)}`;

/** Text from elsewhere in one line of Markdown: it ends no cell, begins no tag and no line. */
function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('|', '\\|');
}
