import { describe, expect, it } from 'vitest';
import { senderSecrets } from '../../src/app/sender-secrets.ts';
import { environmentWith } from './ports-at-hand.ts';

const environment = {
  ...environmentWith(),
  intake: { mlflow: { secrets: ['env:NEW', 'env:OLD'] } },
};

describe('what a sender may sign by', () => {
  it('is every value behind every reference, in order', async () => {
    const accepted = async (reference: string) => [`${reference}-1`, `${reference}-2`] as const;
    expect(await senderSecrets(environment, 'mlflow', accepted)).toEqual([
      'env:NEW-1',
      'env:NEW-2',
      'env:OLD-1',
      'env:OLD-2',
    ]);
  });

  it('is refused for a sender that is not configured', async () => {
    await expect(senderSecrets(environment, 'monteCarlo', async () => ['x'])).rejects.toMatchObject({
      name: 'ConfigurationInvalid',
      message: 'intake.monteCarlo.secrets is not configured',
    });
  });
});
