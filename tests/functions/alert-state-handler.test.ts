import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { alertStateHandler } from '../../functions/_shell/alert-state-handler.ts';
import { withinReach } from '../../functions/_shell/within-reach.ts';
import { create as readAlert } from '../../functions/read-alert.ts';
import { create as respondToAlert } from '../../functions/respond-to-alert.ts';
import type { Ports } from '../../src/app/ports/ports.ts';
import { instant } from '../../src/domain/units.ts';
import { portsAtHand } from '../app/ports-at-hand.ts';
import { context, written } from './lambda.ts';

let log: ReturnType<typeof written>;
beforeEach(() => {
  log = written();
});
afterEach(() => {
  vi.restoreAllMocks();
});

const now = instant(1_700_000_000_000);
const request = {
  eventId: 'mc-1',
  incidentId: 'i-1',
  alert: { ref: 'alerts/a/alert.json', digest: 'a'.repeat(64), summary: '' },
};

describe('a handler of a state of the alert response', () => {
  it('is called by the contract of its state and logs the event', async () => {
    const keep = alertStateHandler('QuarantineAlert', async () => ({ kept: true }));
    const failure = { error: 'PolicyInvalid', cause: '' };
    expect(await keep({ request, answer: { says: '' }, failure }, context)).toEqual({ kept: true });
    expect(log.lines()[0]).toMatchObject({ message: 'QuarantineAlert done', eventId: 'mc-1' });
    await expect(keep({ request }, context)).rejects.toMatchObject({ name: 'ContractBroken' });
  });

  it('asks nobody where no API is configured', async () => {
    const ports = withinReach('ReadAlert', portsAtHand({ now }));
    expect(await readAlert(ports)({ request }, context)).toEqual({
      reading: { standing: 'notAsked', raisedAt: null },
    });
  });
});

describe('what begins the response to an alert', () => {
  const metadata = { eventId: 'mc-1', at: '2026-01-05T09:00:00.000Z', source: 'monte-carlo' };
  const summary = { ref: 'alerts/a/alert.json', digest: 'a'.repeat(64), summary: '' };
  const keeping = (ports: Ports): Ports => ({
    ...ports,
    evidence: { ...ports.evidence, put: async () => summary },
  });

  it('starts the machine of the response, and may start no release', async () => {
    const executions = new Map<string, 'running' | 'failed'>();
    const ports = keeping(portsAtHand({ now, executions }));
    const reached = withinReach('RespondToAlert', ports);
    const data = { incidentId: 'i-1', alertType: 't', tables: [], rules: [] };
    await respondToAlert(reached)({ detail: { type: 'DataAlertRaised', metadata, data } }, context);
    expect([...executions.keys()]).toEqual([expect.stringMatching(/^alert-i-1-[0-9a-f]{24}$/)]);
    await expect(reached.machine.start('release', 'rel-1', {})).rejects.toMatchObject({
      name: 'ContractBroken',
    });
  });

  it('lets other events be', async () => {
    const executions = new Map<string, 'running' | 'failed'>();
    const ports = keeping(portsAtHand({ now, executions }));
    const data = { model: 'fraud', version: '2' };
    await respondToAlert(ports)({ detail: { type: 'ModelVersionRegistered', metadata, data } }, context);
    expect(executions.size).toBe(0);
  });
});
