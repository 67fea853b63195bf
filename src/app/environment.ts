import { ReleaseError } from '../contracts/errors.ts';
import type { EndpointConfig, EnvironmentConfig, Policy } from '../contracts/policy.ts';

/** Of this endpoint and nothing else of that name; undefined when it is not, or no longer, in the configuration. */
export function configIfAny(environment: EnvironmentConfig, endpoint: string): EndpointConfig | undefined {
  return Object.values(environment.endpoints).find((one) => one.endpoint === endpoint);
}

/** @throws `UnknownEndpoint` when the configuration maps nothing to this endpoint. */
export function configOf(environment: EnvironmentConfig, endpoint: string): EndpointConfig {
  const found = configIfAny(environment, endpoint);
  if (found) return found;
  throw new ReleaseError('UnknownEndpoint', unknownEndpoint(environment, endpoint));
}

/** By registry name, Unity Catalog name or endpoint name; undefined when the configuration maps none of them. */
export function findConfig(environment: EnvironmentConfig, named: string): EndpointConfig | undefined {
  return (
    ownMember(environment.endpoints, named) ??
    Object.values(environment.endpoints).find((one) => one.model === named || one.endpoint === named)
  );
}

export function unknownEndpoint(environment: EnvironmentConfig, named: string): string {
  const known = Object.entries(environment.endpoints).map(([name, one]) => `${name} (${one.endpoint})`);
  return `No endpoint is configured for "${named}"; known are: ${known.join(', ') || 'none'}.`;
}

/** Undefined when the endpoint is not configured, or names a policy that is not there. */
export function policyIfAny(environment: EnvironmentConfig, endpoint: string): Policy | undefined {
  const config = configIfAny(environment, endpoint);
  return config && ownMember(environment.policies, config.policy);
}

/** @throws `PolicyInvalid` when the endpoint names a policy that is not there. */
export function policyOf(environment: EnvironmentConfig, config: EndpointConfig): Policy {
  const policy = ownMember(environment.policies, config.policy);
  if (policy) return policy;
  throw new ReleaseError('PolicyInvalid', `${config.endpoint}: there is no policy "${config.policy}".`);
}

/** A name that comes from outside may be `constructor`, which every object has and no configuration means. */
function ownMember<T>(members: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(members, key) ? members[key] : undefined;
}
