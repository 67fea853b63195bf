import { describe, expect, it } from 'vitest';
import { onDataAlert, publishDeliveries, receiveRegistryNews } from '../../src/app/intake.ts';
import type { Ports } from '../../src/app/ports/ports.ts';
import { requestRelease } from '../../src/app/start.ts';
import type { BusEvent, DataAlertRaised } from '../../src/contracts/events.ts';
import { instant } from '../../src/domain/units.ts';
import { environmentWith, portsAtHand } from './ports-at-hand.ts';

const now = instant(1_700_000_000_000);
const delivery = { headers: {}, body: new Uint8Array(), receivedAt: now };

describe('news that came in while the bus takes nothing', () => {
  it('is accepted, noted as delayed, and published later', async () => {
    const published: BusEvent[] = [];
    let open = false;
    const ports: Ports = {
      ...portsAtHand({ now }),
      mlflow: {
        read: async () => ({
          deliveryId: 'd-1',
          contentDigest: 'c'.repeat(64),
          message: { kind: 'versionRegistered', model: 'fraud', version: '2', at: now },
        }),
      },
      bus: {
        publish: async (event) => {
          if (!open) throw new Error('the bus is shut');
          published.push(event);
        },
      },
    };
    expect(await receiveRegistryNews(ports, delivery)).toMatchObject({ http: 202 });
    const trail = (await ports.ledger.auditTrail()).map(({ action, says }) => `${action}: ${says}`);
    expect(trail).toEqual([
      'DeliveryAccepted: fraud version 2 was registered, delivered as d-1',
      'PublishDelayed: the bus is shut',
    ]);
    open = true;
    await publishDeliveries(ports);
    await publishDeliveries(ports);
    expect(published.map(({ type }) => type)).toEqual(['ModelVersionRegistered']);
  });
});

describe('an alert', () => {
  const alert: DataAlertRaised = {
    type: 'DataAlertRaised',
    metadata: { eventId: 'mc-1', at: new Date(now).toISOString(), source: 'monte-carlo' },
    data: { incidentId: 'i-1', alertType: 'freshness', tables: ['features.transactions'], rules: [] },
  };

  it('that comes as the release ends undoes nothing else: it is refused, and kept when it comes again', async () => {
    const bare = environmentWith();
    const endpoints = Object.entries(bare.endpoints).map(([name, one]) => [
      name,
      { ...one, alerts: { tables: ['features.transactions'], rules: [] } },
    ]);
    const environment = { ...bare, endpoints: Object.fromEntries(endpoints) };
    const ports = portsAtHand({ now, environment });
    const { ledger } = ports;
    const { record } = await requestRelease(ports, {
      named: 'fraud',
      version: '2',
      intent: 'release',
      actor: 'mlflow',
      from: 'registry',
    });
    let ended = false;
    const raced: Ports = {
      ...ports,
      ledger: {
        ...ledger,
        releases: async (filter) => {
          const found = await ledger.releases(filter);
          if (!ended) await ledger.endRelease(record.releaseId, { kind: 'rolledBack', says: 'harm' }, now);
          ended = true;
          return found;
        },
      },
    };
    await expect(onDataAlert(raced, alert)).rejects.toMatchObject({ name: 'CommandRejected' });
    await onDataAlert(raced, alert);
    expect((await ledger.releases()).map(({ releaseId }) => releaseId)).toEqual([record.releaseId]);
    expect((await ledger.quarantined()).map(({ why }) => why)).toEqual(['fraud-prod is not in release']);
  });
});
