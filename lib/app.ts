import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import type { EnvironmentConfig } from '../src/contracts/policy.ts';
import { environmentsIn } from './environment-files.ts';
import { bundleFunctions, codeFor, sizeTable } from './function-code.ts';
import { Headgate } from './headgate.ts';

/**
 * A stack for each environment file, then the templates. Context: `configs` the folder of environment files,
 * `environment` the only one to read, `sizes` to be told what the functions weigh.
 * @throws ReleaseError `ConfigurationInvalid`
 */
export async function synthesise(app: App, read: (path: string) => EnvironmentConfig): Promise<void> {
  const folder = contextOf(app, 'configs') ?? 'configs';
  const environments = environmentsIn({ folder, only: contextOf(app, 'environment'), read });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  // CDK copies the bundles into its output as the functions are made.
  const bundles = await mkdtemp(join(tmpdir(), 'headgate-functions-'));
  try {
    const functions = await bundleFunctions(join(bundles, 'functions'));
    if (contextOf(app, 'sizes') !== undefined)
      process.stderr.write(`Functions, minified:\n${sizeTable(functions)}\n\n`);
    for (const environment of environments) {
      new Headgate(app, {
        environment,
        code: await codeFor(environment, functions, join(bundles, environment.environment)),
        terminationProtection: environment.environment === 'production',
      });
    }
    app.synth();
  } finally {
    await rm(bundles, { recursive: true, force: true });
  }
}

function contextOf(app: App, key: string): string | undefined {
  const value: unknown = app.node.tryGetContext(key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
