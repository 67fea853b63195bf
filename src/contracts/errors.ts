/** What a retry of the same call can do for an error. The state machine's Retry blocks are checked against it. */
export type RetryRule =
  /** The same call may succeed soon: retried with growing pauses, in any state that throws it. */
  | 'backoff'
  /** Not an error yet: what was asked for is on its way. Retried at an even pace until the state's bound. */
  | 'poll'
  /** The same call gives the same answer; the machine's Catch decides. */
  | 'never';

const table = {
  // The ledger's answers: which rule broke.
  LeaseHeldByOther: { retry: 'never', says: 'another release owns the endpoint' },
  LeaseLost: { retry: 'never', says: 'the endpoint has a higher epoch: this execution no longer owns it' },
  ReleaseInterrupted: {
    retry: 'never',
    says: 'a command or an alert ends the release; the baseline is restored',
  },
  HoldRequested: { retry: 'never', says: 'the release waits for a person' },
  ForeignChange: { retry: 'never', says: 'somebody else changed the endpoint during the release' },
  EndpointFrozen: {
    retry: 'never',
    says: 'a person froze the endpoint; `headgate freeze E --off` lifts that',
  },
  EndpointDraining: {
    // It takes 150 s at most: ten tries at a growing distance could end before.
    retry: 'poll',
    says: 'a write that was recorded before may still arrive: until then nothing moves forward, and no restore is final',
  },
  RollbackNotReady: {
    retry: 'never',
    says: 'the baseline could not take all traffic back now, so the candidate gets no more',
  },
  FreezeWindow: {
    retry: 'never',
    says: 'policy lets nothing move forward now; the release goes on by itself when the window is over',
  },
  LedgerUnavailable: { retry: 'backoff', says: 'the ledger or the evidence store did not answer' },

  // Why a release is refused before it touches anything.
  UnknownEndpoint: {
    retry: 'never',
    says: 'the configuration names no such endpoint, or the workspace has none',
  },
  UnknownModelVersion: { retry: 'never', says: 'the registry has no such version, or it is not READY' },
  PolicyInvalid: { retry: 'never', says: 'the policy cannot be used for this endpoint' },
  SeveralEntitiesWithTraffic: { retry: 'never', says: 'more than one served entity has traffic' },
  GatewayFallbackOn: {
    retry: 'never',
    says: 'the gateway re-sends failed requests and would hide a bad candidate',
  },
  RouteOptimisedEndpoint: { retry: 'never', says: 'route-optimised endpoints are not supported yet' },
  EndpointStopped: { retry: 'never', says: 'the endpoint is stopped or not ready' },
  EndpointUpdateInProgress: { retry: 'never', says: 'the endpoint is in the middle of an update' },
  StepWithoutGates: { retry: 'never', says: 'a step that no gate judges would promote without evidence' },
  NoLastGood: { retry: 'never', says: 'no verified configuration to roll back to; adopt the endpoint first' },
  UndeclaredHiddenFields: {
    retry: 'never',
    says: 'fields that the workspace does not show must be declared in policy',
  },
  AlreadyServing: { retry: 'never', says: 'the version already serves all traffic' },
  ArtefactChanged: { retry: 'never', says: 'the registered version is not the one that was planned' },

  // A stage or a gate said no.
  StageFailed: { retry: 'never', says: 'a stage did not pass' },
  EvidenceInvalid: { retry: 'never', says: 'a result does not follow its contract and is not evidence' },
  DeadlinePassed: { retry: 'never', says: 'a wait was not decided by its deadline' },

  // The workspace's answers.
  DatabricksThrottled: { retry: 'backoff', says: 'the workspace answered 429' },
  DatabricksUnavailable: { retry: 'backoff', says: 'the workspace answered 5xx, or not at all' },
  DatabricksConflict: { retry: 'backoff', says: 'the endpoint has an update in progress (409)' },
  DatabricksUnauthenticated: {
    retry: 'backoff',
    says: 'the workspace refused our credentials (401, or 403 with a number as error code)',
  },
  DatabricksForbidden: { retry: 'never', says: 'the service principal lacks a permission' },
  DatabricksNotFound: { retry: 'never', says: 'the workspace has no such object' },
  DatabricksRejected: { retry: 'never', says: 'the workspace refused the request as invalid' },
  DatabricksAnswerUnreadable: { retry: 'backoff', says: 'the answer is not what its contract says' },
  StatementFailed: { retry: 'never', says: 'a SQL statement failed' },
  EndpointUpdateFailed: {
    retry: 'never',
    says: 'the endpoint update failed; the old configuration still serves',
  },
  TrafficSettling: { retry: 'poll', says: 'the endpoint does not yet serve what was asked for' },

  MonteCarloUnavailable: { retry: 'backoff', says: "Monte Carlo's API did not answer, or refused to" },

  // Intake.
  WebhookRefused: {
    retry: 'never',
    says: 'a delivery is unsigned, wrongly signed, stale, oversized or malformed',
  },
  ConfigurationInvalid: { retry: 'never', says: 'a configuration file has an error' },
  UnknownRelease: { retry: 'never', says: 'there is no release by that id' },
  ContractBroken: {
    retry: 'never',
    says: 'a handler was given or answered what its contract does not allow',
  },
  CommandRejected: { retry: 'never', says: 'a command does not fit what the release is doing' },
} as const satisfies Record<string, { retry: RetryRule; says: string }>;

export type ErrorName = keyof typeof table;

export const errors: Readonly<Record<ErrorName, { readonly retry: RetryRule; readonly says: string }>> =
  table;

/** The one error class of the project. `name` is what happened (a key of `errors`), `message` is for people. */
export class ReleaseError extends Error {
  override readonly name: ErrorName;
  /** Facts that a caller in the same process may branch on; never a secret. The machine sees name and message only. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    name: ErrorName,
    message: string,
    options?: { cause?: unknown; facts?: Record<string, unknown> },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = name;
    this.facts = options?.facts ?? {};
  }
}

export function isReleaseError<N extends ErrorName>(
  error: unknown,
  ...names: N[]
): error is ReleaseError & { name: N } {
  return error instanceof ReleaseError && (names.length === 0 || (names as ErrorName[]).includes(error.name));
}
