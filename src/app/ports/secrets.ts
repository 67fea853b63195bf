/** Secrets are configured by reference only; a value exists in memory, between its reading and its use. */
export interface Secrets {
  /**
   * @throws ReleaseError `ConfigurationInvalid` when the reference is of no known form or leads to no usable value,
   * with how to mend it; the value never appears in the error.
   */
  read(reference: string): Promise<string>;
}
