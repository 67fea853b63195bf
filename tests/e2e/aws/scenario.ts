import { randomUUID } from 'node:crypto';
import type { Workspace } from '../../../local/workspace/workspace.ts';
import { commandAnswer } from '../../../src/contracts/api.ts';
import { say } from '../progress.ts';
import type { Account } from './account.ts';
import type { StackOutputs } from './cdk.ts';
import { appearing, type Execution, executionsOf, followed, lastEvents, startByHand } from './execution.ts';
import { registerGoodVersion, type SharedSecrets, subject, versionRegistered } from './subject.ts';
import { truthOf, untrue } from './truth.ts';
import { deliverNews } from './webhook.ts';

/** One release and one rollback on the deployed stack, as its users would make them happen. */
export interface Stage {
  readonly account: Account;
  readonly outputs: StackOutputs;
  readonly workspace: Workspace;
  readonly shared: SharedSecrets;
  readonly stop: AbortSignal;
}

export interface Ending {
  readonly execution: Execution;
  /** What should be so and is not, in words; empty when all is well. */
  readonly faults: readonly string[];
}

/** Fills the places that the stack made for secrets. What it prepared there means nothing to anybody. */
export async function fillSecrets({ account, outputs, workspace, shared }: Stage): Promise<void> {
  const { clientId, clientSecret, token } = workspace;
  for (const name of outputs.SecretsToFill.split(' ')) {
    if (name.endsWith('/intake/mlflow')) await account.putSecret(name, shared.mlflow);
    else if (name.endsWith('/workspace/test')) await account.putSecret(name, JSON.stringify({ token }));
    else await account.putSecret(name, JSON.stringify({ clientId, clientSecret }));
  }
}

export async function adopt({ account, outputs }: Stage): Promise<void> {
  const path = `/v1/endpoints/${subject.endpoint}/adopt`;
  await account.operate(outputs, { method: 'POST', path, body: { actor: subject.actor } });
}

/** @returns the version, and the execution that its event started */
export async function announce(stage: Stage): Promise<{ version: number; arn: string }> {
  const { account, outputs, workspace, stop } = stage;
  const version = await registerGoodVersion(workspace);
  const event = versionRegistered(version);
  await account.putEvent(outputs, event);
  // Events come at least once.
  await account.putEvent(outputs, event);
  return { version, arn: await appearing(account, outputs.MachineArn, 30, stop) };
}

/**
 * The intake's door, its secret and its signature check, with news that is known already; and with news of a model that
 * nobody mapped the whole way behind the door: intake, bus, rule, subscriber. @returns what is wrong
 */
export async function knock(stage: Stage, version: number): Promise<string[]> {
  const { account, outputs, shared } = stage;
  const { model } = subject;
  const forged = await deliverNews(account.url, outputs, {
    model,
    version,
    secret: `${shared.mlflow.slice(0, -1)}!`,
  });
  const signed = await deliverNews(account.url, outputs, { model, version, secret: shared.mlflow });
  const stranger = `unmapped-${randomUUID()}`;
  await deliverNews(account.url, outputs, { model: stranger, version: 1, secret: shared.mlflow });
  const arrived = await ignored(stage, stranger);
  say(`         intake: signed ${signed.code} ${signed.outcome}, forged ${forged.code} ${forged.outcome}`);
  return [
    ...(forged.code === 403 ? [] : [`the intake answered a forged signature ${forged.code}, not 403`]),
    ...(signed.code === 202 ? [] : [`the intake answered a true signature ${signed.code}, not 202`]),
    ...(arrived ? [] : ["what the intake took did not reach the bus's subscriber within 75 s"]),
  ];
}

/** Whether the subscriber of the bus has noted that it does not know the model. The watcher publishes what the intake could not. */
async function ignored({ account, outputs, stop }: Stage, model: string): Promise<boolean> {
  for (let tries = 0; tries < 150; tries++) {
    stop.throwIfAborted();
    const lines = (await account.rows(outputs.LedgerTable)).map((row) => String(row['entry'] ?? ''));
    if (lines.some((line) => line.includes('"VersionIgnored"') && line.includes(model))) return true;
    await new Promise((wake) => setTimeout(wake, 500));
  }
  return false;
}

export async function release(stage: Stage, version: number, arn: string): Promise<Ending> {
  const { account, outputs, stop } = stage;
  const execution = await followed(account, arn, {
    withinS: 240,
    stop,
    onState: async (state) => {
      if (state === 'Approve') await approve(stage, arn);
    },
  });
  const started = await executionsOf(account, outputs.MachineArn);
  const faults = [
    ...endedAs(execution, 'Promoted'),
    ...untrue(await truthOf(stage.workspace, account, outputs), String(version)),
    ...(started.length === 1 ? [] : [`one version started ${started.length} releases`]),
    ...(await certificateFaults(stage, arn)),
  ];
  return { execution, faults };
}

/** By hand, as in the console of Step Functions. */
export async function rollBack(stage: Stage, before: number): Promise<Ending> {
  const { account, outputs, stop } = stage;
  const input = { endpoint: subject.endpoint, intent: 'rollback' };
  const arn = await startByHand(account, outputs.MachineArn, 'rollback-by-hand', input);
  const execution = await followed(account, arn, { withinS: 90, stop });
  const faults = [
    ...endedAs(execution, 'BaselineRestored'),
    ...untrue(await truthOf(stage.workspace, account, outputs), String(before)),
  ];
  return { execution, faults };
}

/** An approval that comes before the release waits for one is rejected: the state is entered a moment before that. */
async function approve({ account, outputs, stop }: Stage, arn: string): Promise<void> {
  const path = `/v1/releases/${releaseIdOf(arn)}/commands`;
  const body = { kind: 'approve', reason: 'looks right', actor: subject.actor };
  for (let tries = 0; tries < 30; tries++) {
    stop.throwIfAborted();
    const { phase } = commandAnswer.parse(await account.operate(outputs, { method: 'POST', path, body }));
    if (phase === 'applied') return;
    await new Promise((wake) => setTimeout(wake, 500));
  }
  throw new Error(`The approval of ${arn} was not taken.`);
}

function endedAs({ status, states, history }: Execution, end: string): string[] {
  if (status === 'SUCCEEDED' && states.at(-1) === end) return [];
  return [`it ended ${status} in ${states.at(-1)}, not in ${end}. Its last events:\n${lastEvents(history)}`];
}

async function certificateFaults({ account, outputs }: Stage, arn: string): Promise<string[]> {
  const keys = await account.objectKeys(outputs.EvidenceBucket);
  const certificates = keys.filter((key) => key.startsWith(`releases/${releaseIdOf(arn)}/certificates/`));
  // One for each of the two steps, and one for the soak.
  return certificates.length >= 3
    ? []
    : [`S3 holds ${certificates.length} certificates of it, not 3: ${keys.join(' ')}`];
}

/** The execution of a release has its name. */
export const releaseIdOf = (executionArn: string): string => executionArn.split(':').at(-1) ?? '';
