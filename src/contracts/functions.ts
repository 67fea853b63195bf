import * as z from 'zod';
import { type AlertStateName, alertStateNames, alertStates } from './alert-states.ts';
import { type StateName, stateNames, states } from './states.ts';
import { type WorkspaceRole, workspaceRoles } from './workspace-roles.ts';

/**
 * What a function may reach besides the ledger and the clock. On AWS its execution role grants this and nothing else;
 * in one process it is handed ports that refuse the rest. So a reach that is missing shows in the tests, not in
 * production.
 */
export interface Reach {
  /** Workspaces whose secret it may read. */
  readonly workspaces: readonly WorkspaceRole[];
  readonly evidence: boolean;
  /** `start` releases, `respond` to alerts, `answer` task tokens, `describe` and `stop` executions. */
  readonly machine: readonly ('start' | 'respond' | 'answer' | 'describe' | 'stop')[];
  readonly bus: boolean;
  /** The sender whose shared secrets it may read. */
  readonly webhook: WebhookSender | null;
  /** Monte Carlo's API, and its keys. */
  readonly incidents: boolean;
}

export type WebhookSender = 'mlflow' | 'monteCarlo';

/** Where each sender delivers, on one machine and on AWS. */
export const intakePaths = {
  mlflow: '/intake/mlflow',
  monteCarlo: '/intake/monte-carlo',
} as const satisfies Record<WebhookSender, string>;

/** Functions that no state calls: the doors of the controller. */
export const entryPoints = [
  'ReceiveRegistryNews',
  'ReceiveDataAlert',
  'StartRelease',
  'RespondToAlert',
  'Watch',
  'Reconcile',
  'Operate',
] as const;
export type EntryPoint = (typeof entryPoints)[number];
export type FunctionName = StateName | AlertStateName | EntryPoint;
// Said to be free of effects, so that a bundle that does not use it holds no schema of another state for it.
export const functionNames: readonly FunctionName[] = /* @__PURE__ */ (
  stateNames as readonly FunctionName[]
).concat(alertStateNames, entryPoints);

const nothing: Reach = {
  workspaces: [],
  evidence: false,
  machine: [],
  bus: false,
  webhook: null,
  incidents: false,
};
/** The endpoint itself, and the documents that decisions rest on. */
const target: Reach = { ...nothing, workspaces: ['production'], evidence: true };
/** A wait answers its own token where the row was decided already. */
const standing: Reach = { ...target, machine: ['answer'] };
/** One that is only looked at: the watcher does all that is done to the endpoint meanwhile. */
const lookedAt: Reach = { ...standing, workspaces: [] };
/** Beginning a release may end another one's wait, and asks whether executions are over. */
const starting: Reach = { ...target, machine: ['start', 'answer', 'describe'] };

export const reaches: Readonly<Record<FunctionName, Reach>> = {
  ClaimEndpoint: target,
  PlanRelease: target,
  Test: { ...standing, workspaces: ['test'] },
  Evaluate: { ...standing, workspaces: ['evaluate'] },
  AssessIntegration: target,
  DeployToStaging: { ...standing, workspaces: ['staging'] },
  VerifyStaging: { ...standing, workspaces: ['staging'] },
  Approve: lookedAt,
  WarmCandidate: standing,
  Shadow: lookedAt,
  ShiftTraffic: target,
  VerifyTraffic: target,
  Bake: lookedAt,
  // It judges a snapshot that the watcher froze.
  JudgeHealth: { ...target, workspaces: [] },
  Hold: lookedAt,
  Promote: target,
  RetireBaseline: lookedAt,
  RestoreBaseline: target,
  VerifyBaseline: target,
  AwaitBaseline: { ...lookedAt, evidence: false },
  RecordIncident: target,
  Conclude: { ...target, machine: ['start', 'describe'] },
  ReadAlert: { ...nothing, incidents: true },
  AttributeAlert: { ...nothing, evidence: true },
  // It tells a release in flight, and starts the rollback of one that was promoted.
  ApplyAlert: starting,
  CommentAlert: { ...nothing, incidents: true },
  QuarantineAlert: nothing,
  ReceiveRegistryNews: { ...nothing, bus: true, webhook: 'mlflow' },
  ReceiveDataAlert: { ...nothing, bus: true, webhook: 'monteCarlo' },
  // What a release needs of the workspace is asked by its claim.
  StartRelease: { ...starting, workspaces: [], evidence: false },
  RespondToAlert: { ...nothing, evidence: true, machine: ['respond'] },
  // It looks at the waits of every stage, each in the workspace where that stage works.
  Watch: { ...starting, workspaces: workspaceRoles, bus: true },
  // It calls the stages of the way back itself, starts what waits behind it, and the drills that are due.
  Reconcile: starting,
  // A person who takes an endpoint ends the execution that had it.
  Operate: { ...starting, machine: [...starting.machine, 'stop'] },
};

/**
 * How long a function may run. A state's function ends before the state's own time-out, so that the machine sees
 * what the handler threw.
 */
export function functionTimeoutS(name: FunctionName): number {
  switch (name) {
    case 'ReceiveRegistryNews':
    case 'ReceiveDataAlert':
      // API Gateway waits 30 s at most.
      return 25;
    case 'StartRelease':
    case 'RespondToAlert':
    case 'Operate':
      return 60;
    case 'Watch':
    case 'Reconcile':
      // Called once a minute, looks until the next call, and may need half a minute for the last look.
      return 90;
    default:
      // A wait's function ends as soon as its row is written, long before the wait does.
      return Math.min(timeoutOf(name), 90) - 5;
  }
}

const timeoutOf = (name: StateName | AlertStateName): number =>
  name in alertStates ? alertStates[name as AlertStateName].timeoutS : states[name as StateName].timeoutS;

/** What a function on AWS is told by its environment variables; names and ARNs only. */
export const functionEnvironment = z.object({
  LEDGER_TABLE: z.string().min(1),
  EVIDENCE_BUCKET: z.string().min(1),
  BUS_NAME: z.string().min(1),
  RELEASE_MACHINE_ARN: z.string().min(1),
  ALERT_MACHINE_ARN: z.string().min(1),
});
export type FunctionEnvironment = z.output<typeof functionEnvironment>;
