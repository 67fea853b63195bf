import Table from 'cli-table3';
import type { ReleaseView } from '../src/contracts/api.ts';
import type { Controller } from './compose.ts';
import type { Workspace } from './workspace/workspace.ts';

/** One row of the demo's end: exactly these keys are promised with `--json`. */
export interface DemoLine {
  readonly version: string;
  readonly outcome: string;
  readonly reason: string;
  readonly transitions: number;
  readonly canaryRequests: number;
  readonly badRequests: number;
  readonly rollbackSeconds: number | null;
  readonly certificate: string | null;
}

export interface DemoRelease {
  readonly line: DemoLine;
  readonly files: number;
  /** Where the end is not what was announced, or what is claimed is not what the workspace served. */
  readonly faults: readonly string[];
}

interface Ending {
  readonly decision?: { readonly says: string };
  readonly rollbackSeconds?: number | null;
  readonly served?: { readonly candidateRequests: number; readonly candidateErrors: number } | null;
  readonly observation?: {
    readonly windows: readonly {
      readonly candidate: { readonly requests: number; readonly errors: number };
    }[];
  };
}

export async function reportOf(
  controller: Controller,
  workspace: Workspace,
  view: ReleaseView,
  announced: string,
): Promise<DemoRelease> {
  const { evidence, ledger } = controller.ports;
  const certificates = view.files.filter((file) => file.ref.includes('/certificates/'));
  // The decision that moved all traffic, where there is one; else the last that was taken.
  const certificate =
    certificates.find((file) => file.ref.endsWith('-promote.json')) ?? certificates.at(-1) ?? null;
  const incident = view.files.find((file) => file.ref.endsWith('/incident.json'));
  const told = incident ?? certificate;
  const ending = told ? (JSON.parse(await evidence.get(told)) as Ending) : {};
  const served = ending.served ?? countsOf(ending);
  const record = await ledger.release(view.releaseId);
  const history = record?.executionArn
    ? await controller.engine.getExecutionHistory(record.executionArn)
    : [];
  const line: DemoLine = {
    version: view.version,
    outcome: view.outcome?.kind ?? 'none',
    reason:
      (view.outcome?.kind === 'promoted' ? ending.decision?.says : undefined) ?? view.outcome?.says ?? '',
    transitions: history.filter((event) => event.type.endsWith('StateEntered')).length,
    canaryRequests: served.candidateRequests,
    badRequests: served.candidateErrors,
    rollbackSeconds: ending.rollbackSeconds ?? null,
    certificate: certificate?.ref ?? null,
  };
  return { line, files: view.files.length, faults: await faultsOf(controller, workspace, view, announced) };
}

/** The claim is the ledger's last good version; the truth is what the simulator routes at this moment. */
async function faultsOf(
  controller: Controller,
  workspace: Workspace,
  view: ReleaseView,
  announced: string,
): Promise<string[]> {
  const faults: string[] = [];
  if (view.outcome?.kind !== announced) {
    faults.push(`version ${view.version}: ${view.outcome?.kind ?? 'no end'}, but ${announced} was announced`);
  }
  const row = await controller.ports.ledger.endpoint(view.endpoint);
  const truth = await workspace.truth(view.endpoint);
  const latest = truth.activations.at(-1);
  const routes = (latest?.routes ?? []).filter((route) => route.percentage > 0);
  const [route] = routes;
  if (routes.length !== 1 || route?.percentage !== 100 || route.servedEntity !== row?.lastGood?.entity) {
    const routed = routes.map((one) => `${one.servedEntity} ${one.percentage} %`).join(', ');
    faults.push(`claimed is ${row?.lastGood?.entity} at 100 %, routed is ${routed}`);
  }
  return faults;
}

function countsOf({ observation }: Ending): { candidateRequests: number; candidateErrors: number } {
  const windows = observation?.windows ?? [];
  return {
    candidateRequests: windows.reduce((sum, { candidate }) => sum + candidate.requests, 0),
    candidateErrors: windows.reduce((sum, { candidate }) => sum + candidate.errors, 0),
  };
}

export function tableOf(releases: readonly DemoRelease[]): string {
  const table = new Table({
    head: ['version', 'verdict', 'why', 'canary requests', 'bad requests', 'rollback', 'files'],
    colWidths: [9, 12, 62, 10, 10, 10, 7],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const { line, files } of releases) {
    const rollback = line.rollbackSeconds === null ? '' : `${Math.round(line.rollbackSeconds)} s`;
    table.push([
      line.version,
      line.outcome,
      line.reason,
      line.canaryRequests,
      line.badRequests,
      rollback,
      files,
    ]);
  }
  return table.toString();
}
