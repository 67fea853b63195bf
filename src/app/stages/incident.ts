import { errors, isReleaseError } from '../../contracts/errors.ts';
import type { IncidentRecord } from '../../contracts/incident.ts';
import type { StateInput, StateOutput } from '../../contracts/states.ts';
import { askedBy, type Release } from '../../domain/release.ts';
import { incidentPage } from '../incident-page.ts';
import type { Exposure } from '../judge.ts';
import { questionOf } from '../look.ts';
import { plannedBefore } from '../plan-document.ts';
import type { AuditRow, EndpointRow } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import { claimed } from '../release-mode.ts';
import { brief, note, wholeTrail } from '../trail.ts';
import { reasonOf } from './health.ts';
import { type Triggered, triggerOf } from './trigger.ts';
import { restoreActions, wayBack } from './way-back.ts';

/** How the release ended, what it cost and how long the way back took: as JSON, and as a page for whoever is on call. */
export async function recordIncident(
  ports: Ports,
  input: StateInput<'RecordIncident'>,
): Promise<StateOutput<'RecordIncident'>> {
  const { release, lease } = input;
  const row = await ports.ledger.assertLease(lease);
  const known = await recordedBefore(ports, release);
  if (known) return known;
  const record = await recordOf(ports, input, row);
  const name = fileNames[release.intent === 'drill' ? 'drill' : record.outcome.kind];
  const path = `releases/${release.releaseId}/${name}`;
  const summary = brief(record.outcome.says);
  const page = await ports.evidence.put(`${path}.md`, incidentPage(record), summary);
  await ports.ledger.attachFile(release.releaseId, page);
  const file = await ports.evidence.put(`${path}.json`, `${JSON.stringify(record, null, 2)}\n`, summary);
  await ports.ledger.attachFile(release.releaseId, file);
  await note(ports, release, 'RecordIncident', `${record.outcome.kind}: ${summary}`, {
    evidence: file,
    once: '1',
  });
  return { outcome: record.outcome, incident: file };
}

const fileNames: Readonly<Record<IncidentRecord['outcome']['kind'] | 'drill', string>> = {
  rolledBack: 'incident',
  rejected: 'ending',
  superseded: 'ending',
  restored: 'ending',
  observed: 'ending',
  drill: 'drill',
};

/** A handler that runs twice tells one story: a second count of what was served would be another. */
async function recordedBefore(
  ports: Ports,
  release: Release,
): Promise<StateOutput<'RecordIncident'> | undefined> {
  const files = (await ports.ledger.release(release.releaseId))?.files ?? [];
  const names = Object.values(fileNames).map((name) => `releases/${release.releaseId}/${name}.json`);
  const incident = files.find((file) => names.includes(file.ref));
  if (!incident) return undefined;
  // The digest proves that these are the bytes that this function wrote.
  const { outcome } = JSON.parse(await ports.evidence.get(incident)) as IncidentRecord;
  return { outcome, incident };
}

async function recordOf(
  ports: Ports,
  { release, failure, exposure }: StateInput<'RecordIncident'>,
  row: EndpointRow,
): Promise<IncidentRecord> {
  const trail = await wholeTrail(ports, release);
  const triggered = await triggerOf(ports, release, failure, trail);
  return {
    schema: release.intent === 'drill' ? 'headgate.drill/v1' : 'headgate.incident/v1',
    release,
    outcome: await claimed(ports, release, {
      kind: outcomeKind(release, row, triggered),
      says: brief(saysOf(release, triggered, failure), 3_900),
    }),
    error: failure.error,
    trigger: triggered.trigger,
    ...wayBack(trail, triggered.at),
    databricksCalls: await callsUntilAccepted(ports, trail),
    served: row.exposed ? await servedIfKnown(ports, release, sinceExposed(trail, exposure)) : null,
    exposure,
    timeline: trail.map(({ at, actor, action, says }) => ({ at, actor, action, says })),
  };
}

