import { ReleaseError } from '../contracts/errors.ts';
import type { EndpointConfig } from '../contracts/policy.ts';
import type { Intent } from '../domain/release.ts';
import { claimable } from './claimable.ts';
import { accept } from './command.ts';
import { sha256 } from './digest.ts';
import { findConfig, unknownEndpoint } from './environment.ts';
import type { ReleaseRecord } from './ports/ledger.ts';
import type { Ports } from './ports/ports.ts';
import { note } from './trail.ts';

/** The one door through which releases begin, whoever asks: registry, person, alert. */

export interface StartWish {
  /** Registry name, Unity Catalog name or endpoint. */
  readonly named: string;
  readonly version: string | undefined;
  readonly intent: Intent;
  readonly actor: string;
  /** The registry says a thing once; a person who asks again means another attempt. */
  readonly from: 'registry' | 'person';
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
  // The registry's word is kept and answered by its release; a person hears a refusal before anything is recorded.
  if (wish.from === 'person' && !(await ports.ledger.release(releaseId))) {
    await claimable(ports, releaseId, { endpoint, version, intent: wish.intent });
  }
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
  if (!added && record.phase !== 'queued') return { record, began: 'duplicate' };
  await note(ports, record, 'ReleaseRequested', `${wish.intent} of version ${version}`, {
    actor: wish.actor,
    once: '1',
  });
  await supersede(ports, config, record);
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
  const [head] = await ports.ledger.releases({ endpoint, phase: 'queued' });
  for (const running of await ports.ledger.releases({ endpoint, phase: 'running' })) {
    if (!(await endStillborn(ports, running, running.executionArn))) return;
  }
  if (!head) return;
  const { executionArn, began } = await execute(ports, head);
  await ports.ledger.markRunning(head.releaseId, executionArn);
  if (began === 'alreadyExists') await endStillborn(ports, head, executionArn);
}

const execute = (ports: Ports, { releaseId, endpoint, version, intent }: ReleaseRecord) =>
  ports.machine.start(releaseId, { releaseId, endpoint, version, intent });

/** A person takes a version out of the queue: it never began, so there is nothing to undo. */
export async function withdraw(
  ports: Ports,
  release: ReleaseRecord,
  by: { readonly actor: string; readonly reason: string },
): Promise<void> {
  const says = `abort by ${by.actor}: ${by.reason || 'no reason given'}`;
  await ports.ledger.endRelease(release.releaseId, { kind: 'rejected', says }, ports.clock.now());
  await note(ports, release, 'ReleaseWithdrawn', says, { actor: by.actor, once: '1' });
}

/** Readable, within the 80 characters of an execution's name, and the same for the same wish. */
export function releaseIdOf(endpoint: string, version: string, intent: Intent, generation: number): string {
  const digest = sha256(`${endpoint}\n${version}\n${intent}\n${generation}`).slice(0, 10);
  const readable = `${endpoint}-${version}`.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 50);
  return `${intent === 'release' ? 'rel' : 'back'}-${readable}-${digest}`;
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
  if (wish.intent === 'rollback') {
    const row = await ports.ledger.endpoint(config.endpoint);
    return row?.previousGood?.version ?? row?.lastGood?.version ?? 'none';
  }
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

async function supersede(ports: Ports, config: EndpointConfig, by: ReleaseRecord): Promise<void> {
  // A policy that is not there is refused, and recorded, by the release's claim.
  const policy = ports.environment.policies[config.policy];
  if (by.intent !== 'release' || policy?.onNewVersion !== 'supersede') return;
  const all = await ports.ledger.releases({ endpoint: config.endpoint });
  // Only older ones: two versions that arrive at once must not end each other.
  const earlier = all.slice(
    0,
    all.findIndex(({ releaseId }) => releaseId === by.releaseId),
  );
  const reason = `version ${by.version} was registered`;
  for (const release of earlier.filter((one) => one.intent === 'release')) {
    if (release.phase === 'queued') {
      await ports.ledger.endRelease(
        release.releaseId,
        { kind: 'superseded', says: reason },
        ports.clock.now(),
      );
    } else if (release.phase === 'running') {
      const commandId = `supersede-${release.releaseId}-${by.releaseId}`;
      const at = ports.clock.now();
      await accept(ports, {
        commandId,
        releaseId: release.releaseId,
        kind: 'supersede',
        actor: by.requestedBy,
        reason,
        at,
      });
    }
  }
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
  await ports.ledger.endRelease(releaseId, { kind: 'rejected', says }, ports.clock.now());
  return true;
}
