import type { FakeMonteCarlo } from '../../../local/monte-carlo/fake-api.ts';
import type { Case } from './cases.ts';
import { Scene } from './scene.ts';
import { placeOf } from './setting.ts';
import { type Around, World } from './world.ts';

export interface Played {
  readonly world: string;
  readonly killed: boolean;
  /** Stage and payload. */
  readonly what: string;
  /** What happened, as `headgate watch` said. */
  readonly story: string;
  readonly wrong: readonly string[];
}

export interface Stage {
  readonly name: string;
  readonly around: Around;
  readonly incidents: FakeMonteCarlo | undefined;
  /** How many cases are played side by side. */
  readonly together: number;
  readonly tell: (line: string) => void;
}

/** What a world is asked once all its cases were played. */
export const commandsOfAll = 'commands of all cases';

/** Plays the cases in a world of their own, each on an endpoint of its own. */
export async function playAll(stage: Stage, all: readonly Case[]): Promise<Played[]> {
  const { name, around, together, tell } = stage;
  const places = all.map(({ policy }, index) => placeOf(`case-${index + 1}`, policy));
  const world = await World.open(around, places);
  tell(`${all.length} cases begin`);
  const played: Played[] = [];
  const waiting = all.flatMap((one, index) => {
    const place = places[index];
    return place ? [{ one, scene: new Scene(place, world, stage.incidents) }] : [];
  });
  const player = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { one, scene } = next;
      const what = `${one.stage}: ${one.payload}`;
      try {
        await one.play(scene);
      } catch (error) {
        scene.wrong.push(error instanceof Error ? error.message : String(error));
      }
      const story = scene.story.join('; ');
      played.push({ world: name, killed: around.killing, what, story, wrong: scene.wrong });
      tell(`${scene.wrong.length === 0 ? 'right' : 'WRONG'}  ${what}: ${scene.wrong.join('; ') || story}`);
    }
  };
  await Promise.all(Array.from({ length: together }, player));
  const verified = await world.command(['audit', 'verify']);
  const pending = await world.close();
  const wrong = pending === 0 ? [] : [`${pending} were accepted, and neither applied nor rejected`];
  const found =
    world.kills === 0 ? '' : `${world.kills} kills, ${world.unanswered} alerts found unanswered; `;
  const story = `${found}${verified.split('. ')[0]}`;
  tell(story);
  return [...played, { world: name, killed: around.killing, what: commandsOfAll, story, wrong }];
}
