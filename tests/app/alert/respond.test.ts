import { describe, expect, it } from 'vitest';
import { applyAlert } from '../../../src/app/alert/apply-alert.ts';
import { attributeAlert } from '../../../src/app/alert/attribute-alert.ts';
import { executionNameOf, respondToAlert } from '../../../src/app/alert/begin-response.ts';
import { quarantineAlert } from '../../../src/app/alert/quarantine-alert.ts';
import { sha256 } from '../../../src/app/digest.ts';
import type { EvidenceStore } from '../../../src/app/ports/evidence-store.ts';
import type { Ports } from '../../../src/app/ports/ports.ts';
import { requestRelease } from '../../../src/app/start.ts';
import type { AlertRequest } from '../../../src/contracts/alert-states.ts';
import { ReleaseError } from '../../../src/contracts/errors.ts';
import type { DataAlertRaised } from '../../../src/contracts/events.ts';
import { instant } from '../../../src/domain/units.ts';
import { environmentWith, portsAtHand } from '../ports-at-hand.ts';

const now = instant(1_700_000_000_000);
const event: DataAlertRaised = {
  type: 'DataAlertRaised',
  metadata: { eventId: 'mc-1', at: new Date(now).toISOString(), source: 'monte-carlo' },
  data: { incidentId: 'i-1', alertType: 'freshness', tables: ['prod:features.transactions'], rules: [] },
};
const reading = { standing: 'notAsked', raisedAt: null } as const;

function memory(): EvidenceStore {
  const files = new Map<string, string>();
  return {
    put: async (path, content, summary) => {
      files.set(path, content);
      return { ref: path, digest: sha256(content), summary };
    },
    get: async ({ ref }) => files.get(ref) ?? '',
  };
}

/** Two endpoints that watch the same table, the first of them in release. */
async function inRelease() {
  const bare = environmentWith();
  const { fraud } = bare.endpoints;
  if (!fraud) throw new RangeError('the environment has an endpoint fraud');
  const alerts = {
    tables: ['prod:features.transactions'],
    rules: [],
    upstream: { tables: [], rules: [] },
  };
  const endpoints = {
    fraud: { ...fraud, alerts },
    churn: { ...fraud, model: 'prod.ml.churn', endpoint: 'churn-prod', alerts },
  };
  const started: { machine: string; name: string; input: unknown }[] = [];
  const at = portsAtHand({ now, environment: { ...bare, endpoints } });
  const ports: Ports = {
    ...at,
    evidence: memory(),
    machine: {
      ...at.machine,
      start: async (machine, name, input) => {
        started.push({ machine, name, input });
        return at.machine.start(machine, name, input);
      },
    },
  };
  const wish = { version: '2', intent: 'release', actor: 'mlflow', from: 'registry' } as const;
  const { record } = await requestRelease(ports, { named: 'fraud', ...wish });
  const request: AlertRequest = {
    eventId: 'mc-1',
    incidentId: 'i-1',
    alert: await ports.evidence.put('alert', JSON.stringify(event), ''),
  };
  return { ports, record, request, started, wish };
}

describe('an alert from the bus', () => {
  it('that comes twice is one execution, and one with news in it another', async () => {
    const { ports, started } = await inRelease();
    await respondToAlert(ports, event);
    await respondToAlert(ports, event);
    await respondToAlert(ports, { ...event, metadata: { ...event.metadata, eventId: 'mc-2' } });
    const [first, again, news] = started.filter(({ machine }) => machine === 'alertResponse');
    expect(again).toEqual(first);
    expect(news?.name).not.toBe(first?.name);
    expect(JSON.stringify(first?.input).length).toBeLessThan(1_000);
  });

  it('is tried again when its execution is over and nobody answered it, and never once it was answered', async () => {
    const { ports, started } = await inRelease();
    const committed = { source: 'monte-carlo', contentDigest: 'c', eventId: 'mc-1', event, receivedAt: now };
    await ports.ledger.acceptDelivery(committed);
    await respondToAlert(ports, event);
    await respondToAlert(ports, event);
    const attempts = () =>
      new Set(started.filter(({ machine }) => machine === 'alertResponse').map(({ name }) => name)).size;
    expect(attempts()).toBe(2);
    await ports.ledger.markPublished('mc-1');
    await respondToAlert(ports, event);
    expect(attempts()).toBe(2);
    expect(await ports.ledger.quarantined()).toEqual([]);
  });

  it.each(['f83867b6-8f25-428b-807c-08518f63384c', 'é/../\n'.repeat(20), 'x'.repeat(128)])(
    'has an execution name that Step Functions takes, whatever the incident is called (%j)',
    (incidentId) => {
      expect(executionNameOf({ incidentId, eventId: 'mc-1' })).toMatch(/^alert-[0-9A-Za-z_-]{1,74}$/);
    },
  );
});

