import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, onTestFinished } from 'vitest';
import { secretsManager } from '../../../src/adapters/aws/secrets-manager.ts';
import { type Act, jsonDouble } from './json-double.ts';

type Versions = Partial<Record<string, string>>;

/** A vault of one secret, by stage. */
async function holding(versions: Versions) {
  return opened((_, { VersionStage }) => {
    const text = versions[String(VersionStage)];
    return text === undefined ? ['ResourceNotFoundException', 'cannot find'] : { SecretString: text };
  });
}

async function opened(act: Act) {
  const double = await jsonDouble('secretsManager', act);
  onTestFinished(() => double.close());
  return { ...double, secrets: secretsManager({ client: new SecretsManagerClient(double.setting) }) };
}

const reference = 'aws:headgate/staging/workspace/test#clientSecret';
const rejection = async (work: Promise<unknown>): Promise<unknown> => work.catch((thrown: unknown) => thrown);

describe('a secret in Secrets Manager', () => {
  it('is its whole text, or a member of the JSON object in it', async () => {
    const { secrets, received } = await holding({ AWSCURRENT: '{"clientId":"c","clientSecret":"s"}' });
    expect(await secrets.read('aws:plain/name')).toBe('{"clientId":"c","clientSecret":"s"}');
    expect(await secrets.read(reference)).toBe('s');
    expect(received.map(({ body }): unknown => JSON.parse(body.toString('utf8')))).toEqual([
      { SecretId: 'plain/name', VersionStage: 'AWSCURRENT' },
      { SecretId: 'headgate/staging/workspace/test', VersionStage: 'AWSCURRENT' },
    ]);
  });

  it('may be named by its ARN', async () => {
    const { secrets, received } = await holding({ AWSCURRENT: '{"token":"t"}' });
    const arn = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:mine-AbCdEf';
    expect(await secrets.read(`aws:${arn}#token`)).toBe('t');
    expect(received[0]?.body.toString('utf8')).toContain(`"${arn}"`);
  });

  it('is read anew each time, so that a rotation needs no deployment', async () => {
    const versions: Versions = { AWSCURRENT: 'old' };
    const { secrets } = await holding(versions);
    expect(await secrets.read('aws:n')).toBe('old');
    versions['AWSCURRENT'] = 'new';
    expect(await secrets.read('aws:n')).toBe('new');
  });

  it.each<[string, Versions, string[]]>([
    ['alone before its first rotation', { AWSCURRENT: 'new' }, ['new']],
    ['beside the one before', { AWSCURRENT: 'new', AWSPREVIOUS: 'old' }, ['new', 'old']],
    ['once where both are equal', { AWSCURRENT: 'new', AWSPREVIOUS: 'new' }, ['new']],
    ['alone where the one before is empty', { AWSCURRENT: 'new', AWSPREVIOUS: '' }, ['new']],
  ])('is accepted %s', async (_, versions, accepted) => {
    const { secrets } = await holding(versions);
    expect(await secrets.accepted('aws:headgate/staging/intake/mlflow')).toEqual(accepted);
  });

  it('is not accepted by an earlier version alone', async () => {
    const { secrets } = await holding({ AWSPREVIOUS: 'old' });
    await expect(secrets.accepted('aws:n')).rejects.toMatchObject({ name: 'ConfigurationInvalid' });
  });

  it.each<[string, Versions]>([
    ['is not there', {}],
    ['is empty', { AWSCURRENT: '' }],
    ['is no JSON', { AWSCURRENT: 'hunter2' }],
    ['is no object', { AWSCURRENT: '"hunter2"' }],
    ['lacks the member', { AWSCURRENT: '{"other":"hunter2"}' }],
    ['has an empty member', { AWSCURRENT: '{"clientSecret":""}' }],
    ['has a member of another type', { AWSCURRENT: '{"clientSecret":["hunter2"]}' }],
  ])('that %s is refused with how to mend it, and without what is in it', async (_, versions) => {
    const { secrets } = await holding(versions);
    const error = await rejection(secrets.read(reference));
    expect(error).toMatchObject({
      name: 'ConfigurationInvalid',
      message: expect.stringContaining(
        'aws secretsmanager put-secret-value --secret-id headgate/staging/workspace/test ' +
          `--secret-string '{"clientSecret": "...", ...}'`,
      ),
    });
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('hunter2');
  });

  it('never counts a member that every object has', async () => {
    const { secrets } = await holding({ AWSCURRENT: '{}' });
    await expect(secrets.read('aws:n#constructor')).rejects.toMatchObject({ name: 'ConfigurationInvalid' });
  });

  it.each(['env:TOKEN', 'file:/x', 'aws:', 'aws:#member', 'aws:n#', 'hunter2', ''])(
    'is not what %j refers to',
    async (wrong) => {
      const { secrets, received } = await holding({ AWSCURRENT: 'x' });
      const error = await rejection(secrets.read(wrong));
      expect(error).toMatchObject({ name: 'ConfigurationInvalid' });
      expect(String(error)).not.toContain('hunter2');
      expect(received).toEqual([]);
    },
  );

  it.each([
    ['AccessDeniedException', 'ConfigurationInvalid'],
    ['DecryptionFailure', 'ConfigurationInvalid'],
    ['InvalidRequestException', 'ConfigurationInvalid'],
    ['InternalServiceError', 'LedgerUnavailable'],
    ['ThrottlingException', 'LedgerUnavailable'],
  ])('that the service keeps back with %s is %s', async (refusal, name) => {
    const { secrets } = await opened(() => [refusal, 'no']);
    await expect(secrets.read(reference)).rejects.toMatchObject({ name });
  });
});
