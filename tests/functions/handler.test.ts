import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { handler } from '../../functions/_shell/handler.ts';
import { type ErrorName, errors, ReleaseError } from '../../src/contracts/errors.ts';
import { context, written } from './lambda.ts';

const input = z.strictObject({ releaseId: z.string(), token: z.string() });
const output = z.strictObject({ candidate: z.int() });
const given = { releaseId: 'rel-1', token: 'task-token-hunter2' };
const contract = {
  name: 'ShiftTraffic',
  input,
  output,
  facts: ({ releaseId }: z.output<typeof input>) => ({ releaseId, step: undefined }),
};

afterEach(() => {
  vi.restoreAllMocks();
});

async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('the shell around a handler', () => {
  it('hands the parsed input in and the parsed answer out', async () => {
    written();
    const run = vi.fn(async () => ({ candidate: 5 }));
    const loose = { ...contract, input: z.object({ releaseId: z.string(), token: z.string() }) };
    expect(await handler(loose, run)({ ...given, more: 1 }, context)).toEqual({ candidate: 5 });
    expect(run).toHaveBeenCalledWith(given);
  });

  it.each(Object.keys(errors) as ErrorName[])(
    'lets %s through by its own name, with its message',
    async (name) => {
      written();
      const error = new ReleaseError(name, 'fraud-prod: 429', { facts: { code: 429 } });
      const failing = handler(contract, async () => {
        throw error;
      });
      expect(await thrownBy(failing(given, context))).toBe(error);
    },
  );

  it('lets an unexpected error through as it is', async () => {
    written();
    const bug = new TypeError('x is undefined');
    const failing = handler(contract, async () => {
      throw bug;
    });
    expect(await thrownBy(failing(given, context))).toBe(bug);
  });

  it.each([{}, { ...given, more: 1 }, { releaseId: 1, token: 't' }, null, undefined, 'text', []])(
    'names the contract as broken when it is given %j, and runs nothing',
    async (event) => {
      written();
      const run = vi.fn(async () => ({ candidate: 5 }));
      expect(await thrownBy(handler(contract, run)(event, context))).toMatchObject({
        name: 'ContractBroken',
        message: expect.stringContaining('ShiftTraffic was given'),
      });
      expect(run).not.toHaveBeenCalled();
    },
  );

  it('names the contract as broken when the answer is not what it says', async () => {
    written();
    const wrong: z.output<typeof output> = JSON.parse('{"candidate":"5"}');
    expect(await thrownBy(handler(contract, async () => wrong)(given, context))).toMatchObject({
      name: 'ContractBroken',
      message: expect.stringContaining(
        'ShiftTraffic answered something its contract does not allow: candidate',
      ),
    });
  });

  it('reads nothing before its first call', () => {
    const run = vi.fn(async () => ({ candidate: 5 }));
    handler(contract, run);
    expect(run).not.toHaveBeenCalled();
  });
});

describe('a log line', () => {
  const unwanted = 'hunter2';

  it('of a success holds the name and the ids, never the input or the answer', async () => {
    const log = written();
    await handler({ ...contract, output: z.unknown() }, async () => ({ secret: unwanted }))(given, context);
    expect(log.lines()).toEqual([
      expect.objectContaining({ level: 'INFO', message: 'ShiftTraffic done', releaseId: 'rel-1' }),
    ]);
    expect(log.text()).not.toContain(unwanted);
    expect(log.lines()[0]).not.toHaveProperty('step');
  });

  it.each<[string, unknown]>([
    ['a value of the wrong type', { ...given, releaseId: { password: unwanted } }],
    ['a value more', { ...given, password: unwanted }],
    ['a value alone', unwanted],
  ])('of an input that breaks the contract by %s does not repeat it', async (_, event) => {
    const log = written();
    await thrownBy(handler(contract, async () => ({ candidate: 5 }))(event, context));
    expect(log.text()).toContain('ContractBroken');
    expect(log.text()).not.toContain(unwanted);
  });

  it('of an error of ours has no stack and is no alarm; of a bug it has one and is', async () => {
    const log = written();
    const throwing = (error: Error) =>
      handler(contract, async () => {
        throw error;
      });
    await thrownBy(throwing(new ReleaseError('TrafficSettling', 'not yet'))(given, context));
    await thrownBy(throwing(new TypeError('x is undefined'))(given, context));
    const [ours, bug] = log.lines();
    expect(ours).toMatchObject({ level: 'INFO', message: 'ShiftTraffic: TrafficSettling: not yet' });
    expect(ours).not.toHaveProperty('stack');
    expect(bug).toMatchObject({
      level: 'ERROR',
      releaseId: 'rel-1',
      stack: expect.stringContaining('TypeError'),
    });
    expect(log.text()).not.toContain(unwanted);
  });

  it('does not tell the facts of an error, which may name what only the process should see', async () => {
    const log = written();
    const failing = handler(contract, async () => {
      throw new ReleaseError('LeaseHeldByOther', 'held', {
        facts: { executionArn: unwanted },
        cause: new Error(unwanted),
      });
    });
    await thrownBy(failing(given, context));
    expect(log.text()).not.toContain(unwanted);
  });
});
