import { describe, expect, it } from 'vitest';
import type { Ports } from '../../src/app/ports/ports.ts';
import { tick } from '../../src/app/watch.ts';
import { instant } from '../../src/domain/units.ts';
import { good, newRelease, newWait, owner } from '../contracts-of-ports/ledger-fixtures.ts';
import { portsAtHand } from './ports-at-hand.ts';

const now = instant(1_700_000_000_000);

/** One release that waits on each of the endpoints. */
async function waiting(...endpoints: readonly string[]): Promise<Ports> {
  const ports = portsAtHand({ now });
  for (const endpoint of endpoints) {
    const releaseId = `rel-${endpoint}`;
    await ports.ledger.adopt(endpoint, good('1'));
    await ports.ledger.addRelease(newRelease(releaseId, { endpoint }));
    await ports.machine.start('release', releaseId, {});
    await ports.ledger.markRunning(releaseId, `arn:${releaseId}`);
    const lease = await ports.ledger.claim(endpoint, owner(releaseId), good('1'));
    await ports.ledger.registerWait(lease, newWait(releaseId, { kind: 'skipped', exposed: false }));
  }
  return ports;
}

/** Looking at a wait begins with its release's commands. */
const looking = (ports: Ports, at: (releaseId: string) => Promise<void> | void): Ports => ({
  ...ports,
  ledger: {
    ...ports.ledger,
    commands: async (releaseId) => {
      await at(releaseId);
      return ports.ledger.commands(releaseId);
    },
  },
});

describe('a tick', () => {
  it('looks at waits although the bus does not answer', async () => {
    const { promise: looked, resolve } = Promise.withResolvers<void>();
    const ports = looking(await waiting('fraud'), () => resolve());
    await ports.ledger.acceptDelivery({
      source: 'mlflow',
      contentDigest: 'c',
      eventId: 'e-1',
      event: {
        type: 'ModelVersionRegistered',
        metadata: { eventId: 'e-1', at: new Date(now).toISOString(), source: 'mlflow' },
        data: { model: 'fraud', version: '2' },
      },
      receivedAt: now,
    });
    // Ends only once the wait was looked at: a tick that publishes first would stand still here.
    const stuck = { ...ports, bus: { publish: () => looked } };
    expect(await tick(stuck)).toEqual({ waits: 1, decided: 1, troubles: [] });
    expect(await ports.ledger.unpublishedDeliveries()).toEqual([]);
  });

  it('looks at one endpoint although the workspace of another does not answer', async () => {
    const { promise: looked, resolve } = Promise.withResolvers<void>();
    const ports = looking(await waiting('churn', 'fraud'), (releaseId) =>
      releaseId === 'rel-fraud' ? resolve() : looked,
    );
    expect(await tick(ports)).toMatchObject({ waits: 2, decided: 2 });
  });
});
