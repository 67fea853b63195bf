import { describe, expect, it } from 'vitest';
import { configOf, findConfig, policyOf, unknownEndpoint } from '../../src/app/environment.ts';
import { isReleaseError } from '../../src/contracts/errors.ts';
import { environmentWith } from './ports-at-hand.ts';

const environment = environmentWith();
const fraud = environment.endpoints['fraud'];

describe('the environment', () => {
  it.each(['fraud', 'prod.ml.fraud', 'fraud-prod'])('finds an endpoint by %s', (named) => {
    expect(fraud).toBeDefined();
    expect(findConfig(environment, named)).toBe(fraud);
  });

  it.each(['churn', '', 'constructor', 'toString', '__proto__'])('maps "%s" to nothing', (named) => {
    expect(findConfig(environment, named)).toBeUndefined();
  });

  it('takes an endpoint of a release by its own name only', () => {
    expect(configOf(environment, 'fraud-prod')).toBe(fraud);
    expect(() => configOf(environment, 'fraud')).toThrow('No endpoint is configured for "fraud"');
  });

  it('names what is known where something is not', () => {
    expect(unknownEndpoint(environment, 'churn')).toBe(
      'No endpoint is configured for "churn"; known are: fraud (fraud-prod).',
    );
    expect(unknownEndpoint({ ...environment, endpoints: {} }, 'churn')).toContain('known are: none.');
  });

  it.each(['gone', 'constructor'])('refuses a policy "%s" that is not there', (policy) => {
    const config = { ...configOf(environment, 'fraud-prod'), policy };
    let thrown: unknown;
    try {
      policyOf(environment, config);
    } catch (error) {
      thrown = error;
    }
    expect(isReleaseError(thrown, 'PolicyInvalid')).toBe(true);
  });
});
