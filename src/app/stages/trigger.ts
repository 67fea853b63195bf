import { isReleaseError } from '../../contracts/errors.ts';
import type { IncidentRecord } from '../../contracts/incident.ts';
import type { GateFinding } from '../../domain/gate.ts';
import { saysOf } from '../../domain/gates/words.ts';
import { effectOf, firstToObey, type Release } from '../../domain/release.ts';
import type { AuditRow, CommandRow } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import { reasonIn } from '../request-line.ts';
import { ourselves } from '../trail.ts';
import { restoreActions } from './way-back.ts';

/** What ended a release, and when: from there the way back is measured. */
export interface Triggered {
  readonly trigger: IncidentRecord['trigger'];
  /** Null only when the restore left no line, which is not reached from the machine. */
  readonly at: number | null;
}

/** Errors behind which a command may stand; behind any other stands what it says. */
const byCommand: readonly string[] = ['ReleaseInterrupted', 'ExecutionLost'];

export async function triggerOf(
  ports: Ports,
  release: Release,
  failure: { readonly error: string; readonly cause: string },
  trail: readonly AuditRow[],
): Promise<Triggered> {
  const began = trail.find(({ action }) => action === restoreActions.began)?.at ?? null;
  const asked = trail.find(({ action }) => action === 'ReleaseRequested');
  if (byCommand.includes(failure.error)) {
    const commands = await ports.ledger.commands(release.releaseId);
    const command = stoppedBy(commands, began, failure.cause);
    if (command) return { trigger: commandTrigger(command), at: command.at };
  }
  if (failure.error === 'EvidenceAgainst') return evidenceTrigger(ports, trail, began);
  if (failure.error === 'DrillTriggered') {
    const seen = trail.findLast(({ action }) => action === 'TrafficObserved')?.at ?? began;
    const actor = asked?.actor ?? ourselves;
    const reason = asked ? reasonIn(asked.says, release) : '';
    return { trigger: { kind: 'drill', actor, reason }, at: seen };
  }
  if (release.intent === 'rollback' && asked) {
    const reason = reasonIn(asked.says, release);
    return { trigger: { kind: 'request', actor: asked.actor, reason }, at: asked.at };
  }
  return { trigger: { kind: 'error' }, at: began };
}

/** The one that the release obeyed: what came after the restore had begun did not begin it. */
function stoppedBy(
  commands: readonly CommandRow[],
  began: number | null,
  cause: string,
): CommandRow | undefined {
  const stopping = commands.filter(
    (one) =>
      effectOf(one.kind) === 'restore' && one.phase !== 'rejected' && (began === null || one.at <= began),
  );
  const named = stopping.find(({ kind, actor }) => cause.includes(`${kind} by ${actor}`));
  return named ?? firstToObey(stopping);
}

function commandTrigger({ kind, actor, reason }: CommandRow): IncidentRecord['trigger'] {
  const url = /https?:\/\/[^\s)>"']+/.exec(reason)?.[0] ?? null;
  switch (kind) {
    case 'alert':
    case 'rollback':
    case 'abort':
    case 'supersede':
      return { kind, actor, reason, url };
    case 'hold':
    case 'resume':
    case 'approve':
      return { kind: 'error' };
  }
}

async function evidenceTrigger(
  ports: Ports,
  trail: readonly AuditRow[],
  began: number | null,
): Promise<Triggered> {
  const line = trail.findLast(({ action }) => action === 'JudgeHealth');
  const certificate = line?.evidence ?? null;
  const gates = certificate === null ? [] : await failedGates(ports, certificate);
  return { trigger: { kind: 'evidence', gates, certificate }, at: line?.at ?? began };
}

/** Which gates failed, and with which numbers. A certificate that is gone is named all the same, and proves nothing. */
async function failedGates(ports: Ports, certificate: NonNullable<AuditRow['evidence']>) {
  try {
    // The digest proves that these are the bytes that `certify` wrote.
    const { gates } = JSON.parse(await ports.evidence.get(certificate)) as { gates: GateFinding[] };
    return gates.flatMap((one) => (one.verdict === 'fail' ? [{ gate: one.gate, says: saysOf(one) }] : []));
  } catch (error) {
    if (!isReleaseError(error, 'EvidenceInvalid')) throw error;
    return [{ gate: 'unknown', says: error.message }];
  }
}
