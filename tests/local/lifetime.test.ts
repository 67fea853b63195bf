import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../local/clock.ts';
import { mortalPorts, within } from '../../local/lifetime.ts';
import { functionTimeoutS } from '../../src/contracts/functions.ts';
import { hours, instant, millis, seconds } from '../../src/domain/units.ts';
import { portsAtHand } from '../app/ports-at-hand.ts';

const start = instant(Date.parse('2026-01-05T09:00:00Z'));

function atHand() {
  const clock = new VirtualClock(start);
  return { clock, ports: mortalPorts({ ...portsAtHand({ now: start }), clock }) };
}

const life = (name: 'ShiftTraffic' | 'Watch') => seconds(functionTimeoutS(name));

describe('a handler in one process', () => {
  it('reaches everything for as long as Lambda would let it run', async () => {
    const { clock, ports } = atHand();
    const rows = within(clock, 'ShiftTraffic', async () => {
      await clock.sleep(millis(life('ShiftTraffic') - 1));
      return ports.ledger.endpoints();
    });
    expect(await rows).toEqual([]);
  });

  it('reaches nothing from then on: neither the ledger, nor a workspace, nor another attempt', async () => {
    const { clock, ports } = atHand();
    await within(clock, 'ShiftTraffic', async () => {
      await clock.sleep(life('ShiftTraffic'));
      const calls = [
        () => ports.ledger.endpoints(),
        () => ports.workspace('production').serving.observe('fraud-prod'),
        () => ports.evidence.put('a.json', '{}', 'a'),
        () => ports.clock.sleep(seconds(1)),
      ];
      for (const call of calls) expect(call).toThrow(/ShiftTraffic ran out of its time/);
    });
  });

  it('gives what it starts its own time, and keeps its own', async () => {
    const { clock, ports } = atHand();
    await within(clock, 'ShiftTraffic', async () => {
      await clock.sleep(millis(life('ShiftTraffic') - 1));
      await within(clock, 'Watch', async () => {
        await clock.sleep(seconds(2));
        expect(await ports.ledger.endpoints()).toEqual([]);
      });
      expect(() => ports.ledger.endpoints()).toThrow(/ShiftTraffic/);
    });
  });

  it('does not wake up after its time from a pause that began before', async () => {
    const { clock, ports } = atHand();
    const late = within(clock, 'ShiftTraffic', () => ports.clock.sleep(hours(1)));
    await expect(late).rejects.toThrow(/ShiftTraffic ran out of its time/);
  });

  it('does not bind who works outside of any handler', async () => {
    const { clock, ports } = atHand();
    await clock.sleep(hours(5));
    expect(await ports.ledger.endpoints()).toEqual([]);
  });
});
