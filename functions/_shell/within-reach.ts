import type { EvidenceStore } from '../../src/app/ports/evidence-store.ts';
import type { Machine } from '../../src/app/ports/machine.ts';
import type { Ports } from '../../src/app/ports/ports.ts';
import { ReleaseError } from '../../src/contracts/errors.ts';
import { type FunctionName, type Reach, reaches } from '../../src/contracts/functions.ts';

/** `ports` as the function `name` may use them: what its contract does not grant is refused by name. */
export function withinReach(name: FunctionName, ports: Ports): Ports {
  const reach = reaches[name];
  const require = (granted: boolean, what: string): void => {
    if (granted) return;
    throw new ReleaseError(
      'ContractBroken',
      `${name} reaches for ${what}, which its contract does not grant`,
    );
  };
  return {
    get clock() {
      return ports.clock;
    },
    get ledger() {
      return ports.ledger;
    },
    get environment() {
      return ports.environment;
    },
    evidence: evidenceWithin(reach, ports, require),
    shelves: reach.evidence ? (ports.shelves ?? []) : [],
    machine: machineWithin(reach, ports, require),
    bus: {
      publish: async (event) => {
        require(reach.bus, 'the bus');
        await ports.bus.publish(event);
      },
    },
    workspace: (role) => {
      require(reach.workspaces.includes(role), `the workspace ${role}`);
      return ports.workspace(role);
    },
    get mlflow() {
      require(reach.webhook === 'mlflow', "the registry's secrets");
      return ports.mlflow;
    },
    get monteCarlo() {
      require(reach.webhook === 'monteCarlo', "Monte Carlo's secrets");
      return ports.monteCarlo;
    },
    incidents: {
      read: async (incidentId) => {
        require(reach.incidents, "Monte Carlo's API");
        return ports.incidents.read(incidentId);
      },
      comment: async (incidentId, text) => {
        require(reach.incidents, "Monte Carlo's API");
        return ports.incidents.comment(incidentId, text);
      },
    },
  };
}

type Require = (granted: boolean, what: string) => void;

function evidenceWithin(reach: Reach, ports: Ports, require: Require): EvidenceStore {
  return {
    put: async (path, content, summary) => {
      require(reach.evidence, 'evidence');
      return ports.evidence.put(path, content, summary);
    },
    get: async (reference) => {
      require(reach.evidence, 'evidence');
      return ports.evidence.get(reference);
    },
  };
}

function machineWithin({ machine }: Reach, ports: Ports, require: Require): Machine {
  const granted = (right: Reach['machine'][number]) =>
    require(machine.includes(right), `the machine's "${right}"`);
  return {
    start: async (which, name, input) => {
      granted(which === 'release' ? 'start' : 'respond');
      return ports.machine.start(which, name, input);
    },
    succeed: async (token, output) => {
      granted('answer');
      return ports.machine.succeed(token, output);
    },
    fail: async (token, error, cause) => {
      granted('answer');
      return ports.machine.fail(token, error, cause);
    },
    stop: async (executionArn, cause) => {
      granted('stop');
      return ports.machine.stop(executionArn, cause);
    },
    phase: async (executionArn) => {
      granted('describe');
      return ports.machine.phase(executionArn);
    },
  };
}
