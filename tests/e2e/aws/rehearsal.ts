import { join } from 'node:path';
import type { Workspace } from '../../../local/workspace/workspace.ts';
import { programPath, projectFolder, run } from '../processes.ts';
import { type Progress, say } from '../progress.ts';
import { Account } from './account.ts';
import { assemblyFolder, bootstrap, deploy } from './cdk.ts';
import { differencesOf } from './differences.ts';
import { runEmbedded } from './embedded.ts';
import type { Emulator } from './emulator.ts';
import type { Findings } from './findings.ts';
import { leaksIn } from './leaks.ts';
import {
  adopt,
  announce,
  type Ending,
  fillSecrets,
  knock,
  release,
  releaseIdOf,
  rollBack,
  type Stage,
} from './scenario.ts';
import { parting } from './states.ts';
import { hostsOf, madeUpSecrets } from './subject.ts';
import { everythingWritten, unsearched } from './written.ts';

export interface Setting {
  readonly emulator: Emulator;
  readonly folder: string;
  readonly workspace: Workspace;
  readonly progress: Progress;
  readonly findings: Findings;
  readonly stop: AbortSignal;
}

/** The whole run on an emulator that answers: what it finds out goes to `findings`. @throws Error when it cannot go on */
export async function rehearse(setting: Setting): Promise<void> {
  const { emulator, folder, workspace, progress, findings } = setting;
  const failing = new AbortController();
  const stop = AbortSignal.any([setting.stop, failing.signal]);
  const cdk = { emulator, folder, hosts: hostsOf(workspace), stop };
  await progress.step('cdk bootstrap', () => bootstrap(cdk));
  const outputs = await progress.step('cdk deploy', () => deploy(cdk));
  const account = new Account(emulator.url);
  const stage: Stage = { account, outputs, workspace, shared: madeUpSecrets(), stop };
  await progress.step('secrets, adopt', async () => {
    await fillSecrets(stage);
    await adopt(stage);
  });
  const { version, arn } = await progress.step('an event starts a release', () => announce(stage));

  // The release waits for its first tick, as the schedule's first minute begins with the deployment.
  const [promotion, embedded, ...beside] = await together(failing, [
    progress.step('the release, on the emulator', () => release(stage, version, arn)),
    progress.step('the same on the embedded engine', () => runEmbedded(join(folder, 'embedded'), stop)),
    progress.step('the intake, by its URL', () => knock(stage, version)),
    progress.step('port contracts against the emulator', () => portContracts(emulator, stop)),
  ]);
  findings.faults.push(...beside.flat());
  findings.promoted = judged(findings, 'The release', promotion);

  const restoration = await progress.step('a rollback by hand', () => rollBack(stage, version - 1));
  findings.rolledBack = judged(findings, 'The rollback', restoration);

  const partings = [
    parting(promotion.execution.states, embedded.release),
    parting(restoration.execution.states, embedded.rollback),
  ].filter((one) => one !== undefined);
  findings.statesEqual = partings.length === 0;
  findings.faults.push(...partings.map((one) => `The sequences of states part ${one}`));
  say(
    `         states: ${promotion.execution.states.length} and ${restoration.execution.states.length}, as on the embedded engine: ${findings.statesEqual}`,
  );

  const histories = [promotion.execution, restoration.execution];
  const { history } = promotion.execution;
  const [leaked, differences] = await together(failing, [
    progress.step('no secret anywhere', () => leaks(stage, folder, histories)),
    progress.step('where the emulator differs', () => differencesOf({ account, outputs, history })),
  ]);
  findings.faults.push(...leaked);
  findings.differences.push(...differences);
  for (const difference of findings.differences) say(`         ${difference}`);
}

function judged(findings: Findings, what: string, { faults }: Ending): boolean {
  findings.faults.push(...faults.map((fault) => `${what}: ${fault}`));
  return faults.length === 0;
}

/** The suites that any adapter must pass, here the ones on AWS against the emulator's stores. @returns what is wrong */
async function portContracts(emulator: Emulator, stop: AbortSignal): Promise<string[]> {
  const env = { ...emulator.variables, PATH: programPath, HOME: process.env['HOME'] ?? '', NO_COLOR: '1' };
  const args = ['run', '--config', 'tests/e2e/vitest.config.ts'];
  const output = await run('vitest', args, { env, cwd: projectFolder, stop });
  const lines = output.split('\n').filter((line) => /^\s*(Test Files|Tests)\s/.test(line));
  for (const line of lines) say(`         ${line.trim()}`);
  return lines.length > 0 ? [] : ['The port contracts did not say what they ran.'];
}

async function leaks(
  { account, outputs, workspace, shared }: Stage,
  folder: string,
  histories: readonly Ending['execution'][],
): Promise<string[]> {
  const places = await everythingWritten(account, outputs, { assembly: assemblyFolder(folder), histories });
  const releaseId = releaseIdOf(histories[0]?.arn ?? '');
  const unproven = unsearched(places, {
    templates: outputs.OperateFunction,
    functions: outputs.LedgerTable,
    histories: releaseId,
    ledger: releaseId,
    evidence: releaseId,
    logs: releaseId,
  });
  const written = Object.values(places).flat();
  say(
    `         searched ${written.length} texts, ${(written.reduce((sum, { text }) => sum + text.length, 0) / 1e6).toFixed(1)} MB`,
  );
  const found = leaksIn(written, {
    values: {
      "the client's secret": workspace.clientSecret,
      'the personal access token': workspace.token,
      "the registry's shared secret": shared.mlflow,
    },
    // What the simulator mints for a client's secret.
    patterns: { 'an access token': /eyJ[0-9a-f]{61}/ },
  });
  return [
    ...found.map(({ place, secret }) => `${secret} was written to ${place}`),
    ...unproven.map(
      (kind) => `nothing of this run was found in ${kind}: the search for secrets proves nothing there`,
    ),
  ];
}

/** As Promise.all, but when one fails the others are stopped and waited for. */
async function together<T extends readonly unknown[]>(
  failing: AbortController,
  works: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<[...T]> {
  for (const work of works) work.catch((error: unknown) => failing.abort(error));
  await Promise.allSettled(works);
  return Promise.all(works) as Promise<[...T]>;
}
