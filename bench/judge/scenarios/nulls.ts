import type { Random } from '../random.ts';
import { binomial, poisson } from '../sampling.ts';
import { type Scenario, scenario } from '../scenario.ts';
import {
  base,
  hourly,
  type Law,
  minute,
  routed,
  ruled,
  thinned,
  type Windows,
  windowOf,
} from '../traffic.ts';

/** Both sides fail at the same rate. */
const alike = (law: Omit<Law, 'baseline' | 'candidate'>, rate: number): Law => ({
  ...law,
  baseline: rate,
  candidate: rate,
});
const same = (about: Partial<Law>): ((chance: Random) => Windows) => ruled(() => ({ ...base, ...about }));

/** A day and its night: factor 0.2 to 1.8, a period of 1,440 minutes, wherever in the day the run begins. */
const wave = (look: number, drawn: number) => 1 + 0.8 * Math.sin(2 * Math.PI * (look / 1440 + drawn));
/** Ten minutes at 5 % on both sides, at some time of the run. */
const incident = (look: number, drawn: number) => {
  const from = 20 + Math.floor(190 * drawn);
  return look >= from && look < from + 10 ? 0.05 : 0.005;
};

/** How many requests of one burst fail together. */
const BURST = 10;
/** A request of a sticky client that is routed anew, because it came without its cookie. */
const LOST_COOKIE = 0.1;

/** Where a burst's requests went, and as how many errors of each side they are counted. */
interface Placed {
  readonly candidateRequests: number;
  readonly candidateErrors: number;
  readonly baselineErrors: number;
}

/** Bursts of ten failing requests over ordinary traffic without errors. */
function bursts(perMinute: number, place: (chance: Random) => Placed): (chance: Random) => Windows {
  return (chance) => (look) => {
    const [nb, nc] = routed(chance, base);
    const baseline = { requests: nb, errors: 0 };
    const candidate = { requests: nc, errors: 0 };
    for (let left = poisson(chance, perMinute); left > 0; left -= 1) {
      const { candidateRequests, candidateErrors, baselineErrors } = place(chance);
      candidate.requests += candidateRequests;
      candidate.errors += candidateErrors;
      baseline.requests += BURST - candidateRequests;
      baseline.errors += baselineErrors;
    }
    return windowOf(look, base, baseline, candidate);
  };
}

/** A client keeps its side for all of its burst but for lost cookies; its errors count once, where the first request went. */
function labelled(chance: Random): Placed {
  const toCandidate = () => chance.uniform() < base.share;
  const home = toCandidate();
  let [candidateRequests, first] = [0, home];
  for (let request = 0; request < BURST; request += 1) {
    const side = chance.uniform() < LOST_COOKIE ? toCandidate() : home;
    if (request === 0) first = side;
    if (side) candidateRequests += 1;
  }
  return { candidateRequests, candidateErrors: first ? 1 : 0, baselineErrors: first ? 0 : 1 };
}

function perRequest(chance: Random): Placed {
  const candidate = binomial(chance, BURST, base.share);
  return { candidateRequests: candidate, candidateErrors: candidate, baselineErrors: BURST - candidate };
}

function unlabelled(chance: Random): Placed {
  const candidate = chance.uniform() < base.share ? BURST : 0;
  return { candidateRequests: candidate, candidateErrors: candidate, baselineErrors: BURST - candidate };
}

/** Up to 30 % of a window's rows come too late and up to half of the errors never, whichever side they are of. */
const lossy = (chance: Random): Windows => {
  const windows = same({})(chance);
  return (look) => {
    const window = windows(look);
    const [late, omitted] = [0.3 * chance.uniform(), 0.5 * chance.uniform()];
    const keep = { ofErrors: (1 - late) * (1 - omitted), ofRest: 1 - late };
    const [baseline, candidate] = [window.baseline, window.candidate].map(
      (side) => side && thinned(chance, side, keep),
    );
    return { ...window, baseline: baseline ?? null, candidate: candidate ?? null };
  };
};

/** Traffic whose minutes have no variance (Pareto, index 1.5) and an error rate that is lognormal from minute to minute. */
const heavy = (chance: Random): Windows => {
  return (look) => {
    const volume = Math.min(50, (1 / 3) * chance.uniform() ** (-1 / 1.5));
    const rate = Math.min(0.5, 0.003 * Math.exp(chance.normal()));
    return minute(chance, look, alike({ ...base, perMinute: 1000 * volume }, rate));
  };
};

/** Both sides under one law: whoever rolls back is wrong. */
export const nulls: readonly Scenario[] = [
  { name: 'stationary', about: '0.5 % errors on both sides, 5 % share', start: same({}) },
  {
    name: 'diurnal',
    about: 'traffic and errors in a daily wave from 0.2 to 1.8 times the mean',
    start: ruled((look, drawn) => {
      const factor = wave(look, drawn);
      return alike({ ...base, perMinute: 1000 * factor }, 0.005 * factor);
    }),
  },
  {
    name: 'shared-incident',
    about: 'ten minutes at 5 % errors on both sides',
    start: ruled((look, drawn) => alike(base, incident(look, drawn))),
  },
  {
    name: 'weight-steps',
    about: 'hourly steps of 5, 10, 25 and 50 %',
    start: ruled((look) => ({ ...base, ...hourly(look) })),
  },
  {
    name: 'steps-incident-diurnal',
    about: 'the three above at once',
    start: ruled((look, drawn) => {
      const factor = wave(look, drawn);
      return alike({ perMinute: 1000 * factor, ...hourly(look) }, incident(look, drawn) * factor);
    }),
  },
  { name: 'one-percent-share', about: '1 % share', start: same({ share: 0.01 }) },
  { name: 'ten-a-minute', about: '10 requests a minute', start: same({ perMinute: 10 }) },
  {
    name: 'ten-a-minute-half',
    about: '10 requests a minute, half of them the candidate’s, 5 % errors',
    start: same({ perMinute: 10, share: 0.5, baseline: 0.05, candidate: 0.05 }),
  },
  { name: 'zero-errors', about: 'no errors at all', start: same({ baseline: 0, candidate: 0 }) },
  { name: 'late-and-omitted', about: 'late rows and omitted errors, whichever the side', start: lossy },
  {
    name: 'bursts-routed',
    about: 'bursts of 10 errors, each request routed by itself',
    start: bursts(0.5, perRequest),
  },
  {
    name: 'sticky-labelled',
    about: 'sticky clients fail 10 times; counted once, on the side of the first request',
    start: bursts(5, labelled),
  },
  { name: 'heavy-tails', about: 'heavy-tailed traffic and error rates from minute to minute', start: heavy },
  {
    name: 'shared-bug',
    about: '2 % of the inputs fail on both sides from some minute on',
    start: ruled((look, drawn) => alike(base, look >= 240 * drawn ? 0.005 + 0.995 * 0.02 : 0.005)),
  },
  {
    name: 'share-unlike-configured',
    about: '8 % of the requests reach the candidate, 5 % are configured',
    start: same({ share: 0.08, configured: 0.05 }),
  },
  {
    name: 'share-untold',
    about: 'the true share wanders between 2 and 8 %, and nobody tells what is configured',
    start: ruled((look, drawn) => ({
      ...base,
      share: 0.05 + 0.03 * Math.sin(look / 9 + 2 * Math.PI * drawn),
      configured: null,
    })),
  },
].map((brief) => scenario('null', brief));

export const told: readonly Scenario[] = [
  scenario('told', {
    name: 'sticky-unlabelled',
    about: 'bursts of 10 errors on one side that nobody can tell from 10 errors',
    start: bursts(0.5, unlabelled),
  }),
];
