import { isPerson } from '../contracts/actors.ts';
import { ReleaseError } from '../contracts/errors.ts';
import { askedBy, type Command, effectOf } from '../domain/release.ts';
import type { CommandRow, Wait, WaitDecision } from './ports/ledger.ts';
import type { Ports } from './ports/ports.ts';
import { note } from './trail.ts';
import { decideWait, stageDone, stopped } from './wait.ts';

/**
 * The only door for people and alerts: accepted into the ledger first, then applied or rejected with a reason. What
 * becomes of each kind in each state stands in docs/operations.md, and tests/scenarios/commands.test.ts plays it.
 */

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

/** Brings a pending command to wherever the release stands. Idempotent; the watcher calls it again. */
export async function apply(ports: Ports, command: CommandRow): Promise<void> {
  const waits = (await ports.ledger.unclosedWaits(command.releaseId)).filter((wait) => wait.phase === 'open');
  const end = (phase: 'applied' | 'rejected', says: string) =>
    ports.ledger.settleCommand(command.commandId, phase, says);
  // A wait for the restore is there also where the ledger did not hear of its beginning.
  if (waits.some((wait) => wait.kind === 'restore') || (await wayBackBegan(ports, command.releaseId))) {
    const wanted = effectOf(command.kind) === 'restore';
    return wanted ? end('applied', `${already}.`) : end('rejected', `${already}: ${notNow[command.kind]}.`);
  }
  switch (effectOf(command.kind)) {
    case 'restore':
      for (const wait of waits) await decideWait(ports, wait, interruption('ReleaseInterrupted', command));
      return;
    case 'hold':
      return hold(ports, command, waits, end);
    case 'continue':
      return command.kind === 'approve'
        ? approve(ports, command, waits, end)
        : resume(ports, command, waits, end);
  }
}

type End = (phase: 'applied' | 'rejected', says: string) => Promise<void>;

const already = 'The baseline is being restored already';
const notNow: Readonly<Record<Command['kind'], string>> = {
  rollback: '',
  alert: '',
  abort: '',
  supersede: '',
  hold: 'a restore is never held',
  resume: 'the release goes no further',
  approve: 'there is nothing to approve any more',
};

/** From here on the release only goes back, whatever is asked of it. */
async function wayBackBegan(ports: Ports, releaseId: string): Promise<boolean> {
  const release = await ports.ledger.release(releaseId);
  const row = release && (await ports.ledger.endpoint(release.endpoint));
  return row?.phase === 'restoring' && row.owner?.releaseId === releaseId;
}

/** Marks what stopped the release as done once the release obeys it, and holds as refused once it goes back. */
export async function settle(
  ports: Ports,
  releaseId: string,
  effect: 'restore' | 'hold',
  says: string,
  phase: 'applied' | 'rejected' = 'applied',
): Promise<void> {
  for (const command of await ports.ledger.commands(releaseId)) {
    if (command.phase === 'pending' && effectOf(command.kind) === effect) {
      await ports.ledger.settleCommand(command.commandId, phase, says);
    }
  }
}

function interruption(error: 'ReleaseInterrupted' | 'HoldRequested', command: CommandRow) {
  const { commandId, kind, actor, reason } = command;
  return stopped(error, askedBy(kind, actor, reason), {
    commandId,
    kind,
    actor,
    reason,
  });
}

async function hold(ports: Ports, command: CommandRow, waits: readonly Wait[], end: End): Promise<void> {
  const release = await ports.ledger.release(command.releaseId);
  if (release?.intent === 'rollback') return end('rejected', 'A rollback is never held.');
  const held = waits.find((wait) => wait.kind === 'hold');
  if (held) {
    // Stays pending, and so holds at the next step, where that hold ends by what came before this command.
    if (await endsBy(ports, held, command)) return;
    return end('applied', 'It is held already; this is kept as one more reason.');
  }
  // Settled by the state Hold once it stands there: until then nothing moves forward past this row.
  for (const wait of waits) await decideWait(ports, wait, interruption('HoldRequested', command));
}

/** Whether a hold ends, or has ended, by a resume that came before the command. */
async function endsBy(ports: Ports, held: Wait, { releaseId, order }: CommandRow): Promise<boolean> {
  const commands = await ports.ledger.commands(releaseId);
  if (commands.some((one) => one.kind === 'resume' && one.phase === 'pending' && one.order < order))
    return true;
  // Looked at after the commands: a resume that is settled by now has decided the wait before.
  return (await ports.ledger.wait(held))?.phase !== 'open';
}

