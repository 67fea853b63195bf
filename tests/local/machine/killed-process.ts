import { ScaledClock } from '../../../local/clock.ts';
import { Engine } from '../../../local/machine/engine.ts';
import { callback, machineOf, tokenIn } from './harness.ts';

// Waits for a token until somebody kills it: see durability.test.ts.
const { promise: handed, resolve: hand } = Promise.withResolvers<string>();
const engine = Engine.open({
  clock: ScaledClock.real(),
  store: process.argv[2] ?? ':memory:',
  machines: { m: machineOf({ A: callback('ask', { TimeoutSeconds: 3600 }) }) },
  functions: {
    ask: async (event) => {
      hand(tokenIn(event));
    },
  },
});
const { executionArn } = await engine.startExecution({ machine: 'm', name: 'a', input: {} });
const token = await handed;
while ((await engine.getExecutionHistory(executionArn)).at(-1)?.type !== 'TaskSubmitted') {
  await new Promise((resolve) => setImmediate(resolve));
}
process.stdout.write(`${JSON.stringify({ arn: executionArn, token })}\n`);
