import { afterAll, describe, expect, it } from 'vitest';
import { minutes } from '../../../src/domain/units.ts';
import { harmful, healthy, openStage } from '../stage.ts';
import { type Cell, cells, mishaps, places } from './fault-matrix.ts';
import { everything, today, todays } from './rotation.ts';
import { configurationOf, endRightly, everyStage, short, untilIntent } from './short-release.ts';

const chosen = todays(cells, 5);

/** P promoted, B rolled back, R rejected, ! anything that is wrong; in the order of the mishaps. */
const played = new Map<string, string>();
const keyOf = ({ place, mishap }: Pick<Cell, 'place' | 'mishap'>) => `${place.name}/${mishap.name}`;

afterAll(() => {
  if (everything || [...played.values()].includes('!')) process.stdout.write(table());
});

describe(`whatever goes wrong at one call (${chosen.length} of ${cells.length} cells, ${today})`, () => {
  it.each(chosen.map((cell) => [cell.place.name, cell.mishap.name, cell] as const))(
    '%s, %s: the release ends, and what serves is what is claimed',
    async (_place, _mishap, cell) => {
      played.set(keyOf(cell), '!');
      const { letter, faults } = await play(cell);
      if (faults.length === 0) played.set(keyOf(cell), letter);
      expect(faults).toEqual([]);
    },
  );
});

async function play({ place, mishap, order }: Cell): Promise<{ letter: string; faults: string[] }> {
  const stage = await openStage(short(place.stages ? { stages: everyStage } : {}));
  const good = await configurationOf(stage);
  if (!place.from) await stage.workspace.installFault(order);
  const release = await stage.register(place.back ? harmful : healthy);
  if (place.from) {
    await untilIntent(stage, place.from);
    await stage.workspace.installFault(order);
  }
  const lingering = minutes(mishap.name === 'slow update' ? 25 : 3);
  const { view, faults } = await endRightly(stage, release, good, lingering);
  const ended = view.outcome?.kind ?? 'nothing';
  const expected = place.back ? 'rolledBack' : 'promoted';
  const letter = ended === 'rolledBack' ? 'B' : ended.charAt(0).toUpperCase();
  if (!mishap.passing || ended === expected) return { letter, faults: [...faults] };
  return { letter, faults: [...faults, `ended ${ended} (${view.why}), expected ${expected}`] };
}

function table(): string {
  const widest = Math.max(...places.map(({ name }) => name.length));
  const rows = places.map((place) => {
    const letters = mishaps.map((mishap) => played.get(keyOf({ place, mishap })) ?? '.');
    return `${place.name.padEnd(widest)}  ${letters.join(' ')}`;
  });
  return `\n${mishaps.map(({ name }) => name).join(', ')}\n${rows.join('\n')}\n`;
}
