import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Account } from './account.ts';
import { account as place } from './emulator.ts';
import { statesEntered } from './states.ts';

/** Small state machines that ask the emulator what it does. */
export class ProbeMachines {
  readonly account: Account;
  #count = 0;

  constructor(account: Account) {
    this.account = account;
  }

  /** @returns its ARN. @throws the service's error when it refuses the definition */
  async create(definition: object): Promise<string> {
    const call = {
      name: `probe-${++this.#count}-${Date.now()}`,
      definition: JSON.stringify({ QueryLanguage: 'JSONata', ...definition }),
      roleArn: `arn:aws:iam::${place.id}:role/probe`,
    };
    const { stateMachineArn } = await this.account.machines.send(new CreateStateMachineCommand(call));
    return stateMachineArn ?? '';
  }

  async start(stateMachineArn: string, name: string, input: unknown = {}): Promise<string> {
    const call = { stateMachineArn, name, input: JSON.stringify(input) };
    return (await this.account.machines.send(new StartExecutionCommand(call))).executionArn ?? '';
  }

  async stop(executionArn: string): Promise<void> {
    await this.account.machines.send(new StopExecutionCommand({ executionArn }));
  }

  async status(executionArn: string): Promise<string> {
    return (await this.account.machines.send(new DescribeExecutionCommand({ executionArn }))).status ?? '';
  }

  /** Runs a machine to its end. */
  async run(definition: object): Promise<{ status: string; output: string; states: string[] }> {
    const executionArn = await this.start(await this.create(definition), 'run');
    for (let tries = 0; tries < 100; tries++) {
      const seen = await this.account.machines.send(new DescribeExecutionCommand({ executionArn }));
      if (seen.status !== 'RUNNING') {
        const events = await this.#events(executionArn);
        return { status: seen.status ?? '', output: seen.output ?? '', states: statesEntered(events) };
      }
      await pause();
    }
    return { status: 'RUNNING', output: '', states: [] };
  }

  async answer(taskToken: string): Promise<void> {
    await this.account.machines.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
  }

  async #events(executionArn: string) {
    const { events } = await this.account.machines.send(new GetExecutionHistoryCommand({ executionArn }));
    return events ?? [];
  }
}

const pause = () => new Promise((wake) => setTimeout(wake, 100));
