/** Names as AWS gives them, where AWS has one; `StoreInUse` and `EngineClosed` are ours. */
export type MachineErrorName =
  | 'EngineClosed'
  | 'ExecutionAlreadyExists'
  | 'ExecutionDoesNotExist'
  | 'ExecutionNotRedrivable'
  | 'InvalidDefinition'
  | 'InvalidExecutionInput'
  | 'InvalidName'
  | 'InvalidOutput'
  | 'InvalidToken'
  | 'StateMachineDoesNotExist'
  | 'StoreInUse'
  | 'TaskTimedOut'
  | 'ValidationException';

/** What the engine's own calls are refused with. A failing execution is not an error of a call: see its description. */
export class MachineError extends Error {
  override readonly name: MachineErrorName;

  constructor(name: MachineErrorName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}

export function isMachineError(error: unknown, ...names: MachineErrorName[]): error is MachineError {
  return error instanceof MachineError && (names.length === 0 || names.includes(error.name));
}