async function approve(ports: Ports, command: CommandRow, waits: readonly Wait[], end: End): Promise<void> {
  const wait = waits.find((one) => one.kind === 'approval');
  if (!wait) return end('rejected', `The release is not waiting for an approval${standing(waits)}.`);
  if (!isPerson(command.actor)) return end('rejected', `Only people approve, and ${command.actor} is none.`);
  const before = await voices(ports, wait);
  const wanted = Number(wait.reference['approvals']);
  if (before.includes(command.actor)) {
    const more = `${before.length} of ${wanted} are there; the next has to be somebody else's`;
    return end('rejected', `${command.actor} has approved it already: ${more}.`);
  }
  await end('applied', `counted: ${before.length + 1} of ${wanted}`);
  const decision = await approved(ports, wait);
  if (decision) await decideWait(ports, wait, decision);
}

/** The end of an approval once enough different people were counted; undefined until then. */
export async function approved(ports: Ports, wait: Wait): Promise<WaitDecision | undefined> {
  const counted = await voices(ports, wait);
  const enough = counted.length >= Number(wait.reference['approvals']);
  return enough ? stageDone(`approved by ${counted.join(', ')}`) : undefined;
}

async function voices(ports: Ports, { releaseId }: Wait): Promise<string[]> {
  const commands = await ports.ledger.commands(releaseId);
  const counted = commands.filter((one) => one.kind === 'approve' && one.phase === 'applied');
  return [...new Set(counted.map((one) => one.actor))];
}

async function resume(ports: Ports, command: CommandRow, waits: readonly Wait[], end: End): Promise<void> {
  const wait = waits.find((one) => one.kind === 'hold');
  if (!wait) return resumeUnheld(ports, command, waits, end);
  const later = (await heldBy(ports, command.releaseId)).find(({ order }) => order > command.order);
  if (later) {
    const why = `${later.actor} asked for another since (${later.reason || 'no reason given'})`;
    return end('applied', `It lifts the holds before it, and the release stays held: ${why}.`);
  }
  const refusal = await whyHeldOn(ports, wait, command);
  if (refusal !== undefined) return end('rejected', refusal);
  const says = `resumed by ${command.actor}`;
  // Decided first: another end of the hold (harm, an abort, the deadline) may have come before this one.
  const first = await decideWait(ports, wait, { kind: 'done', says, output: { next: 'resume' } });
  if (first) return end('applied', says);
  const other = (await ports.ledger.wait(wait))?.decision?.says ?? 'the hold had ended';
  return end('rejected', `It came too late: ${other}.`);
}

async function resumeUnheld(
  ports: Ports,
  command: CommandRow,
  waits: readonly Wait[],
  end: End,
): Promise<void> {
  const commands = await ports.ledger.commands(command.releaseId);
  const holdAhead = commands.some(
    (one) => one.kind === 'hold' && one.phase === 'pending' && one.order < command.order,
  );
  // It ends the hold that is about to begin: applied when the release stands there.
  if (holdAhead) return;
  // This process ended after the hold's row was decided and before the command was settled.
  if (waits.some((wait) => wait.since > command.at)) return end('applied', `resumed by ${command.actor}`);
  return end('rejected', `The release is not held${standing(waits)}.`);
}

/** Why a hold stays although somebody wants to go on; undefined where it may end. */
async function whyHeldOn(ports: Ports, wait: Wait, command: CommandRow): Promise<string | undefined> {
  const { actor } = command;
  const freeze = (await ports.ledger.endpoint(wait.endpoint))?.freeze;
  if (freeze) {
    const why = `${wait.endpoint} is frozen by ${freeze.by} (${freeze.reason || 'no reason given'})`;
    return `${why}: \`headgate freeze ${wait.endpoint} --off\` comes first.`;
  }
  if (isPerson(actor)) return undefined;
  const reasons = await heldBy(ports, wait.releaseId);
  // What automation held it may release. Every other hold is a person's matter.
  const own = reasons.length > 0 && reasons.every((one) => one.actor === actor && sameIncident(one, command));
  if (madeByCommand(wait) && own) return undefined;
  return `It is held for more than ${actor} asked for: a person resumes it.`;
}

/**
 * Whether automation lifts what it held for the same incident. Both reasons begin with the incident: a hold's goes on
 * with its type in brackets, a resume's with what became of it.
 */
function sameIncident(hold: CommandRow, resume: CommandRow): boolean {
  const [incident] = resume.reason.split(' is closed');
  return hold.reason.startsWith(`${incident} (`);
}

/** Whether a command made the hold, and not what the release met: a foreign change, missing evidence, a policy. */
const madeByCommand = (wait: Wait): boolean => typeof wait.reference['heldBy'] === 'string';

/** The holds that were asked for since the release went on last. */
export async function heldBy(ports: Ports, releaseId: string): Promise<readonly CommandRow[]> {
  const commands = await ports.ledger.commands(releaseId);
  const went = commands.findLastIndex((one) => one.kind === 'resume' && one.phase === 'applied');
  return commands.slice(went + 1).filter((one) => one.kind === 'hold' && one.phase !== 'rejected');
}

function standing([wait]: readonly Wait[]): string {
  return wait ? `: it stands in ${wait.state}` : '';
}
