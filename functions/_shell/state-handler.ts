import type * as z from 'zod';
import {
  type StateInput,
  type StateName,
  type StateOutput,
  states,
  type WaitState,
} from '../../src/contracts/states.ts';
import { handler, type LambdaHandler } from './handler.ts';

type CallState = Exclude<StateName, WaitState>;

/** A handler of a state that answers by returning: a wrong state or a wrong answer does not compile. */
export function stateHandler<S extends CallState>(
  name: S,
  run: (input: StateInput<S>) => Promise<StateOutput<S>>,
): LambdaHandler {
  return handler(
    { name, input: inputOf(name), output: states[name].output as z.ZodType<unknown>, facts: idsOf },
    (input): Promise<unknown> => run(input),
  );
}

/** A handler of a state that is answered later, through its task token. */
export function waitHandler<S extends WaitState>(
  name: S,
  run: (input: StateInput<S>) => Promise<void>,
): LambdaHandler {
  return handler({ name, input: inputOf(name), facts: idsOf }, async (input) => {
    await run(input);
    return null;
  });
}

function inputOf<S extends StateName>(name: S): z.ZodType<StateInput<S>> {
  // The table's entry for S is what StateInput<S> is inferred from; TypeScript cannot see that through the index.
  return states[name].input as unknown as z.ZodType<StateInput<S>>;
}

function idsOf(input: unknown): { releaseId?: string } {
  if (typeof input !== 'object' || input === null || !('release' in input)) return {};
  const { release } = input;
  return typeof release === 'object' && release !== null && 'releaseId' in release
    ? { releaseId: String(release.releaseId) }
    : {};
}
