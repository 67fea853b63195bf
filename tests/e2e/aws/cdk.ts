import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { programPath, projectFolder, run, type Variables } from '../processes.ts';
import { account, type Emulator } from './emulator.ts';
import { subject } from './subject.ts';

export const stackName = `headgate-${subject.environment}`;

/** What the stack says of itself: names and addresses that a person needs after the first deployment. */
const outputs = z.object({
  IntakeUrl: z.url(),
  MachineArn: z.string().startsWith('arn:'),
  BusName: z.string().min(1),
  LedgerTable: z.string().min(1),
  EvidenceBucket: z.string().min(1),
  OperateFunction: z.string().min(1),
  SecretsToFill: z.string(),
});
export type StackOutputs = z.output<typeof outputs>;

interface CdkSetting {
  readonly emulator: Emulator;
  /** For the templates and everything else that the CDK writes. */
  readonly folder: string;
  readonly hosts: Variables;
  readonly stop: AbortSignal;
}

/** The folder of templates and bundles. */
export const assemblyFolder = (folder: string): string => join(folder, 'cdk.out');

/** What an account needs once before anything can be deployed to it. */
export async function bootstrap(setting: CdkSetting): Promise<void> {
  // In a folder without an app: the account is named, so there is nothing to synthesise for it.
  await cdk(['bootstrap', `aws://${account.id}/${account.region}`], setting, setting.folder);
}

/** `cdk deploy` of the shipped app with the configuration of this test. */
export async function deploy(setting: CdkSetting): Promise<StackOutputs> {
  const file = join(setting.folder, 'outputs.json');
  const output = assemblyFolder(setting.folder);
  const ours = ['--context', `configs=${subject.configs}`, '--output', output, '--outputs-file', file];
  await cdk(['deploy', stackName, '--require-approval', 'never', ...ours], setting);
  const written = z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(file, 'utf8')));
  return outputs.parse(written[stackName]);
}

function cdk(args: readonly string[], setting: CdkSetting, cwd = projectFolder): Promise<string> {
  const { emulator, folder, hosts, stop } = setting;
  const env = {
    ...emulator.variables,
    ...hosts,
    PATH: programPath,
    HOME: folder,
    TMPDIR: folder,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CI: 'true',
  };
  return run('cdk', [...args, '--no-notices'], { env, cwd, stop });
}
