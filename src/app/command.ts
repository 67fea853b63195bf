import { ReleaseError } from '../contracts/errors.ts';
import { type Command, effectOf } from '../domain/release.ts';
import type { CommandRow, Wait, WaitDecision } from './ports/ledger.ts';
import type { Ports } from './ports/ports.ts';
import { note } from './trail.ts';
import { decideWait, stageDone, stopped } from './wait.ts';

/** The only door for people and alerts: accepted into the ledger first, then applied or rejected with a reason. */

/**
 * @throws `CommandRejected` when the release is not running. A repeated commandId answers the row that exists.
 */
export async function accept(ports: Ports, command: Command): Promise<CommandRow> {
  const release = await ports.ledger.release(command.releaseId);
  if (!release) throw new ReleaseError('UnknownRelease', `There is no release ${command.releaseId}.`);
  const row = await ports.ledger.addCommand(command);
  await note(ports, release, 'CommandAccepted', `${command.kind}: ${command.reason || 'no reason given'}`, {
    actor: command.actor,
    once: command.commandId,
  });
  if (row.phase === 'pending') await apply(ports, row);
  const after = (await ports.ledger.commands(command.releaseId)).find(
    (one) => one.commandId === command.commandId,
  );
  return after ?? row;
}

/** Brings a pending command to wherever the release stands still. Idempotent; the watcher calls it again. */
export async function apply(ports: Ports, command: CommandRow): Promise<void> {
  const waits = (await ports.ledger.unclosedWaits(command.releaseId)).filter((wait) => wait.phase === 'open');
  switch (effectOf(command.kind)) {
    case 'restore': {
      // A restore that is already waiting needs no second push.
      const stopping = waits.filter((wait) => wait.kind !== 'restore');
      for (const wait of stopping) await decideWait(ports, wait, interruption('ReleaseInterrupted', command));
      return;
    }
    case 'hold': {
      const moving = waits.filter((wait) => wait.kind !== 'restore' && wait.kind !== 'hold');
      for (const wait of moving) await decideWait(ports, wait, interruption('HoldRequested', command));
      return;
    }
    case 'continue':
      return command.kind === 'approve' ? approve(ports, command, waits) : resume(ports, command, waits);
  }
}

/** Marks what stopped the release as done, once the release obeys it. */
export async function settle(
  ports: Ports,
  releaseId: string,
  effect: 'restore' | 'hold',
  says: string,
): Promise<void> {
  for (const command of await ports.ledger.commands(releaseId)) {
    if (command.phase === 'pending' && effectOf(command.kind) === effect) {
      await ports.ledger.settleCommand(command.commandId, 'applied', says);
    }
  }
}

function interruption(error: 'ReleaseInterrupted' | 'HoldRequested', command: CommandRow) {
  const { commandId, kind, actor, reason } = command;
  return stopped(error, `${kind} by ${actor}: ${reason || 'no reason given'}`, {
    commandId,
    kind,
    actor,
    reason,
  });
}

async function approve(ports: Ports, command: CommandRow, waits: readonly Wait[]): Promise<void> {
  const wait = waits.find((one) => one.kind === 'approval');
  if (!wait) return reject(ports, command, waits, 'is not waiting for an approval');
  await ports.ledger.settleCommand(command.commandId, 'applied', 'counted');
  const decision = await approved(ports, wait);
  if (decision) await decideWait(ports, wait, decision);
}

/** The end of an approval once enough different people were counted; undefined until then. */
export async function approved(ports: Ports, wait: Wait): Promise<WaitDecision | undefined> {
  const counted = (await ports.ledger.commands(wait.releaseId)).filter(
    (one) => one.kind === 'approve' && one.phase === 'applied',
  );
  const voices = [...new Set(counted.map((one) => one.actor))];
  const enough = voices.length >= Number(wait.reference['approvals']);
  return enough ? stageDone(`approved by ${voices.join(', ')}`) : undefined;
}

async function resume(ports: Ports, command: CommandRow, waits: readonly Wait[]): Promise<void> {
  const wait = waits.find((one) => one.kind === 'hold');
  if (!wait) return reject(ports, command, waits, 'is not held');
  await ports.ledger.settleCommand(command.commandId, 'applied', 'resumed');
  await decideWait(ports, wait, { kind: 'done', says: 'resumed', output: { next: 'resume' } });
}

async function reject(ports: Ports, command: CommandRow, waits: readonly Wait[], why: string): Promise<void> {
  const where = waits[0]?.state;
  const says = `The release ${why}${where ? `: it stands in ${where}` : ''}.`;
  await ports.ledger.settleCommand(command.commandId, 'rejected', says);
}
