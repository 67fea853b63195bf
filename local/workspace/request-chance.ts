import { createHash } from 'node:crypto';
import { type Chance, chance } from './random.ts';

/**
 * Chance for requests that come in over HTTP: a stream of its own for each, by the seed, by what is asked and by how
 * often that was asked before. Requests of one moment arrive in an order that the network decides, and what becomes
 * of each must not depend on it; the same request asked again meets another fate.
 */
export class RequestChance {
  readonly #seed: number;
  readonly #asked = new Map<string, number>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** @param served The entity that was asked by name; undefined for the split. @param request The body as text. */
  of(endpoint: string, served: string | undefined, request: string): Chance {
    const what = JSON.stringify([endpoint, served ?? null, request]);
    // A body may have megabytes; a digest is enough to know it again.
    const digest = createHash('sha256').update(what).digest('base64');
    const before = this.#asked.get(digest) ?? 0;
    this.#asked.set(digest, before + 1);
    return chance(this.#seed, `request/${digest}/${before}`);
  }
}
