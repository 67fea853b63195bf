import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Stands in for @aws-sdk/credential-provider-node in bundles: Lambda gives its role's credentials by variables, and
 * the sources that a workstation has (profiles, SSO, the web) are 132 KiB that no function uses.
 */
export const defaultProvider = () => fromEnv();
