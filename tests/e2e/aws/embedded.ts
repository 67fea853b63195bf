import { ScaledClock } from '../../../local/clock.ts';
import { type Controller, openController } from '../../../local/compose.ts';
import { readEnvironment } from '../../../local/environment.ts';
import type { Workspace } from '../../../local/workspace/workspace.ts';
import type { Secrets } from '../../../src/app/ports/secrets.ts';
import { statesEntered } from './states.ts';
import { hostsOf, registerGoodVersion, startSimulator, subject, versionRegistered } from './subject.ts';

/** It takes half a minute where nothing else runs. */
const longestMs = 240_000;

export interface EmbeddedRun {
  readonly release: readonly string[];
  readonly rollback: readonly string[];
}

/**
 * The same release and the same rollback on the embedded engine, against a workspace of its own.
 * @param data a folder that does not exist yet
 */
export async function runEmbedded(data: string, stop: AbortSignal): Promise<EmbeddedRun> {
  const workspace = await startSimulator();
  const environment = readEnvironment(subject.environmentFile, hostsOf(workspace));
  const clock = ScaledClock.real();
  const controller = openController({ clock, data, environment, secrets: secretsOf(workspace) });
  try {
    await controller.operations.adopt(subject.endpoint, subject.actor);
    const version = await registerGoodVersion(workspace);
    await controller.ports.bus.publish(versionRegistered(version));
    const [release] = await controller.ports.ledger.releases({ version: String(version) });
    if (!release?.executionArn) throw new Error('The event started no release on the embedded engine.');
    const released = await followed(controller, release.executionArn, release.releaseId, stop);
    const { executionArn } = await controller.engine.startExecution({
      machine: 'release',
      name: 'rollback-by-hand',
      input: { endpoint: subject.endpoint, intent: 'rollback' },
    });
    return { release: released, rollback: await followed(controller, executionArn, undefined, stop) };
  } finally {
    await controller.close();
    await workspace.close();
  }
}

/** Approves where the release waits for a person. */
async function followed(
  controller: Controller,
  executionArn: string,
  releaseId: string | undefined,
  stop: AbortSignal,
): Promise<string[]> {
  let approved = false;
  for (const deadline = Date.now() + longestMs; ; ) {
    stop.throwIfAborted();
    if (Date.now() > deadline) throw new Error(`${executionArn} did not end on the embedded engine.`);
    const { status, state } = await controller.engine.describeExecution(executionArn);
    if (status !== 'RUNNING') break;
    if (state === 'Approve' && releaseId !== undefined && !approved) {
      const request = { kind: 'approve' as const, reason: 'looks right', actor: subject.actor };
      // Rejected while the release does not wait for it yet.
      approved = (await controller.operations.command(releaseId, request)).phase === 'applied';
    }
    await new Promise((wake) => setTimeout(wake, 200));
  }
  return statesEntered(await controller.engine.getExecutionHistory(executionArn));
}

function secretsOf(workspace: Workspace): Secrets {
  const values: Readonly<Record<string, string>> = {
    'env:CLIENT_ID': workspace.clientId,
    'env:CLIENT_SECRET': workspace.clientSecret,
    'env:TOKEN': workspace.token,
  };
  return {
    read: async (reference) => {
      const value = values[reference];
      if (value === undefined) throw new RangeError(`There is no ${reference} here.`);
      return value;
    },
  };
}
