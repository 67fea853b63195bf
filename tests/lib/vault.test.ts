import { describe, expect, it } from 'vitest';
import type { EnvironmentConfig } from '../../src/contracts/policy.ts';
import { workspaceRoles } from '../../src/contracts/workspace-roles.ts';
import { shipped } from './shipped.ts';
import { shippedStack, synthesised } from './synthesised.ts';

describe('a template', () => {
  it.each(workspaceRoles)('of %s names no variable and no file that holds a secret', (environment) => {
    const { text } = shippedStack(environment);
    expect(text).not.toMatch(/\b(env|file):[A-Za-z/]/);
    for (const [, variable] of JSON.stringify(shipped(environment)).matchAll(/env:([A-Z_]+)/g))
      expect(text).not.toContain(variable);
  });

  it('holds no text of a secret: each is generated where it is kept', () => {
    const secrets = shippedStack('production').ofType('AWS::SecretsManager::Secret');
    expect(secrets.length).toBe(6);
    for (const { Properties } of secrets) {
      expect(Properties).not.toHaveProperty('SecretString');
      expect(Properties).toHaveProperty('GenerateSecretString');
    }
  });

  it('has a place for a token where the workspace is signed in to by one', () => {
    const environment: EnvironmentConfig = shipped('test');
    const secrets = synthesised(environment).ofType('AWS::SecretsManager::Secret');
    const made = Object.fromEntries(
      secrets.map(({ Properties }) => [String(Properties['Name']), Properties['GenerateSecretString']]),
    );
    expect(made['headgate/test/workspace/production']).toEqual({
      ExcludePunctuation: true,
      GenerateStringKey: 'token',
      SecretStringTemplate: '{}',
    });
  });

  it('lists every secret that it makes among those to be filled', () => {
    const { outputs, ofType } = shippedStack('production');
    const names = ofType('AWS::SecretsManager::Secret').map(({ Properties }) => Properties['Name']);
    expect(String(outputs['SecretsToFill']).split(' ').sort()).toEqual(names.sort());
  });
});
