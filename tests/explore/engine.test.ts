import { expect, it } from 'vitest';
import { VirtualClock } from '../../local/clock.ts';
import { Engine as Embedded, type Handler } from '../../local/machine/engine.ts';
import { instant } from '../../src/domain/units.ts';
import { baseRuns } from './base-runs.ts';
import { Controller } from './controller.ts';
import { liveAt, rootOf } from './root.ts';
import { toNextDue } from './schedule.ts';
import { take } from './step.ts';
import { shippedMachines } from './surroundings.ts';
import type { Happening } from './world.ts';

interface Answer {
  readonly state: string;
  readonly outcome:
    | { readonly kind: 'value'; readonly value: unknown }
    | { readonly kind: 'failed'; readonly name: string };
}

/** Plays a base run and keeps what each handler of the release machine answered, and how each token was answered. */
async function played(name: string) {
  const run = baseRuns.find((one) => one.name === name);
  if (!run) throw new RangeError(name);
  const controller = new Controller(run);
  const live = liveAt(await rootOf(controller));
  const answers: Answer[] = [];
  const sent: { readonly method: string; readonly args: readonly unknown[] }[] = [];
  for (
    let due = await toNextDue(controller, live);
    due.kind !== 'rest';
    due = await toNextDue(controller, live)
  ) {
    const { outcome } = await take(controller, live, due);
    if (due.kind !== 'call' || !due.arn.includes(':release:')) continue;
    if (outcome.kind === 'value') answers.push({ state: due.state, outcome });
    if (outcome.kind === 'failed')
      answers.push({ state: due.state, outcome: { kind: 'failed', name: outcome.failure.error } });
  }
  for (const one of live.happenings) {
    if (
      one.kind === 'call' &&
      one.port === 'machine' &&
      ['succeed', 'fail'].includes(one.method) &&
      one.value === 'sent'
    ) {
      sent.push({ method: one.method, args: one.args });
    }
  }
  return { live, answers, sent, input: Object.values(live.world.executions)[0]?.input };
}

const historyOf = (happenings: readonly Happening[]) =>
  happenings.flatMap((one) =>
    one.kind === 'event' && one.arn.includes(':release:') ? [`${one.type} ${one.name}`] : [],
  );

it.each(['good', 'bad', 'hold'])(
  'has the history that the embedded engine has of the same answers: %s',
  async (name) => {
    const { live, answers, sent, input } = await played(name);
    const clock = new VirtualClock(instant(Date.parse('2026-01-05T09:00:00Z')));
    const told: string[] = [];
    const tokens = [...sent];
    const handler: Handler = async (event, { functionName }) => {
      const answer = answers.shift();
      if (answer?.state !== functionName)
        throw new Error(`${functionName} was called where ${answer?.state} is next`);
      if (answer.outcome.kind === 'failed')
        throw Object.assign(new Error('as played'), { name: answer.outcome.name });
      const { token } = event as { token?: string };
      if (token !== undefined) void clock.busy(() => answerToken(token));
      return answer.outcome.value;
    };
    const answerToken = async (token: string) => {
      // After the engine has noted that the handler came back.
      await new Promise((resolve) => setImmediate(resolve));
      const next = tokens.shift();
      if (next?.method === 'succeed') await engine.sendTaskSuccess(token, next.args[1]);
      else await engine.sendTaskFailure(token, String(next?.args[1]), String(next?.args[2]));
    };
    const names = Object.values(shippedMachines().release as { States: object }).flatMap((states) =>
      Object.keys(states),
    );
    const engine = Embedded.open({
      clock,
      store: ':memory:',
      machines: { release: shippedMachines().release },
      functions: Object.fromEntries(names.map((one) => [one, handler])),
      random: () => 0,
      onEvent: (_arn, { type, ...event }) => {
        const details = Object.values(event).find((one) => typeof one === 'object');
        const { name: state = '', error = '' } = (details ?? {}) as { name?: string; error?: string };
        told.push(`${type} ${state || error}`);
      },
    });
    const { executionArn } = await engine.startExecution({ machine: 'release', name: 'same', input });
    await engine.settled(executionArn);
    await engine.close();
    expect(told).toEqual(historyOf(live.happenings));
  },
);
