import { randomBytes, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { ScaledClock } from '../../../local/clock.ts';
import { briskProfile } from '../../../local/workspace/profiles/brisk.ts';
import { startWorkspace, type Workspace } from '../../../local/workspace/workspace.ts';
import { eventSource, type ModelVersionRegistered } from '../../../src/contracts/events.ts';

/** What both engines are given: the same policy, the same kind of version, a workspace of the same make. */

const configsFolder = fileURLToPath(new URL('configs', import.meta.url));

export const subject = {
  environment: 'staging',
  configs: configsFolder,
  environmentFile: `${configsFolder}/staging.yaml`,
  /** The registry's name of the model, and Unity Catalog's. */
  model: 'fraud',
  ucModel: 'prod.ml.fraud',
  endpoint: 'fraud-prod',
  alias: 'champion',
  actor: 'end-to-end test',
} as const;

const healthy = { errorRate: 0.002, latencyMs: { median: 48, sigma: 0.4 }, quality: 0.95 };

/** Anew in each run, so that a value found anywhere comes from this run. */
export interface SharedSecrets {
  readonly mlflow: string;
}

export const madeUpSecrets = (): SharedSecrets => ({ mlflow: `mlf${randomBytes(24).toString('hex')}` });

/** Version 1 serves. In real time, because the emulator's functions have no other clock. */
export function startSimulator(): Promise<Workspace> {
  return startWorkspace({ clock: ScaledClock.real(), seed: 7, profile: briskProfile });
}

/** @returns its number */
export function registerGoodVersion(workspace: Workspace): Promise<number> {
  return workspace.registerVersion(subject.ucModel, { behaviour: healthy });
}

/** `HEADGATE_..` variables that put the simulator in the place of the configured hosts. */
export function hostsOf(workspace: Workspace): Record<string, string> {
  const roles = ['PRODUCTION', 'STAGING', 'EVALUATE', 'TEST'];
  return Object.fromEntries(roles.map((role) => [`HEADGATE_WORKSPACES__${role}__HOST`, workspace.host]));
}

export function versionRegistered(version: number): ModelVersionRegistered {
  return {
    type: 'ModelVersionRegistered',
    metadata: { eventId: randomUUID(), at: new Date().toISOString(), source: eventSource },
    data: { model: subject.model, version: String(version) },
  };
}
