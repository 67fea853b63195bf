import { onTestFinished } from 'vitest';
import { type FakeMonteCarlo, startFakeMonteCarlo } from '../../local/monte-carlo/fake-api.ts';
import { accept } from '../../src/app/command.ts';
import type { EndpointConfig } from '../../src/contracts/policy.ts';
import { seconds } from '../../src/domain/units.ts';
import { alertDelivery } from './deliveries.ts';
import type { Running, Stage } from './stage.ts';

/** Alerts as Monte Carlo sends them, and what became of them. */

/** What the candidate makes, and what feeds every version. */
export const ownTable = 'transactions';
export const upstreamTable = 'raw_payments';
export const watching: Pick<EndpointConfig, 'alerts'> = {
  alerts: {
    tables: ['prod:features.transactions'],
    rules: ['0c8e06aa-...'],
    upstream: { tables: ['prod:features.raw_payments'], rules: ['upstream-rule'] },
  },
};

export interface Said {
  readonly incident?: string;
  readonly table?: string;
  readonly feedback?: string;
  readonly severity?: string;
}

/** Delivers an alert, and lets its response come to an end. */
export async function alerted(stage: Stage, said: Said = {}) {
  const about = { incident: 'i-1', table: ownTable, ...said };
  const delivery = alertDelivery(about, stage.clock.now(), stage.senders.monteCarlo);
  const receipt = await stage.controller.receive('monte-carlo', delivery);
  await stage.pass(seconds(2));
  return receipt;
}

/** A Monte Carlo API over HTTP, closed after the test. */
export async function monteCarlo(): Promise<FakeMonteCarlo> {
  const api = await startFakeMonteCarlo();
  onTestFinished(() => api.close());
  return api;
}

export const commandsOf = (stage: Stage, { releaseId }: Pick<Running, 'releaseId'>) =>
  stage.ledger((ledger) => ledger.commands(releaseId));

/** What a person is to look at, in words. */
export async function needs(stage: Stage): Promise<string[]> {
  return (await stage.trail()).flatMap(({ action, says }) => (action === 'PersonNeeded' ? [says] : []));
}

export const lines = async (stage: Stage, of: string): Promise<string[]> =>
  (await stage.trail()).flatMap(({ action, says }) => (action === of ? [says] : []));

/** A person lets a held release go on. */
export function resume(stage: Stage, { releaseId }: Pick<Running, 'releaseId'>) {
  return stage.clock.busy(() =>
    accept(stage.controller.ports, {
      commandId: `resume-by-ada-${stage.clock.now()}`,
      releaseId,
      kind: 'resume',
      actor: 'ada',
      reason: 'looked at it',
      at: stage.clock.now(),
    }),
  );
}
