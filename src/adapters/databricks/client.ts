import { createJobs, type Jobs } from './jobs.ts';
import { createRegistry, type Registry } from './registry.ts';
import { createServing, type Serving } from './serving.ts';
import { createStatements, type Statements } from './statements.ts';
import { type DatabricksOptions, Transport } from './transport.ts';

/** One workspace. Every method throws `ReleaseError` under the Databricks names of the errors table. */
export interface DatabricksClient {
  readonly serving: Serving;
  readonly jobs: Jobs;
  readonly registry: Registry;
  readonly statements: Statements;
}

/** Reads nothing and sends nothing before the first call. @throws ReleaseError ConfigurationInvalid for an unusable host */
export function createDatabricksClient(options: DatabricksOptions): DatabricksClient {
  const transport = new Transport(options);
  return {
    serving: createServing(transport, options.clock),
    jobs: createJobs(transport),
    registry: createRegistry(transport),
    statements: createStatements(transport),
  };
}
