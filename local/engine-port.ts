import type { Machine } from '../src/app/ports/machine.ts';
import { type Engine, isMachineError } from './machine/engine.ts';
import { executionArn } from './machine/names.ts';

/** The app's view of the embedded engine. */
export function enginePort(engine: () => Engine): Machine {
  const answered = async (send: () => Promise<void>): Promise<'sent' | 'gone'> => {
    try {
      await send();
      return 'sent';
    } catch (error) {
      if (isMachineError(error) && ['InvalidToken', 'TaskTimedOut', 'TaskDoesNotExist'].includes(error.name))
        return 'gone';
      throw error;
    }
  };
  return {
    start: async (machine, name, input) => {
      try {
        const started = await engine().startExecution({ machine, name, input });
        return { executionArn: started.executionArn, began: 'started' };
      } catch (error) {
        if (!isMachineError(error) || error.name !== 'ExecutionAlreadyExists') throw error;
        return { executionArn: executionArn(machine, name), began: 'alreadyExists' };
      }
    },
    succeed: (token, output) => answered(() => engine().sendTaskSuccess(token, output)),
    fail: (token, error, cause) => answered(() => engine().sendTaskFailure(token, error, cause)),
    stop: async (arn, cause) => {
      try {
        await engine().stopExecution(arn, 'Stopped', cause);
      } catch (error) {
        if (!isMachineError(error) || error.name !== 'ExecutionDoesNotExist') throw error;
      }
    },
    phase: async (arn) => {
      try {
        const { status } = await engine().describeExecution(arn);
        return phases[status];
      } catch (error) {
        if (isMachineError(error) && error.name === 'ExecutionDoesNotExist') return 'unknown';
        throw error;
      }
    },
  };
}

const phases = {
  RUNNING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  ABORTED: 'aborted',
  TIMED_OUT: 'timedOut',
} as const;
