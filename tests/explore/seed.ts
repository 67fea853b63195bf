import type { Choice } from './fault.ts';

/** What a run is repeated from: the base run, and what was chosen at which of its steps. */
export interface Seed {
  readonly run: string;
  /** `at`: what was due there, for people to read. */
  readonly choices: readonly { readonly step: number; readonly at?: string; readonly choice: Choice }[];
  /** Draws of chance, where the run had any. */
  readonly chance?: number;
}

export const seedText = (seed: Seed): string => Buffer.from(JSON.stringify(seed)).toString('base64url');

/** @throws RangeError when the text is no seed. */
export function seedOf(text: string): Seed {
  try {
    const seed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Seed;
    if (typeof seed.run === 'string' && Array.isArray(seed.choices)) return seed;
  } catch {
    // Said below.
  }
  throw new RangeError(`"${text}" is no seed: take the text after "seed" of a violation.`);
}
