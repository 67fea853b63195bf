import { describe, expect, it } from 'vitest';
import { enginePort } from '../../local/engine-port.ts';
import { millis } from '../../src/domain/units.ts';
import { bench, callback, machineOf } from './machine/harness.ts';

/** Both machines, each standing at a token, and the app's view of them. */
function opened() {
  const standing = machineOf({ A: callback('collect') });
  const table = bench({ release: standing, alertResponse: standing });
  return { ...table, port: enginePort(() => table.engine) };
}

describe('the machine port over the embedded engine', () => {
  it('starts each machine by its name, and one execution for a name', async () => {
    const { port } = opened();
    const release = await port.start('release', 'one', { a: 1 });
    const response = await port.start('alertResponse', 'one', { a: 1 });
    expect([release.began, response.began]).toEqual(['started', 'started']);
    expect(release.executionArn).not.toBe(response.executionArn);
    expect(await port.start('alertResponse', 'one', { a: 2 })).toEqual({
      executionArn: response.executionArn,
      began: 'alreadyExists',
    });
    expect(await port.phase(release.executionArn)).toBe('running');
  });

  it('stops one execution, says why, and leaves its token to nobody', async () => {
    const { port, engine, clock, tokens } = opened();
    const { executionArn } = await port.start('release', 'one', {});
    const other = await port.start('release', 'two', {});
    await clock.sleep(millis(1));
    await port.stop(executionArn, 'its lease was taken over');
    expect(await port.phase(executionArn)).toBe('aborted');
    expect(await engine.describeExecution(executionArn)).toMatchObject({
      error: 'Stopped',
      cause: 'its lease was taken over',
    });
    expect(await Promise.all(tokens.map((token) => port.succeed(token, {})))).toEqual(['gone', 'sent']);
    expect(await port.phase(other.executionArn)).not.toBe('aborted');
  });

  it('leaves an execution that is over as it is, and knows nothing of one that never was', async () => {
    const { port, clock, tokens } = opened();
    const { executionArn } = await port.start('release', 'one', {});
    await clock.sleep(millis(1));
    await port.succeed(tokens[0] ?? '', {});
    await clock.sleep(millis(1));
    await port.stop(executionArn, 'late');
    expect(await port.phase(executionArn)).toBe('succeeded');
    const unknown = executionArn.replace(/one$/, 'never');
    await port.stop(unknown, 'late');
    expect(await port.phase(unknown)).toBe('unknown');
  });
});
