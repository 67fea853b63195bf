import { describe, expect, it } from 'vitest';
import { onAws, secretsOf } from '../../lib/secrets.ts';
import { type EnvironmentConfig, environmentSchema } from '../../src/contracts/policy.ts';

const oauth = (clientId: string, clientSecret: string) => ({ kind: 'oauth', clientId, clientSecret });
const pat = (token: string) => ({ kind: 'pat', token });

function environmentOf(
  credentials: Partial<Record<'test' | 'staging' | 'production', object>>,
  intake: object = {},
): EnvironmentConfig {
  const workspaces = Object.fromEntries(
    Object.entries(credentials).map(([role, given]) => [
      role,
      { host: `https://${role}.example.com`, credentials: given },
    ]),
  );
  return environmentSchema.parse({
    environment: 'staging',
    workspaces,
    endpoints: {},
    policies: {},
    intake,
  });
}

describe('the environment on AWS', () => {
  it('refers to the secret that the stack makes for each role and sender', () => {
    const environment = environmentOf(
      { test: pat('env:TEST_TOKEN'), production: oauth('env:ID', 'file:secret.json#clientSecret') },
      { mlflow: { secrets: ['env:A', 'env:B'] }, monteCarlo: { secrets: ['file:c'] } },
    );
    const { workspaces, intake } = onAws(environment);
    expect(workspaces.test?.credentials).toEqual(pat('aws:headgate/staging/workspace/test#token'));
    expect(workspaces.production?.credentials).toEqual(
      oauth(
        'aws:headgate/staging/workspace/production#clientId',
        'aws:headgate/staging/workspace/production#clientSecret',
      ),
    );
    expect(workspaces.staging).toBeUndefined();
    expect(intake).toEqual({
      mlflow: { secrets: ['aws:headgate/staging/intake/mlflow'] },
      monteCarlo: { secrets: ['aws:headgate/staging/intake/monteCarlo'] },
    });
  });

  it('refers to one secret for both keys of an API, and keeps those that are on AWS already', () => {
    const api = { url: 'https://example.com/graphql', keyId: 'env:KEY_ID', token: 'aws:mine#token' };
    const environment = environmentOf({}, { monteCarlo: { secrets: ['env:A'], api } });
    expect(onAws(environment).intake.monteCarlo?.api).toEqual({
      ...api,
      keyId: 'aws:headgate/staging/api/monteCarlo#keyId',
    });
    expect(secretsOf(environment).filter((secret) => 'api' in secret)).toEqual([
      { name: 'headgate/staging/api/monteCarlo', managed: true, members: ['keyId'], api: 'monteCarlo' },
      { name: 'mine', managed: false, members: ['token'], api: 'monteCarlo' },
    ]);
  });

  it('keeps what is on AWS already, and everything that is no secret', () => {
    const environment = environmentOf(
      { test: pat('aws:mine#t'), production: oauth('aws:id', 'env:SECRET') },
      { mlflow: { secrets: ['aws:hook', 'env:OLD'] } },
    );
    const { workspaces, intake, ...rest } = onAws(environment);
    expect(workspaces.test?.credentials).toEqual(pat('aws:mine#t'));
    expect(workspaces.production).toEqual({
      host: 'https://production.example.com',
      credentials: oauth('aws:id', 'aws:headgate/staging/workspace/production#clientSecret'),
    });
    expect(intake).toEqual({ mlflow: { secrets: ['aws:hook', 'aws:headgate/staging/intake/mlflow'] } });
    const { workspaces: _workspaces, intake: _intake, ...before } = environment;
    expect(rest).toEqual(before);
    expect(onAws(onAws(environment))).toEqual(onAws(environment));
  });

  it('has one secret for each name and role, with the members that are read of it', () => {
    const arn = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:mine-AbCdEf';
    const environment = environmentOf(
      {
        test: oauth('env:ID', 'env:SECRET'),
        staging: oauth(`aws:${arn}#id`, `aws:${arn}#secret`),
        production: oauth('aws:shared#id', 'env:SECRET'),
      },
      { mlflow: { secrets: ['env:A', 'aws:hook'] } },
    );
    expect(secretsOf(environment)).toEqual([
      {
        name: 'headgate/staging/workspace/test',
        managed: true,
        members: ['clientId', 'clientSecret'],
        role: 'test',
      },
      { name: arn, managed: false, members: ['id', 'secret'], role: 'staging' },
      { name: 'shared', managed: false, members: ['id'], role: 'production' },
      {
        name: 'headgate/staging/workspace/production',
        managed: true,
        members: ['clientSecret'],
        role: 'production',
      },
      { name: 'headgate/staging/intake/mlflow', managed: true, members: [], sender: 'mlflow' },
      { name: 'hook', managed: false, members: [], sender: 'mlflow' },
    ]);
  });
});
