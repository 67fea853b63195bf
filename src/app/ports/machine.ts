/** Our state machines: `statemachines/release.asl.json` and `statemachines/alert-response.asl.json`. */
export type MachineName = 'release' | 'alertResponse';

/** The state machine's engine, seen from the handlers: Step Functions, or the embedded one. */
export interface Machine {
  /**
   * Same name and same input while it runs: the same execution. Closed, or other input: `alreadyExists`.
   * @param input JSON, at most 256 KiB.
   */
  start(
    machine: MachineName,
    name: string,
    input: unknown,
  ): Promise<{ readonly executionArn: string; readonly began: 'started' | 'alreadyExists' }>;
  /** `gone`: the engine knows the token no longer (answered, timed out or its execution ended). */
  succeed(token: string, output: unknown): Promise<'sent' | 'gone'>;
  fail(token: string, error: string, cause: string): Promise<'sent' | 'gone'>;
  /** Ends a running execution; one that is over stays as it is. A handler in flight runs on, unheard. */
  stop(executionArn: string, cause: string): Promise<void>;
  phase(
    executionArn: string,
  ): Promise<'running' | 'succeeded' | 'failed' | 'aborted' | 'timedOut' | 'unknown'>;
}
