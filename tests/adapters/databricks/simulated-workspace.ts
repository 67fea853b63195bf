import { onTestFinished } from 'vitest';
import { VirtualClock } from '../../../local/clock.ts';
import type { WorkspaceProfile } from '../../../local/workspace/profile.ts';
import { fraudProfile } from '../../../local/workspace/profiles/fraud.ts';
import { type Workspace as Simulator, startWorkspace } from '../../../local/workspace/workspace.ts';
import { databricksWorkspace } from '../../../src/adapters/databricks/workspace.ts';
import type { Workspace } from '../../../src/app/ports/workspace.ts';
import { instant, millis } from '../../../src/domain/units.ts';

export const start = Date.parse('2026-03-02T09:00:00Z');
export const minute = 60_000;
export const warehouseId = '0123456789abcdef';

export interface SimulatedWorkspace {
  readonly simulator: Simulator;
  /** Every call of it is work in flight for the clock. */
  readonly workspace: Workspace;
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
  const workspace = databricksWorkspace({
    host,
    clock,
    credentials: async () => ({ kind: 'oauth', clientId, clientSecret }),
    fetch: (...request) => clock.busy(() => fetch(...request)),
  });
  return { simulator, workspace, clock, pass: (ms) => clock.sleep(millis(ms)) };
}
