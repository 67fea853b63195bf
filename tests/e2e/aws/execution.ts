import {
  DescribeExecutionCommand,
  type HistoryEvent,
  paginateGetExecutionHistory,
  paginateListExecutions,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { say } from '../progress.ts';
import type { Account } from './account.ts';
import { statesEntered } from './states.ts';

/** An execution of the release machine, from its start to its end. */
export interface Execution {
  readonly arn: string;
  readonly status: string;
  readonly states: readonly string[];
  readonly history: readonly HistoryEvent[];
}

export async function executionsOf(account: Account, machineArn: string): Promise<string[]> {
  const arns: string[] = [];
  const pages = paginateListExecutions({ client: account.machines }, { stateMachineArn: machineArn });
  for await (const { executions } of pages)
    arns.push(...(executions ?? []).map((one) => one.executionArn ?? ''));
  return arns;
}

/** @returns the first execution that appears. @throws Error when none does in time */
export async function appearing(account: Account, machineArn: string, withinS: number, stop: AbortSignal) {
  for (const deadline = Date.now() + withinS * 1000; Date.now() < deadline; await pause()) {
    stop.throwIfAborted();
    const [first] = await executionsOf(account, machineArn);
    if (first !== undefined) return first;
  }
  throw new Error(`No execution of ${machineArn} began within ${withinS} s of the event.`);
}

export async function startByHand(
  account: Account,
  machineArn: string,
  name: string,
  input: object,
): Promise<string> {
  const call = { stateMachineArn: machineArn, name, input: JSON.stringify(input) };
  const { executionArn } = await account.machines.send(new StartExecutionCommand(call));
  if (executionArn === undefined) throw new Error('StartExecution named no execution.');
  return executionArn;
}

/**
 * Follows an execution to its end and says each state that it enters.
 * @param onState called once for each state, when it was entered
 * @throws Error with its last events when it has not ended in time
 */
export async function followed(
  account: Account,
  arn: string,
  { withinS, stop, onState }: FollowOptions,
): Promise<Execution> {
  const began = Date.now();
  let told = 0;
  for (;;) {
    const { status } = await account.machines.send(new DescribeExecutionCommand({ executionArn: arn }));
    const history = await historyOf(account, arn);
    const states = statesEntered(history);
    for (const state of states.slice(told)) {
      say(`         +${((Date.now() - began) / 1000).toFixed(0).padStart(3)} s  ${state}`);
      await onState?.(state);
    }
    told = states.length;
    if (status !== undefined && status !== 'RUNNING') return { arn, status, states, history };
    if (Date.now() - began > withinS * 1000) {
      throw new Error(`${arn} did not end within ${withinS} s. Its last events:\n${lastEvents(history)}`);
    }
    stop.throwIfAborted();
    await pause();
  }
}

export interface FollowOptions {
  readonly withinS: number;
  readonly stop: AbortSignal;
  readonly onState?: (state: string) => Promise<void>;
}

/** The end of a history, a line for each event. */
export function lastEvents(history: readonly HistoryEvent[], count = 8): string {
  return history
    .slice(-count)
    .map(({ id, type, ...event }) => {
      const details = Object.entries(event).find(([key]) => key.endsWith('EventDetails'))?.[1];
      return `  ${id} ${type} ${JSON.stringify(details ?? {}).slice(0, 600)}`;
    })
    .join('\n');
}

async function historyOf(account: Account, executionArn: string): Promise<HistoryEvent[]> {
  const history: HistoryEvent[] = [];
  for await (const { events } of paginateGetExecutionHistory({ client: account.machines }, { executionArn }))
    history.push(...(events ?? []));
  return history;
}

/** Real time: the emulator has no other. */
const pause = () => new Promise((wake) => setTimeout(wake, 500));
