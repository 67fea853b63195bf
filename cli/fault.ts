import { isReleaseError } from '../src/contracts/errors.ts';
import type { ExitName } from './exit-codes.ts';

/** What a command failed on, for the person at the terminal. */
export class CliFault extends Error {
  readonly mend: string;
  readonly exit: ExitName;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    name: string,
    message: string,
    mend: string,
    exit: ExitName,
    options: { cause?: unknown; facts?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = name;
    this.mend = mend;
    this.exit = exit;
    this.facts = options.facts ?? {};
  }
}

const mends: Readonly<Record<string, string>> = {
  UnknownEndpoint: '`headgate status` lists the endpoints; the configuration maps registry names to them',
  UnknownModelVersion:
    '`headgate status` shows what serves and what waits; look for the version in the registry',
  UnknownRelease: '`headgate status` lists the releases that are live',
  NoLastGood: 'run `headgate adopt ENDPOINT` once while it serves what it should',
  LeaseHeldByOther: '`headgate status` shows which release; wait for it, or `headgate abort`',
  EndpointFrozen: '`headgate freeze --list` says who and why; `headgate freeze ENDPOINT --off` lifts it',
  AlreadyServing: 'there is nothing to do',
  CommandRejected: '`headgate status` shows what the release is doing',
  ConfigurationInvalid: 'mend it and check with `headgate policy check`; docs/policy.md explains every key',
  PolicyInvalid: 'mend the policy and check with `headgate policy check`; docs/policy.md explains every key',
  Unauthenticated: 'run from the folder in which `headgate serve` runs, or set HEADGATE_API_TOKEN',
  DatabricksUnauthenticated: "check the workspace's credentials where the configuration refers to them",
  DatabricksForbidden: 'grant the service principal what the message names',
};

/** A start that was refused for something beside the configuration: what that is, by the fact that tells it. */
const mendsByFact: readonly (readonly [fact: string, mend: string])[] = [
  ['inUse', 'stop that controller, or name another folder with --data'],
  ['dataFolder', 'the folder holds tokens; docs/operations.md says which folder is taken'],
  ['port', 'stop what listens there, or name another port; 0 takes any that is free'],
];

/** The line that says how to go on after an error of this name. */
export function mendFor(name: string, facts: Readonly<Record<string, unknown>> = {}): string {
  const byFact = name === 'ConfigurationInvalid' && mendsByFact.find(([fact]) => fact in facts);
  if (byFact) return byFact[1];
  return mends[name] ?? '`headgate status` shows where things stand; docs/operations.md says what to do';
}

/** Any error as one that can be told. */
export function faultOf(thrown: unknown): CliFault {
  if (thrown instanceof CliFault) return thrown;
  if (isReleaseError(thrown)) {
    const exit = isReleaseError(thrown, 'ConfigurationInvalid', 'PolicyInvalid') ? 'usage' : 'unexpected';
    return new CliFault(thrown.name, thrown.message, mendFor(thrown.name, thrown.facts), exit, {
      cause: thrown,
      facts: thrown.facts,
    });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const mend = 'set HEADGATE_DEBUG=1 to see where it came from, and report it';
  return new CliFault('Unexpected', message.split('\n', 1)[0] || 'unknown', mend, 'unexpected', {
    cause: thrown,
  });
}
