import { onTestFinished } from 'vitest';
import { VirtualClock } from '../../../local/clock.ts';
import type { WorkspaceProfile } from '../../../local/workspace/profile.ts';
import { fraudProfile } from '../../../local/workspace/profiles/fraud.ts';
import { type Workspace as Simulator, startWorkspace } from '../../../local/workspace/workspace.ts';
import { createDatabricksClient } from '../../../src/adapters/databricks/client.ts';
import type { Statements } from '../../../src/adapters/databricks/statements.ts';
import type { DatabricksOptions } from '../../../src/adapters/databricks/transport.ts';
import { databricksWorkspace } from '../../../src/adapters/databricks/workspace.ts';
import type { Configuration, RequestQuestion, Workspace } from '../../../src/app/ports/workspace.ts';
import type { WindowCounts } from '../../../src/domain/evidence.ts';
import { split } from '../../../src/domain/traffic.ts';
import { instant, millis, percent } from '../../../src/domain/units.ts';

export const start = Date.parse('2026-03-02T09:00:00Z');
export const minute = 60_000;
export const warehouseId = '0123456789abcdef';
export const endpoint = 'fraud-prod';
export const add = { name: 'fraud-2', version: '2', like: 'fraud-1' };

export interface SimulatedWorkspace {
  readonly simulator: Simulator;
  /** Every call of it is work in flight for the clock. */
  readonly workspace: Workspace;
  readonly statements: Statements;
  readonly clock: VirtualClock;
  pass(ms: number): Promise<void>;
}

/** The port on the real client, over HTTP, in front of a simulated workspace with the fraud endpoints. */
export async function simulatedWorkspace(
  profile: Partial<WorkspaceProfile> = {},
): Promise<SimulatedWorkspace> {
  const clock = new VirtualClock(instant(start));
  const simulator = await startWorkspace({ clock, seed: 7, profile: { ...fraudProfile, ...profile } });
  onTestFinished(() => simulator.close());
  const { clientId, clientSecret, host } = simulator;
  const options: DatabricksOptions = {
    host,
    clock,
    credentials: async () => ({ kind: 'oauth', clientId, clientSecret }),
    fetch: (...request) => clock.busy(() => fetch(...request)),
  };
  const workspace = databricksWorkspace(options);
  const { statements } = createDatabricksClient(options);
  return { simulator, workspace, statements, clock, pass: (ms) => clock.sleep(millis(ms)) };
}

/** Sends a configuration and lets the update end. */
export async function settle({ workspace, pass }: SimulatedWorkspace, desired: Configuration): Promise<void> {
  await workspace.serving.replace(endpoint, desired);
  await pass(13 * minute);
}

/** A second version beside the first, with its share of the traffic. */
export async function canary(rig: SimulatedWorkspace, share: number, errorRate = 0.02): Promise<void> {
  const { simulator, workspace } = rig;
  await simulator.registerVersion('prod.ml.fraud', { behaviour: { errorRate } });
  const { configuration } = await workspace.serving.observe(endpoint);
  const shares = split('fraud-1', 'fraud-2', percent(share));
  await settle(rig, workspace.serving.change(configuration, { add, traffic: shares }));
}

export function question(changes: Partial<RequestQuestion> = {}): RequestQuestion {
  return {
    source: 'callers',
    table: 'prod.serving.caller_requests',
    warehouseId,
    endpoint,
    baseline: 'fraud-1',
    candidate: 'fraud-2',
    from: instant(start),
    until: instant(start + 60 * minute),
    span: millis(minute),
    latency: { widthMs: 10, buckets: 30 },
    stickyClient: null,
    pairs: null,
    readings: null,
    ...changes,
  };
}

export async function answered(
  rig: SimulatedWorkspace,
  about: RequestQuestion,
): Promise<readonly WindowCounts[]> {
  const { requests } = rig.workspace;
  const id = await requests.ask(about);
  for (let tries = 0; tries < 5; tries++) {
    const windows = await requests.answer(id, about);
    if (windows !== 'running') return windows;
    await rig.pass(minute);
  }
  throw new Error('no answer');
}

/** One count of one side, over all windows; 0 where a side is missing. */
export const sum = (
  windows: readonly WindowCounts[],
  side: 'baseline' | 'candidate',
  what: 'requests' | 'errors' | 'clientErrors' | 'throttled',
): number => windows.reduce((total, window) => total + (window[side]?.[what] ?? 0), 0);
