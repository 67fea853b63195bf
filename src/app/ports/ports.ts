import type { BusEvent } from '../../contracts/events.ts';
import type { EnvironmentConfig } from '../../contracts/policy.ts';
import type { WorkspaceRole } from '../../contracts/workspace-roles.ts';
import type { Clock } from './clock.ts';
import type { EvidenceStore } from './evidence-store.ts';
import type { Incidents } from './incidents.ts';
import type { Ledger } from './ledger.ts';
import type { Machine } from './machine.ts';
import type { DataAlertMessage, RegistryMessage, WebhookSource } from './webhooks.ts';
import type { Workspace } from './workspace.ts';

/** Carries our events from intake to whoever subscribes; at least once. */
export interface EventBus {
  publish(event: BusEvent): Promise<void>;
}

/** A place of plain files, one for each endpoint, that a person can read when nothing of ours runs any more. */
export interface Shelf {
  /** Replaces what was there, whole or not at all. */
  put(endpoint: string, text: string): Promise<void>;
}

/** Everything a handler may reach. Members are read on first use, so that building a handler reads nothing. */
export interface Ports {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly evidence: EvidenceStore;
  readonly machine: Machine;
  readonly bus: EventBus;
  readonly environment: EnvironmentConfig;
  /** @throws `ConfigurationInvalid` when the environment names no workspace for the role. */
  workspace(role: WorkspaceRole): Workspace;
  readonly mlflow: WebhookSource<RegistryMessage>;
  readonly monteCarlo: WebhookSource<DataAlertMessage>;
  readonly incidents: Incidents;
  /** Absent where there is no place beside Headgate's own stores but the workspace. */
  readonly shelves?: readonly Shelf[];
}
