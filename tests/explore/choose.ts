import type { Controller } from './controller.ts';
import { happen } from './events.ts';
import type { Choice } from './fault.ts';
import type { Due } from './schedule.ts';
import { take } from './step.ts';
import { changeWorld, type Live } from './world.ts';

/** Does what was chosen at a step: a fault of what is due, an event beside it, or a zombie that goes on. */
export async function choose(controller: Controller, live: Live, due: Due, choice: Choice): Promise<void> {
  if (choice.kind === 'event') return happen(controller, live, choice.event);
  if (choice.kind === 'thaw') {
    const [zombie, ...others] = live.world.zombies;
    changeWorld(live, { zombies: others });
    if (zombie) await controller.goOn(live, zombie);
    return;
  }
  if (due.kind !== 'rest') await take(controller, live, due, choice);
}
