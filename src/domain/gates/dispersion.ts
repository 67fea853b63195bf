import type { View } from './views.ts';

/**
 * How much more the candidate's part of the events varies from window to window than requests that are routed one by
 * one would make it: Pearson's chi-squared over its degrees of freedom, each window against its own realised share.
 * About 1 for independent requests; about the size of a burst where all of one goes to the same side.
 */
export class Dispersion {
  #chi = 0;
  #windows = 0;

  add({ baseline, candidate }: View): void {
    const requests = baseline.requests + candidate.requests;
    const events = baseline.events + candidate.events;
    if (events === 0 || baseline.requests === 0 || candidate.requests === 0) return;
    const share = candidate.requests / requests;
    this.#chi += (candidate.events - share * events) ** 2 / (share * (1 - share) * events);
    this.#windows += 1;
  }

  /** Null before the first window with an event. */
  get value(): number | null {
    return this.#windows === 0 ? null : this.#chi / this.#windows;
  }
}
