import { expect, it } from 'vitest';
import { demandSecrets } from '../../local/named-secrets.ts';
import { environmentSchema } from '../../src/contracts/policy.ts';

it('demands the keys of an API that alerts are read from, before anything begins', async () => {
  const environment = environmentSchema.parse({
    environment: 'production',
    workspaces: {},
    endpoints: {},
    policies: {},
    intake: {
      monteCarlo: { secrets: ['env:HOOK'], api: { keyId: 'env:KEY_ID', token: 'env:TOKEN' } },
    },
  });
  const asked: string[] = [];
  const secrets = {
    read: async (reference: string) => {
      asked.push(reference);
      if (reference === 'env:HOOK') return 'a-value';
      throw new Error(`${reference} is not set`);
    },
  };
  await expect(demandSecrets(environment, secrets)).rejects.toMatchObject({
    name: 'ConfigurationInvalid',
    message:
      'intake.monteCarlo.api.keyId: env:KEY_ID is not set\nintake.monteCarlo.api.token: env:TOKEN is not set',
  });
  expect(asked).toEqual(['env:HOOK', 'env:KEY_ID', 'env:TOKEN']);
});
