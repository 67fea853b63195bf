import type { Live, World } from './world.ts';

/** The calls of an invocation before which the world has another meaning than before the call that was noted last. */
export class Moments {
  readonly calls = [0];
  readonly #live: Live;
  readonly #meaning: (world: World) => string;
  #last: string;
  #hasWritten = false;

  constructor(live: Live, meaning: (world: World) => string) {
    this.#live = live;
    this.#meaning = meaning;
    this.#last = '';
  }

  at = (call: number): void => {
    const now = this.#meaning(this.#live.world);
    // Nothing happened before the first write: a fault at it is one at the beginning, and a zombie can stand at it.
    if (!this.#hasWritten) this.calls[0] = call;
    else if (now !== this.#last) this.calls.push(call);
    this.#hasWritten = true;
    this.#last = now;
  };
}
