import { ReleaseError } from '../contracts/errors.ts';
import type { EndpointConfig } from '../contracts/policy.ts';
import { frozenUntil } from '../domain/freeze-window.ts';
import { askedBy, type Intent } from '../domain/release.ts';
import { describeInstant } from '../domain/units.ts';
import { claimable, rollbackVersion } from './claimable.ts';
import { sha256 } from './digest.ts';
import { alreadyBegun, declareEmergency } from './emergency.ts';
import { findConfig, policyIfAny, unknownEndpoint } from './environment.ts';
import type { ReleaseRecord } from './ports/ledger.ts';
import type { Ports } from './ports/ports.ts';
import { emergencyOf } from './release-mode.ts';
import { requestLine } from './request-line.ts';
import { endDrill, supersede } from './supersede.ts';
import { note } from './trail.ts';

/** The one door through which releases begin, whoever asks: registry, person, alert. */

export interface StartWish {
  /** Registry name, Unity Catalog name or endpoint. */
  readonly named: string;
  readonly version: string | undefined;
  readonly intent: Intent;
  readonly actor: string;
  /** The registry says a thing once; who asks again as a person, or for an alert, means another attempt. */
  readonly from: 'registry' | 'person' | 'alert';
  /** Of a rollback: the version that must not serve any more, whatever was changed by hand since it was promoted. */
  readonly undo?: string | undefined;
  /** Kept in the trail, and in the record of a rollback. */
  readonly reason?: string | undefined;
  /** Past the comparison with the baseline: see emergency.ts. */
  readonly emergency?: boolean | undefined;
}

export interface Started {
  readonly record: ReleaseRecord;
  readonly began: 'started' | 'queued' | 'duplicate';
}

/**
 * Same wish, same release: the registry's second word about a version starts nothing.
 * @throws `UnknownEndpoint` when the configuration maps the name to nothing; `UnknownModelVersion` without a version;
 * `CommandRejected` for a rollback while a version is in release; to a person also whatever `claimable` refuses.
 */
export async function requestRelease(ports: Ports, wish: StartWish): Promise<Started> {
  const config = findConfig(ports.environment, wish.named);
  if (!config) throw new ReleaseError('UnknownEndpoint', unknownEndpoint(ports.environment, wish.named));
  if (wish.intent === 'rollback') await refuseBesideRelease(ports, config.endpoint);
  const version = await versionOf(ports, config, wish);
  const generation = await generationOf(ports, config, wish, version);
  const { endpoint, model } = config;
  const releaseId = releaseIdOf(endpoint, version, wish.intent, generation);
  // The word of the registry or of an alert is kept, and answered by its release, also while the workspace does not
  // answer; a person hears a refusal before anything is recorded.
  if (wish.from === 'person' && !(await ports.ledger.release(releaseId))) {
    await claimable(ports, releaseId, { endpoint, version, intent: wish.intent });
  }
  if (wish.emergency) await declareEmergency(ports, { releaseId, endpoint, intent: wish.intent }, wish);
  const { record, added } = await ports.ledger.addRelease({
    releaseId,
    endpoint,
    model,
    version,
    intent: wish.intent,
    generation,
    requestedBy: wish.actor,
    requestedAt: ports.clock.now(),
  });
  // One that still waits may be here because an attempt died half way: what follows is done again, once.
  if (!added && record.phase !== 'queued') {
    if (wish.emergency) throw alreadyBegun(record);
    await tellHeld(ports, record, wish);
    return { record, began: 'duplicate' };
  }
  await note(
    ports,
    record,
    'ReleaseRequested',
    requestLine({ intent: wish.intent, version }, wish.reason ?? ''),
    {
      actor: wish.actor,
      once: '1',
    },
  );
  if (record.intent === 'rollback' || wish.emergency) await endDrill(ports, record);
  await supersede(ports, config, record, wish.emergency);
  await startNext(ports, endpoint);
  const now = await ports.ledger.release(record.releaseId);
  const began = now?.phase === 'queued' ? 'queued' : 'started';
  return { record: now ?? record, began: added ? began : 'duplicate' };
}

/**
 * Starts the head of an endpoint's queue if nothing runs there. Safe to call at any time by anyone: the execution's
 * name is the release's id, so that a second start of it is the same execution.
 */
export async function startNext(ports: Ports, endpoint: string): Promise<void> {
  // The queue is read first: what leaves it meanwhile is then seen to run.
  const queue = await ports.ledger.releases({ endpoint, phase: 'queued' });
  for (const running of await ports.ledger.releases({ endpoint, phase: 'running' })) {
    if (!(await endStillborn(ports, running, running.executionArn))) return;
  }
  const head = await firstThatMay(ports, endpoint, queue);
  if (!head) return;
  const { executionArn, began } = await execute(ports, head);
  await ports.ledger.markRunning(head.releaseId, executionArn);
  if (began === 'alreadyExists') await endStillborn(ports, head, executionArn);
}

/** The way back is free where nothing may move forward, and an emergency is free of what is only a time. */
async function firstThatMay(
  ports: Ports,
  endpoint: string,
  queue: readonly ReleaseRecord[],
): Promise<ReleaseRecord | undefined> {
  // A rollback that waited for a release would undo it once it had proven itself.
  const back = queue.find(({ intent }) => intent === 'rollback');
  if (back) return back;
  if ((await standsStill(ports, endpoint)) === undefined) return queue[0];
  if ((await stoppedByHand(ports, endpoint)) !== undefined) return undefined;
  for (const record of queue) if (await emergencyOf(ports, record.releaseId)) return record;
  return undefined;
}

