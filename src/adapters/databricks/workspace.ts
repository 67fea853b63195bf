import type { Workspace } from '../../app/ports/workspace.ts';
import { createDatabricksClient } from './client.ts';
import { jobRuns } from './job-runs.ts';
import { modelRegistry } from './model-registry.ts';
import { requestEvidence } from './request-evidence.ts';
import { servingEndpoints } from './serving-endpoints.ts';
import type { DatabricksOptions } from './transport.ts';

/**
 * A workspace by what releases need of it. Reads nothing and sends nothing before the first call.
 * @throws `ConfigurationInvalid` for an unusable host
 */
export function databricksWorkspace(options: DatabricksOptions): Workspace {
  const client = createDatabricksClient(options);
  return {
    serving: servingEndpoints(client.serving, options.clock),
    jobs: jobRuns(client.jobs),
    registry: modelRegistry(client.registry),
    requests: requestEvidence(client.statements),
  };
}
