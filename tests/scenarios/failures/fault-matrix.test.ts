import { describe, expect, it } from 'vitest';
import { harmful, healthy, openStage } from '../stage.ts';
import { type Cell, cells } from './fault-matrix.ts';
import { configurationOf, endRightly, everyStage, short } from './short-release.ts';

const third = Number(process.env['HEADGATE_FAULT_SHARD'] ?? Math.floor(Date.now() / 86_400_000)) % 3;
const chosen =
  process.env['HEADGATE_ALL_FAULTS'] === '1' ? cells : cells.filter((_, index) => index % 3 === third);

describe('whatever goes wrong at one call', () => {
  it.each(chosen.map((cell) => [cell.place.name, cell.mishap.name, cell] as const))(
    '%s / %s: the release ends, and what serves is what is claimed',
    async (_place, _mishap, cell) => {
      const says = await play(cell);
      expect(says).toEqual([]);
    },
  );
});

async function play({ place, mishap, order }: Cell): Promise<string[]> {
  const stage = await openStage(short(place.stages ? { stages: everyStage } : {}));
  const good = await configurationOf(stage);
  await stage.workspace.installFault(order);
  const release = await stage.register(place.back ? harmful : healthy);
  const { view, faults } = await endRightly(stage, release, good);
  const expected = place.back ? 'rolledBack' : 'promoted';
  const kept = !mishap.passing || view.outcome?.kind === expected;
  if (process.env['HEADGATE_SHOW_FAULTS'] === '1')
    console.log(`CELL ${place.name} | ${mishap.name} | ${view.outcome?.kind} | ${view.why.slice(0, 160)}`);
  return kept ? [...faults] : [...faults, `ended ${view.outcome?.kind} (${view.why}), expected ${expected}`];
}