/** Why no release may begin on the endpoint now, in words; undefined when one may. Rollbacks do not ask. */
export async function standsStill(ports: Ports, endpoint: string): Promise<string | undefined> {
  return (await stoppedByHand(ports, endpoint)) ?? stoppedByTime(ports, endpoint);
}

function stoppedByTime(ports: Ports, endpoint: string): string | undefined {
  const policy = policyIfAny(ports.environment, endpoint);
  const frozen = frozenUntil(policy?.freezeWindows ?? [], ports.clock.now());
  return frozen && `a freeze window until ${describeInstant(frozen.until)}: ${frozen.why}`;
}

async function stoppedByHand(ports: Ports, endpoint: string): Promise<string | undefined> {
  const row = await ports.ledger.endpoint(endpoint);
  if (row?.freeze) return askedBy(row.freeze.kind, row.freeze.by, row.freeze.reason);
  if (row?.drift) return `${endpoint} was changed by hand: ${row.drift.says}`;
  return undefined;
}

const execute = (ports: Ports, { releaseId, endpoint, version, intent }: ReleaseRecord) =>
  ports.machine.start('release', releaseId, { releaseId, endpoint, version, intent });

/** A person takes a version out of the queue: it never began, so there is nothing to undo. */
export async function withdraw(
  ports: Ports,
  release: ReleaseRecord,
  by: { readonly actor: string; readonly reason: string },
): Promise<void> {
  const says = askedBy('abort', by.actor, by.reason);
  await ports.ledger.endRelease(release.releaseId, { kind: 'rejected', says }, ports.clock.now());
  await note(ports, release, 'ReleaseWithdrawn', says, { actor: by.actor, once: '1' });
}

const idPrefix: Readonly<Record<Intent, string>> = { release: 'rel', rollback: 'back', drill: 'drill' };

/** Readable, within the 80 characters of an execution's name, and the same for the same wish. */
export function releaseIdOf(endpoint: string, version: string, intent: Intent, generation: number): string {
  const digest = sha256(`${endpoint}\n${version}\n${intent}\n${generation}`).slice(0, 10);
  const readable = `${endpoint}-${version}`.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 50);
  return `${idPrefix[intent]}-${readable}-${digest}`;
}

/** Automation does not bring back what was rolled back: its release has the same id again, and that one has ended. */
async function tellHeld(ports: Ports, record: ReleaseRecord, wish: StartWish): Promise<void> {
  if (wish.from !== 'registry' || record.outcome?.kind !== 'rolledBack') return;
  const says = `version ${record.version} was rolled back here: only a person starts it again`;
  await note(ports, record, 'VersionHeld', says, { actor: wish.actor, once: '1' });
}

/** A rollback that waited for a release would undo it once it had proven itself; it is the release that is told. */
async function refuseBesideRelease(ports: Ports, endpoint: string): Promise<void> {
  const running = await ports.ledger.releases({ endpoint, phase: 'running' });
  const release = running.find((one) => one.intent === 'release');
  if (!release) return;
  throw new ReleaseError(
    'CommandRejected',
    `Version ${release.version} is in release on ${endpoint}: \`headgate rollback ${release.releaseId}\` undoes that.`,
  );
}

async function versionOf(ports: Ports, config: EndpointConfig, wish: StartWish): Promise<string> {
  if (wish.version !== undefined) return wish.version;
  if (wish.intent === 'drill')
    return (await ports.ledger.endpoint(config.endpoint))?.lastGood?.version ?? 'none';
  if (wish.intent === 'rollback') return rollbackVersion(ports, config.endpoint, wish.undo);
  throw new ReleaseError('UnknownModelVersion', `Which version of ${config.model}? Name one.`);
}

async function generationOf(
  ports: Ports,
  config: EndpointConfig,
  wish: StartWish,
  version: string,
): Promise<number> {
  if (wish.from === 'registry') return 1;
  const earlier = (await ports.ledger.releases({ endpoint: config.endpoint, version })).filter(
    (one) => one.intent === wish.intent,
  );
  const unended = earlier.find((one) => one.phase !== 'ended');
  return unended?.generation ?? Math.max(0, ...earlier.map((one) => one.generation)) + 1;
}

/**
 * A release whose execution is over, though its record never heard of an end: it ended before its claim, or the claim
 * gave up. One that owns the endpoint is not touched here. Answers whether the record has ended.
 */
async function endStillborn(
  ports: Ports,
  release: ReleaseRecord,
  executionArn: string | null,
): Promise<boolean> {
  const phase = executionArn === null ? 'running' : await ports.machine.phase(executionArn);
  if (phase === 'running') return false;
  const { releaseId, endpoint } = release;
  const row = await ports.ledger.endpoint(endpoint);
  if (row?.owner?.releaseId === releaseId) return false;
  if (phase === 'unknown') {
    // What Step Functions shows may be older than the start that it answered. The same name and input start nothing
    // new, and an execution that was really lost begins once more: it never owned anything.
    await execute(ports, release);
    return false;
  }
  const says = 'its execution ended before it owned the endpoint';
  if (release.intent === 'rollback') {
    const ask = `${says}: nothing was put back. \`headgate rollback ${endpoint}\` asks for it again.`;
    await note(ports, release, 'PersonNeeded', ask, { once: 'stillborn' });
  }
  await ports.ledger.endRelease(releaseId, { kind: 'rejected', says }, ports.clock.now());
  return true;
}