describe('an alert that is obeyed', () => {
  it('is a command to the release that ran when it was attributed, once however often it is tried', async () => {
    const { ports, record, request } = await inRelease();
    const { finding } = await attributeAlert(ports, { request, reading });
    expect(finding.kind).toBe('respond');
    await applyAlert(ports, { request, reading, finding });
    await applyAlert(ports, { request, reading, finding });
    const commands = await ports.ledger.commands(record.releaseId);
    expect(commands.map(({ kind, actor }) => [kind, actor])).toEqual([['alert', 'monte-carlo']]);
    const needs = (await ports.ledger.auditTrail()).filter(({ action }) => action === 'PersonNeeded');
    expect(needs.map(({ endpoint }) => endpoint)).toEqual(['churn-prod']);
  });

  it('when the release has ended meanwhile undoes no other that runs by now', async () => {
    const { ports, record, request, wish } = await inRelease();
    const { finding } = await attributeAlert(ports, { request, reading });
    await ports.ledger.endRelease(record.releaseId, { kind: 'rolledBack', says: 'harm' }, now);
    const next = await requestRelease(ports, { named: 'fraud', ...wish, version: '3' });
    expect(next.record.phase).toBe('running');
    const { answer } = await applyAlert(ports, { request, reading, finding });
    expect(answer.says).toContain('nothing was done');
    expect(await ports.ledger.commands(next.record.releaseId)).toEqual([]);
  });

  it('is not told as obeyed where a person took the endpoint before it was', async () => {
    const { ports, record, request } = await inRelease();
    const { finding } = await attributeAlert(ports, { request, reading });
    await applyAlert(ports, { request, reading, finding });
    // Obeyed, but not at its end yet.
    await ports.ledger.settleCommand(`alert-i-1-${record.releaseId}`, 'applied', 'obeyed');
    await ports.ledger.freeze('fraud-prod', { kind: 'breakglass', by: 'ada', reason: 'mine', at: now });
    await ports.ledger.endRelease(record.releaseId, { kind: 'rejected', says: 'breakglass' }, now);
    const { answer } = await applyAlert(ports, { request, reading, finding });
    expect(answer.says).toContain('ada has the endpoint by breakglass');
    const needs = (await ports.ledger.auditTrail()).filter(({ action }) => action === 'PersonNeeded');
    expect(needs.map(({ endpoint }) => endpoint)).toContain('fraud-prod');
  });

  it('as the release ends is decided again on what the ledger holds then', async () => {
    const { ports, record, request } = await inRelease();
    const { finding } = await attributeAlert(ports, { request, reading });
    let ended = false;
    const raced: Ports = {
      ...ports,
      ledger: {
        ...ports.ledger,
        addCommand: async (command) => {
          if (!ended) await ports.ledger.endRelease(record.releaseId, { kind: 'rejected', says: 'x' }, now);
          ended = true;
          return ports.ledger.addCommand(command);
        },
      },
    };
    const { answer } = await applyAlert(raced, { request, reading, finding });
    expect(ended).toBe(true);
    expect(answer.says).toContain('fraud-prod: nothing was done');
  });

  it('goes on with the other endpoints when one fails, and fails so that it is tried again', async () => {
    const { ports, request } = await inRelease();
    const { finding } = await attributeAlert(ports, { request, reading });
    const down = new ReleaseError('LedgerUnavailable', 'the ledger did not answer');
    const failing: Ports = {
      ...ports,
      ledger: { ...ports.ledger, addCommand: () => Promise.reject(down) },
    };
    await expect(applyAlert(failing, { request, reading, finding })).rejects.toBe(down);
    const needs = (await ports.ledger.auditTrail()).filter(({ action }) => action === 'PersonNeeded');
    expect(needs.map(({ endpoint }) => endpoint)).toEqual(['churn-prod']);
  });
});

it('an alert that cannot be brought to an end is kept once, and told once, however often it is tried', async () => {
  const { ports, request } = await inRelease();
  const cause = JSON.stringify({ errorType: 'PolicyInvalid', errorMessage: 'there is no policy "x"' });
  const failure = { error: 'PolicyInvalid', cause };
  await quarantineAlert(ports, { request, answer: { says: '' }, failure });
  await quarantineAlert(ports, { request, answer: { says: '' }, failure });
  expect((await ports.ledger.quarantined()).map(({ why }) => why)).toEqual([
    'PolicyInvalid: there is no policy "x"',
  ]);
  const needs = (await ports.ledger.auditTrail()).filter(({ action }) => action === 'PersonNeeded');
  expect(needs).toHaveLength(1);
});
