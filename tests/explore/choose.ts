import type { Controller, Outcome } from './controller.ts';
import { happen } from './events.ts';
import type { Choice } from './fault.ts';
import type { Due } from './schedule.ts';
import { take } from './step.ts';
import { changeWorld, type Live } from './world.ts';

/**
 * Does what was chosen at a step: a fault of what is due, an event beside it, or a zombie that goes on.
 * @returns What the invocation came to, where there was one.
 */
export async function choose(
  controller: Controller,
  live: Live,
  due: Due,
  choice: Choice,
): Promise<Outcome | undefined> {
  if (choice.kind === 'event') {
    await happen(controller, live, choice.event);
    return undefined;
  }
  if (choice.kind === 'thaw') {
    const zombie = live.world.zombies[choice.nth ?? 0];
    changeWorld(live, { zombies: live.world.zombies.filter((one) => one !== zombie) });
    return zombie && (await controller.goOn(live, zombie)).outcome;
  }
  return due.kind === 'rest' ? undefined : (await take(controller, live, due, choice)).outcome;
}