/** What went through the restore was not promoted. Only a drill that got as far as its own trigger is one that worked. */
function outcomeKind(
  { intent }: Release,
  row: EndpointRow,
  { trigger }: Triggered,
): IncidentRecord['outcome']['kind'] {
  if (intent === 'rollback') return 'restored';
  if (intent === 'drill' && trigger.kind === 'drill') return 'restored';
  if (trigger.kind === 'supersede') return 'superseded';
  return row.exposed ? 'rolledBack' : 'rejected';
}

/** The error's name, which is what people look up; a person's own words say who ended it, and need none. */
function saysOf(
  { intent }: Release,
  { trigger }: Triggered,
  failure: { readonly error: string; readonly cause: string },
): string {
  switch (trigger.kind) {
    case 'request':
      return askedBy('rollback', trigger.actor, trigger.reason);
    case 'drill':
      return `drill by ${trigger.actor}: the share of the drill was taken back`;
    case 'alert':
    case 'rollback':
    case 'abort':
    case 'supersede':
      return askedBy(trigger.kind, trigger.actor, trigger.reason);
    case 'evidence':
    case 'error': {
      const named = failure.error in errors && failure.error !== 'ReleaseInterrupted';
      return `${intent === 'drill' ? 'drill: ' : ''}${named ? `${failure.error}: ` : ''}${reasonOf(failure)}`;
    }
  }
}

async function callsUntilAccepted(ports: Ports, trail: readonly AuditRow[]): Promise<number | null> {
  const evidence = trail.find(({ action }) => action === restoreActions.accepted)?.evidence;
  if (!evidence) return null;
  // The digest proves that these are the bytes that the restore wrote.
  return (JSON.parse(await ports.evidence.get(evidence)) as { databricksCalls: number }).databricksCalls;
}

/**
 * From the write of the first share: its first requests came before anybody had read it back. The machine's exposure
 * begins when it was observed, and is empty where a stop came before that.
 */
function sinceExposed(trail: readonly AuditRow[], exposures: readonly Exposure[]): readonly Exposure[] {
  const [first] = exposures;
  const from = trail.find(({ action }) => action === 'ShiftTraffic')?.at ?? first?.from;
  return from === undefined ? [] : [{ step: 0, candidate: 1, until: null, ...first, from }];
}

/** A count for the record must not keep the endpoint of a restored baseline from the next release. */
async function servedIfKnown(ports: Ports, release: Release, exposures: readonly Exposure[]) {
  try {
    return await served(ports, release.releaseId, exposures);
  } catch (error) {
    if (!isReleaseError(error)) throw error;
    const says = `${error.name}: ${brief(error.message)}`;
    await note(ports, release, 'CountUnknown', says, { once: '1' });
    return null;
  }
}

/** What both sides answered while the candidate had traffic; null where the log gives no answer. */
async function served(
  ports: Ports,
  releaseId: string,
  exposures: readonly Exposure[],
): Promise<IncidentRecord['served']> {
  const document = await plannedBefore(ports, releaseId);
  if (exposures.length === 0 || !document) return null;
  // Up to now and not to the watermark, because an incident counts what was served, not what was proven; and requests,
  // whatever a gate may count.
  const question = {
    ...questionOf(ports, document, exposures),
    until: ports.clock.now(),
    ...{ latency: null, stickyClient: null, pairs: null, readings: null },
  };
  const { requests } = ports.workspace('production');
  const windows = await requests.answer(await requests.ask(question), question);
  if (windows === 'running') return null;
  const total = { candidateRequests: 0, candidateErrors: 0, baselineRequests: 0, baselineErrors: 0 };
  for (const { candidate, baseline } of windows) {
    total.candidateRequests += candidate?.requests ?? 0;
    total.candidateErrors += candidate?.errors ?? 0;
    total.baselineRequests += baseline?.requests ?? 0;
    total.baselineErrors += baseline?.errors ?? 0;
  }
  const expected =
    total.baselineRequests === 0
      ? null
      : (total.candidateRequests * total.baselineErrors) / total.baselineRequests;
  const beyond = expected === null ? null : Math.max(0, Math.round(total.candidateErrors - expected));
  const oneVersion = document.baseline.version === document.candidate.version;
  return {
    ...total,
    expectedErrors: expected === null ? null : Math.round(expected * 10) / 10,
    badRequests: oneVersion ? 0 : beyond,
  };
}
