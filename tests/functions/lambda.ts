import type { Context } from 'aws-lambda';
import { vi } from 'vitest';

export const context: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'headgate-test',
  functionVersion: '1',
  invokedFunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:headgate-test',
  memoryLimitInMB: '256',
  awsRequestId: 'request-1',
  logGroupName: 'group',
  logStreamName: 'stream',
  getRemainingTimeInMillis: () => 90_000,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
};

/** Everything that is written to standard output and standard error from here on. */
export function written(): { text(): string; lines(): Record<string, unknown>[] } {
  const pieces: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((piece) => {
      pieces.push(String(piece));
      return true;
    });
  }
  const text = () => pieces.join('');
  return {
    text,
    lines: () =>
      text()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line): Record<string, unknown> => JSON.parse(line)),
  };
}
