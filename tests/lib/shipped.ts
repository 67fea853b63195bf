import { fileURLToPath } from 'node:url';
import { readEnvironment } from '../../local/environment.ts';
import type { EnvironmentConfig } from '../../src/contracts/policy.ts';

/** A shipped environment file, without overrides. */
export function shipped(environment: string): EnvironmentConfig {
  return readEnvironment(fileURLToPath(new URL(`../../configs/${environment}.yaml`, import.meta.url)), {});
}
