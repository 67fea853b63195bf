import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { readEnvironment } from '../../local/environment.ts';
import {
  type PowerDocument,
  percentOf,
  powerDocument,
  powerWarnings,
  spanInWords,
  trafficOf,
} from '../../src/app/power-report.ts';
import type { EnvironmentConfig, Policy } from '../../src/contracts/policy.ts';
import type { ExpectedTraffic } from '../../src/contracts/traffic.ts';
import type { Session } from '../context.ts';
import { CliFault } from '../fault.ts';
import { columns, printable } from '../render.ts';

interface PowerOptions {
  readonly policy: string;
  readonly traffic: readonly string[];
  readonly steps?: readonly number[];
}

/** What was asked about, beside the answer. */
interface Asked {
  readonly file: string;
  readonly policy: string;
  readonly report: PowerDocument;
}

const usualFile = 'configs/production.yaml';

export function addPolicyPower(policy: Command, session: Session): void {
  policy
    .command('power')
    .description(
      'what a policy can decide at some traffic: how soon harm is seen, and a healthy version through',
    )
    .option(
      '--policy <policy>',
      'FILE, FILE#NAME, or the NAME of a policy of configs/production.yaml',
      usualFile,
    )
    .option(
      '--traffic <traffic>',
      'what usually comes, such as rate=16/s,errors=0.5%,p95=180ms; may be given several times. That of the endpoints with this policy when absent',
      (text: string, before: readonly string[]) => [...before, text],
      [] as readonly string[],
    )
    .option(
      '--steps <shares>',
      'ask about these shares, such as 1,5,25,50, in place of those of the policy',
      sharesIn,
    )
    .addHelpText(
      'after',
      '\nEnds with 8 when a gate cannot be decided by the deadline of its step. docs/policy.md explains the figures.\n\nExamples:\n  headgate policy power --traffic rate=16/s,errors=0.5%,p95=180ms\n  headgate policy power --steps 1,50 --traffic rate=10/min,errors=0.5%,p95=180ms\n  headgate policy power --policy configs/staging.yaml#default --traffic rate=10/min,errors=0.1% --json',
    )
    .action(
      session.ends(async (options: PowerOptions) => {
        const { host } = session.context;
        const asked = answersTo(options, session);
        if (session.options().json)
          host.json({ reports: asked.map(({ report, ...about }) => ({ ...about, ...report })) });
        else host.out(asked.map(inWords).join('\n\n'));
        return asked.some(({ report }) => hasUndecidable(report)) ? 'undecidable' : 'ok';
      }),
    );
}

function sharesIn(text: string): number[] {
  const shares = text.split(',').map(Number);
  if (shares.every((share) => Number.isInteger(share) && share >= 1 && share <= 100)) return shares;
  throw new InvalidArgumentError('shares are whole numbers from 1 to 100, such as 1,5,25,50.');
}

