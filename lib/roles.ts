import { Duration } from 'aws-cdk-lib';
import {
  Effect,
  type IRole,
  PolicyDocument,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { type FunctionName, reaches } from '../src/contracts/functions.ts';
import { accept, acceptWildcard } from './accepted.ts';

/** ARNs of what functions reach. */
export interface Places {
  readonly ledger: string;
  readonly evidence: string;
  readonly bus: string;
  readonly machine: string;
  readonly executions: string;
  readonly alertMachine: string;
  /** Where the function writes its log. */
  readonly log: string;
  /** Where an event goes that it could not handle; for subscribers of the bus. */
  readonly undelivered?: string;
  /** Secrets of the workspaces and senders that it may read. */
  readonly secrets: readonly string[];
}

export interface Grant {
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

/** A transaction needs the right to each kind of write in it, and to its condition checks. */
const ledgerActions = [
  'dynamodb:GetItem',
  'dynamodb:BatchGetItem',
  'dynamodb:Query',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:ConditionCheckItem',
];

/** Folders of the evidence that the use cases write to. */
const evidenceFolders = ['releases', 'endpoints', 'alerts'] as const;

/** What the execution role of a function grants: its `reaches`, and a log and traces of its own. Nothing else. */
export function grantsOf(name: FunctionName, at: Places): readonly Grant[] {
  const reach = reaches[name];
  const grants: (Grant | false)[] = [
    { sid: 'Ledger', actions: ledgerActions, resources: [at.ledger] },
    reach.evidence && {
      sid: 'Evidence',
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: evidenceFolders.map((folder) => `${at.evidence}/${folder}/*`),
    },
    // Without it S3 says that a missing document is forbidden, and nobody could tell the two apart.
    reach.evidence && { sid: 'MissingEvidence', actions: ['s3:ListBucket'], resources: [at.evidence] },
    at.secrets.length > 0 && {
      sid: 'Secrets',
      actions: ['secretsmanager:GetSecretValue'],
      resources: at.secrets,
    },
    reach.bus && { sid: 'Publish', actions: ['events:PutEvents'], resources: [at.bus] },
    reach.machine.includes('start') && {
      sid: 'StartReleases',
      actions: ['states:StartExecution'],
      resources: [at.machine],
    },
    reach.machine.includes('respond') && {
      sid: 'RespondToAlerts',
      actions: ['states:StartExecution'],
      resources: [at.alertMachine],
    },
    reach.machine.includes('answer') && {
      sid: 'AnswerWaits',
      actions: ['states:SendTaskSuccess', 'states:SendTaskFailure'],
      resources: [at.machine],
    },
    reach.machine.includes('describe') && {
      sid: 'ReadReleases',
      actions: ['states:DescribeExecution'],
      resources: [at.executions],
    },
    reach.machine.includes('stop') && {
      sid: 'StopReleases',
      actions: ['states:StopExecution'],
      resources: [at.executions],
    },
    at.undelivered !== undefined && {
      sid: 'Undelivered',
      actions: ['sqs:SendMessage'],
      resources: [at.undelivered],
    },
    // The ARN of a log group ends in `:*`, which stands for its streams.
    { sid: 'Log', actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [at.log] },
    { sid: 'Traces', actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] },
  ];
  return grants.filter((grant) => grant !== false);
}

const wildcards: Readonly<Record<string, string>> = {
  Evidence:
    'Documents are named when they are written; a role reaches the three folders of ours and no other.',
  ReadReleases: 'Executions of this one machine: each has a name of its own.',
  StopReleases: 'Executions of this one machine: each has a name of its own.',
  Traces: 'X-Ray has no resources to name.',
};

/** One role for one function. CDK adds nothing to it: what it grants is written above. */
export function executionRole(scope: Construct, id: string, name: FunctionName, at: Places): IRole {
  const grants = grantsOf(name, at);
  const role = new Role(scope, id, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: `What ${name} may reach, and nothing else`,
    maxSessionDuration: Duration.hours(1),
    inlinePolicies: { reach: documentOf(grants) },
  });
  for (const { sid, resources } of grants) {
    for (const resource of resources.filter((one) => one.endsWith('*')))
      acceptWildcard(role, resource, wildcards[sid] ?? '');
  }
  accept(role, 'Serverless-LambdaStarPermissions', 'Each wildcard is accepted by itself, by its resource.');
  return role.withoutPolicyUpdates();
}

export function documentOf(grants: readonly Grant[]): PolicyDocument {
  return new PolicyDocument({
    statements: grants.map(
      ({ sid, actions, resources }) =>
        new PolicyStatement({ sid, effect: Effect.ALLOW, actions: [...actions], resources: [...resources] }),
    ),
  });
}
