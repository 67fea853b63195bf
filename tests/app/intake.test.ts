import { describe, expect, it } from 'vitest';
import { publishDeliveries, receiveDataAlert, receiveRegistryNews } from '../../src/app/intake.ts';
import type { Ports } from '../../src/app/ports/ports.ts';
import type { DataAlertMessage } from '../../src/app/ports/webhooks.ts';
import type { BusEvent } from '../../src/contracts/events.ts';
import { instant } from '../../src/domain/units.ts';
import { portsAtHand } from './ports-at-hand.ts';

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

describe('an alert that came in', () => {
  const alert: DataAlertMessage = {
    kind: 'alert',
    incidentId: 'i-1',
    type: 'open_anomaly_incident',
    tables: ['transactions'],
    ruleIds: [],
    groupId: 'prod:features',
  };
  const heard = async (message: DataAlertMessage): Promise<BusEvent[]> => {
    const published: BusEvent[] = [];
    const ports: Ports = {
      ...portsAtHand({ now }),
      monteCarlo: { read: async () => ({ contentDigest: 'c'.repeat(64), message }) },
      bus: { publish: async (event) => void published.push(event) },
    };
    expect(await receiveDataAlert(ports, delivery)).toMatchObject({ http: 202 });
    return published;
  };

  it('is one event with its tables spelled out, and no word of people that nobody said', async () => {
    const [event] = await heard(alert);
    expect(event?.data).toEqual({
      incidentId: 'i-1',
      alertType: 'open_anomaly_incident',
      tables: ['prod:features.transactions'],
      rules: [],
    });
  });

  it.each(['fixed', 'investigating'])('as an update hands on that people said %s', async (feedback) => {
    const [event] = await heard({ ...alert, feedback, severity: 'SEV-1' });
    expect(event?.data).toMatchObject({ feedback, severity: 'SEV-1' });
  });
});
