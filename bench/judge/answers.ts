import type { SideCounts } from '../../src/domain/evidence.ts';
import type { Random } from './random.ts';
import { binomial } from './sampling.ts';
import { base, type Law, routed, type Windows, windowOf } from './traffic.ts';

/** How the requests that come to one side are answered. */
export interface Answers {
  /** Part of all that come; the others are answered or fail. */
  readonly throttled?: number;
  /** Parts of those: 5xx and time-outs, and what is refused as wrong. */
  readonly failed?: number;
  readonly refused?: number;
}

/** Rules of one window: 1,000 requests a minute and a share of 5 %, unless said otherwise. */
export interface AnswersLaw extends Partial<Pick<Law, 'perMinute' | 'share' | 'step'>> {
  readonly baseline: Answers;
  readonly candidate: Answers;
}

/** Runs in which each request is throttled, fails or is refused by itself; `drawn` differs between runs. */
export function answering(lawOf: (look: number, drawn: number) => AnswersLaw): (chance: Random) => Windows {
  return (chance) => {
    const drawn = chance.uniform();
    return (look) => {
      const { baseline, candidate, ...rest } = lawOf(look, drawn);
      const place = { ...base, ...rest };
      const [nb, nc] = routed(chance, place);
      return windowOf(look, place, answered(chance, nb, baseline), answered(chance, nc, candidate));
    };
  };
}

function answered(
  chance: Random,
  comers: number,
  { throttled: limited = 0, failed = 0, refused = 0 }: Answers,
): SideCounts {
  const throttled = binomial(chance, comers, limited);
  const requests = comers - throttled;
  const errors = binomial(chance, requests, failed);
  // Of those that did not fail, so that of all requests it is the part that was told.
  const clientErrors = binomial(chance, requests - errors, refused / (1 - failed));
  return { requests, errors, clientErrors, throttled };
}
