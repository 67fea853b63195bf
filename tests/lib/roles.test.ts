import { describe, expect, it } from 'vitest';
import { type FunctionName, functionNames, reaches } from '../../src/contracts/functions.ts';
import type { EnvironmentConfig } from '../../src/contracts/policy.ts';
import { grantsIn, rolesOf } from './roles-in-words.ts';
import { shipped } from './shipped.ts';
import { synthesised } from './synthesised.ts';

const file = shipped('production');
const api = { url: 'https://example.com/graphql', keyId: 'env:KEY_ID', token: 'env:TOKEN' };
const monteCarlo = { secrets: ['env:SECRET'], api };
/** With everything configured that a function may reach. */
const production = synthesised({ ...file, intake: { ...file.intake, monteCarlo } });
const roles = rolesOf(production);

interface Seen {
  readonly workspaces: readonly string[];
  readonly evidence: boolean;
  readonly machine: readonly string[];
  readonly bus: boolean;
  readonly webhook: string | null;
  readonly incidents: boolean;
}

/** What a granted action reveals of the reach of its function; the opposite direction of how roles are made. */
function reachIn(grants: readonly string[]): Seen {
  const of = (pattern: RegExp) => grants.flatMap((grant) => pattern.exec(grant)?.[1] ?? []);
  const secrets = (kind: string) =>
    of(new RegExp(`^secretsmanager:GetSecretValue on headgate/production/${kind}/(.+)$`));
  const rights = {
    start: 'states:StartExecution on states stateMachine:headgate-production-release',
    respond: 'states:StartExecution on states stateMachine:headgate-production-alert-response',
    answer: 'states:SendTaskSuccess on states stateMachine:headgate-production-release',
    describe: 'states:DescribeExecution on states execution:headgate-production-release:*',
    stop: 'states:StopExecution on states execution:headgate-production-release:*',
  };
  const [webhook = null] = secrets('intake');
  return {
    workspaces: secrets('workspace'),
    evidence: grants.includes('s3:PutObject on Stores/Evidence/releases/*'),
    machine: (['start', 'respond', 'answer', 'describe', 'stop'] as const).filter((right) =>
      grants.includes(rights[right]),
    ),
    bus: grants.includes('events:PutEvents on Bus'),
    webhook,
    incidents: secrets('api').includes('monteCarlo'),
  };
}

const sorted = ({ workspaces, machine, ...rest }: Seen) => ({
  ...rest,
  workspaces: [...workspaces].sort(),
  machine: [...machine].sort(),
});

describe('the execution role of', () => {
  it.each(functionNames)('%s grants exactly what its contract says', (name) => {
    const grants = grantsIn(roles[name] ?? '', production);
    expect(sorted(reachIn(grants))).toEqual(sorted(reaches[name]));
  });

  it('each function is its own', () => {
    expect(Object.keys(roles).sort()).toEqual([...functionNames].sort());
    expect(new Set(Object.values(roles)).size).toBe(functionNames.length);
  });

  it.each(functionNames)('%s grants nothing that no reach stands for', (name) => {
    const known = [
      /^dynamodb:(Get|BatchGet|Put|Update|Delete|ConditionCheck)Item on Stores\/Ledger$/,
      /^dynamodb:Query on Stores\/Ledger$/,
      /^s3:(Get|Put)Object on Stores\/Evidence\/(releases|endpoints|alerts)\/\*$/,
      /^s3:ListBucket on Stores\/Evidence$/,
      /^secretsmanager:GetSecretValue on headgate\/production\/(workspace|intake|api)\/[a-zA-Z]+$/,
      /^events:PutEvents on Bus$/,
      /^states:(StartExecution|SendTaskSuccess|SendTaskFailure) on states stateMachine:headgate-production-release$/,
      /^states:StartExecution on states stateMachine:headgate-production-alert-response$/,
      /^states:(Describe|Stop)Execution on states execution:headgate-production-release:\*$/,
      new RegExp(`^logs:(CreateLogStream|PutLogEvents) on Functions/${name}Log$`),
      /^xray:Put(TraceSegments|TelemetryRecords) on \*$/,
      ...(name === 'StartRelease' || name === 'RespondToAlert'
        ? [new RegExp(`^sqs:SendMessage on Undelivered/${name}$`)]
        : []),
    ];
    const grants = grantsIn(roles[name] ?? '', production);
    expect(grants.filter((grant) => !known.some((pattern) => pattern.test(grant)))).toEqual([]);
  });

  it('no function has a second policy', () => {
    expect(production.ofType('AWS::IAM::Policy')).toEqual([]);
    expect(production.ofType('AWS::IAM::ManagedPolicy')).toEqual([]);
    for (const { Properties } of production.ofType('AWS::IAM::Role'))
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
  });
});

describe('a secret that somebody else keeps', () => {
  const environment = shipped('production');
  const borrowed: EnvironmentConfig = {
    ...environment,
    workspaces: {
      ...environment.workspaces,
      staging: {
        host: 'https://staging.example.com',
        credentials: { kind: 'pat', token: 'aws:databricks/staging#token' },
      },
    },
    intake: {
      mlflow: { secrets: ['aws:arn:aws:secretsmanager:eu-west-1:111122223333:secret:mlflow-AbCdEf'] },
    },
  };
  const at = synthesised(borrowed);
  const readers = (resource: string): FunctionName[] =>
    functionNames.filter((name) =>
      grantsIn(rolesOf(at)[name] ?? '', at).includes(`secretsmanager:GetSecretValue on ${resource}`),
    );

  it('is read by the functions of its workspace, by name', () => {
    expect(readers('secretsmanager secret:databricks/staging-??????').sort()).toEqual(
      functionNames.filter((name) => reaches[name].workspaces.includes('staging')).sort(),
    );
  });

  it('is read by the receiver of its sender, by ARN', () => {
    expect(readers('arn:aws:secretsmanager:eu-west-1:111122223333:secret:mlflow-AbCdEf')).toEqual([
      'ReceiveRegistryNews',
    ]);
  });

  it('is not made by the stack', () => {
    const made = at.ofType('AWS::SecretsManager::Secret').map(({ Properties }) => Properties['Name']);
    expect(made.sort()).toEqual(
      ['evaluate', 'production', 'test'].map((role) => `headgate/production/workspace/${role}`),
    );
  });
});
