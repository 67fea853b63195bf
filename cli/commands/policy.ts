import { globSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { readEnvironment } from '../../local/environment.ts';
import { chanceWarnings } from '../../src/app/gate-specs.ts';
import { powerDocument, powerWarnings } from '../../src/app/power-report.ts';
import { ReleaseError } from '../../src/contracts/errors.ts';
import type { EnvironmentConfig } from '../../src/contracts/policy.ts';
import type { Session } from '../context.ts';
import { CliFault, mendFor } from '../fault.ts';
import { printable } from '../render.ts';
import { addPolicyPower } from './policy-power.ts';

export function addPolicy(program: Command, session: Session): void {
  const policy = program.command('policy').description('look at policies before anything runs');
  policy
    .command('check')
    .description('check environment files: schema, names, plans and what the stages need')
    .argument('[files...]', 'every file of configs/ when absent')
    .addHelpText(
      'after',
      '\nHEADGATE_... overrides of the environment are applied. Secrets are not looked up: `headgate serve` does that when it starts.\n\nExamples:\n  headgate policy check\n  headgate policy check configs/production.yaml --json',
    )
    .action(
      session.ends(async (named: string[]) => {
        const { host, env, folder } = session.context;
        const files = named.length > 0 ? named : globSync('configs/*.yaml', { cwd: folder }).sort();
        if (files.length === 0) {
          throw new CliFault('UsageError', 'there is no configs/*.yaml here', 'name a file', 'usage');
        }
        const { good, bad } = checkAll(files, folder, env);
        if (bad.length > 0) throw faultOver(bad);
        if (session.options().json)
          host.json({ files: good.map(({ file, config }) => summary(file, config)) });
        else for (const { file, config } of good) host.out(says(file, config));
        return 'ok';
      }),
    );
  addPolicyPower(policy, session);
}

function checkAll(
  files: readonly string[],
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
) {
  const good: { file: string; config: EnvironmentConfig }[] = [];
  const bad: ReleaseError[] = [];
  for (const file of files) {
    try {
      good.push({ file, config: readEnvironment(resolve(folder, file), env, file) });
    } catch (thrown) {
      if (!(thrown instanceof ReleaseError)) throw thrown;
      bad.push(thrown);
    }
  }
  return { good, bad };
}

function faultOver(bad: readonly ReleaseError[]): CliFault {
  const problems = bad.flatMap(({ facts }) => facts['problems'] ?? []);
  const message = bad.map((error) => error.message).join('\n');
  return new CliFault('ConfigurationInvalid', message, mendFor('ConfigurationInvalid'), 'usage', {
    facts: { problems },
  });
}

function summary(file: string, config: EnvironmentConfig) {
  const { environment, endpoints, policies } = config;
  return {
    file,
    environment,
    endpoints: Object.keys(endpoints),
    policies: Object.keys(policies),
    warnings: [...chancesOf(config), ...warningsFor(config)],
  };
}

function chancesOf({ policies }: EnvironmentConfig): string[] {
  return Object.entries(policies).flatMap(([name, { gates }]) =>
    chanceWarnings(gates).map((says) => `policy ${name}, ${says}`),
  );
}

/** Gates that the configured traffic may not decide in time: told, and no reason to refuse the file. */
function warningsFor({ endpoints, policies }: EnvironmentConfig): string[] {
  return Object.values(endpoints).flatMap(({ endpoint, policy: name, traffic }) => {
    const policy = Object.hasOwn(policies, name) ? policies[name] : undefined;
    if (!policy || !traffic) return [];
    return powerWarnings(powerDocument(policy, traffic, 'the configuration')).map(
      (says) => `${endpoint}, ${says}`,
    );
  });
}

function says(file: string, config: EnvironmentConfig): string {
  const { environment, endpoints, policies, warnings } = summary(file, config);
  return [
    `${file}: fine. Environment ${environment}; endpoints: ${endpoints.join(', ')}; policies: ${policies.join(', ')}.`,
    ...warnings.map((warning) => `  warning: ${warning}`),
  ]
    .map(printable)
    .join('\n');
}
