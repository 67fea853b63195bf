import { describe, expect, it } from 'vitest';
import { configuredWorkspaces } from '../../../src/adapters/databricks/configured-workspaces.ts';
import { instant } from '../../../src/domain/units.ts';
import { environmentWith } from '../../app/ports-at-hand.ts';

const clock = { now: () => instant(0), sleep: async () => undefined };

describe('the configured workspaces', () => {
  it('are opened once for each role, without reading a secret', () => {
    const read: string[] = [];
    const secrets = {
      read: async (reference: string) => {
        read.push(reference);
        return 'x';
      },
    };
    const workspace = configuredWorkspaces({ environment: environmentWith(), secrets, clock });
    expect(workspace('production')).toBe(workspace('production'));
    expect(read).toEqual([]);
  });

  it('are refused by role where there is none', () => {
    const secrets = { read: async () => 'x' };
    const workspace = configuredWorkspaces({ environment: environmentWith(), secrets, clock });
    expect(() => workspace('staging')).toThrow(
      expect.objectContaining({
        name: 'ConfigurationInvalid',
        message: 'workspaces.staging is not configured, but a stage needs it',
      }),
    );
  });

  it.each([
    [{ kind: 'pat', token: 'env:T' } as const, ['env:T']],
    [{ kind: 'oauth', clientId: 'env:I', clientSecret: 'env:S' } as const, ['env:I', 'env:S']],
  ])('ask for their own secrets at the first call (%j)', async (credentials, references) => {
    const read: string[] = [];
    const refusing = {
      read: async (reference: string): Promise<string> => {
        read.push(reference);
        throw new TypeError('enough is known');
      },
    };
    const environment = {
      ...environmentWith(),
      workspaces: { production: { host: 'https://example.com', credentials } },
    };
    const { serving } = configuredWorkspaces({ environment, secrets: refusing, clock })('production');
    await serving.observe('fraud-prod').catch(() => undefined);
    expect(read.sort()).toEqual(references);
  });
});