function answersTo({ policy: named, traffic, steps }: PowerOptions, { context }: Session): Asked[] {
  const isFile = /\.ya?ml(#|$)/.test(named);
  const [file = usualFile, chosen] = isFile ? named.split('#') : [usualFile, named];
  const environment = readEnvironment(resolve(context.folder, file), context.env, file);
  const name = chosen ?? onlyPolicy(environment, file);
  const written = Object.hasOwn(environment.policies, name) ? environment.policies[name] : undefined;
  if (!written) {
    const known = Object.keys(environment.policies).join(', ');
    throw new CliFault('PolicyInvalid', `${file} has no policy "${name}"`, `it has: ${known}`, 'usage');
  }
  const policy = steps === undefined ? written : withSteps(written, steps);
  return trafficsOf(traffic, environment, { file, name }).map(({ expected, source }) => ({
    file,
    policy: name,
    report: powerDocument(policy, expected, source),
  }));
}

function onlyPolicy({ policies }: EnvironmentConfig, file: string): string {
  const [first, ...others] = Object.keys(policies);
  if (first !== undefined && others.length === 0) return first;
  throw new CliFault(
    'PolicyInvalid',
    `${file} has ${others.length + 1} policies`,
    `name one: --policy ${file}#${first}`,
    'usage',
  );
}

/** Each share with the times and gates of the policy's first step. */
function withSteps(policy: Policy, shares: readonly number[]): Policy {
  const { strategy } = policy;
  const { minBake, deadline } = strategy.kind === 'canary' ? (strategy.steps[0] ?? {}) : strategy.step;
  return {
    ...policy,
    strategy: { kind: 'canary', steps: shares.map((candidate) => ({ candidate, minBake, deadline })) },
  };
}

function trafficsOf(
  texts: readonly string[],
  { endpoints }: EnvironmentConfig,
  { file, name }: { readonly file: string; readonly name: string },
): { expected: ExpectedTraffic; source: string }[] {
  if (texts.length > 0) return texts.map((text) => ({ expected: trafficOf(text), source: text }));
  const known = Object.values(endpoints).flatMap(({ endpoint, policy, traffic }) =>
    policy === name && traffic
      ? [{ expected: traffic, source: `the configured traffic of ${endpoint}` }]
      : [],
  );
  if (known.length > 0) return known;
  throw new CliFault(
    'UsageError',
    `no endpoint of ${file} with the policy "${name}" says what traffic it has`,
    'add --traffic rate=16/s,errors=0.5%,p95=180ms, or `traffic` to the endpoint',
    'usage',
  );
}

const hasUndecidable = ({ steps }: PowerDocument): boolean =>
  steps.some(({ gates }) => gates.some(({ verdict }) => verdict === 'undecidable'));

function inWords({ file, policy, report }: Asked): string {
  const { plan, steps, source } = report;
  const points = Math.ceil(100 * plan.error);
  const leftOut =
    plan.leftOut.length === 0 ? '' : ` Without ${plan.leftOut.join(', ')}, of which nothing is known.`;
  const warnings = powerWarnings(report);
  return printableLines([
    `${file}, policy ${policy}, at ${source}`,
    '',
    `Chance that a healthy release is promoted by its deadlines: ${percentOf(plan.promoted)}; within 3 hours: ${percentOf(plan.within3h)} (${plan.runs} runs, within ${points} points).`,
    `Half of the releases are promoted after ${ageOf(plan.medianS)}, 80 % after ${ageOf(plan.p80S)}.${leftOut}`,
    '',
    'When a healthy version is cleared, after the step began:',
    columns([
      ['step', 'gate', 'verdict', 'by deadline', 'median', '80 %', '90 %'],
      ...steps.flatMap(clearRows),
    ]),
    '',
    'When a worse one is rolled back, if it is worse from the start of the step:',
    columns([
      ['step', 'gate', 'what', 'by deadline', 'median', '90 %', 'bound'],
      ...steps.flatMap(sightRows),
    ]),
    ...(warnings.length === 0 ? [] : ['', ...warnings]),
  ]);
}

const printableLines = (lines: readonly string[]): string =>
  lines.flatMap((line) => line.split('\n').map(printable)).join('\n');

type StepRow = PowerDocument['steps'][number];

const clearRows = ({ candidate, deadlineS, gates }: StepRow): string[][] =>
  gates.map(({ gate, verdict, chance, clears }) => [
    `${candidate} %, ${ageOf(deadlineS)}`,
    gate,
    verdict,
    chance === null ? '' : percentOf(chance),
    ...(chance === null ? [] : [ageOf(clears.medianS), ageOf(clears.p80S), ageOf(clears.p90S)]),
  ]);

const sightRows = ({ candidate, gates }: StepRow): string[][] =>
  gates.flatMap(({ gate, sees }) =>
    sees.map(({ what, chance, medianS, p90S, bound }) => [
      `${candidate} %`,
      gate,
      what,
      percentOf(chance),
      ageOf(medianS),
      ageOf(p90S),
      bound === null ? '' : ageOf(bound.s),
    ]),
  );

const ageOf = (seconds: number | null): string => (seconds === null ? 'never' : spanInWords(seconds));
