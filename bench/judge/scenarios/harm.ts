import { type Scenario, scenario } from '../scenario.ts';
import { base, hourly, type Law, ruled } from '../traffic.ts';

/** Looks until which a delay is followed up, so that its mean is not cut off by the 240 of the nulls. */
const PATIENCE = 1440;

const worse = (about: Partial<Law>) => ruled(() => ({ ...base, ...about }));

function regression(candidate: number): Scenario {
  return scenario('harm', {
    name: `errors-${candidate * 100}`,
    about: `${candidate * 100} % errors against 0.5 %`,
    looks: PATIENCE,
    rates: { share: base.share, baseline: base.baseline, candidate },
    start: worse({ candidate }),
  });
}

/** 2 % of the inputs fail on the candidate alone, beside what fails anyway. */
const bug = 0.005 + 0.995 * 0.02;

/** The candidate is worse than any margin, at once or from some time on. */
export const harm: readonly Scenario[] = [
  ...[0.01, 0.02, 0.05].map(regression),
  scenario('harm', {
    name: 'dead',
    about: 'every request to the candidate fails',
    start: worse({ candidate: 1 }),
  }),
  scenario('harm', {
    name: 'dead-ten-a-minute',
    about: 'every request fails, at 10 requests a minute',
    start: worse({ perMinute: 10, candidate: 1 }),
  }),
  scenario('harm', {
    name: 'zero-error-baseline',
    about: '2 % errors against none',
    start: worse({ baseline: 0, candidate: 0.02 }),
  }),
  scenario('harm', {
    name: 'late-onset',
    about: '5 % share for two hours, then 10 %; 2.5 % errors from minute 90 on',
    looks: 480,
    onset: 90,
    finalStep: 1,
    start: ruled((look) => ({
      ...base,
      ...(look < 120 ? { share: 0.05, step: 0 } : { share: 0.1, step: 1 }),
      candidate: look < 90 ? 0.005 : 0.025,
    })),
  }),
  scenario('harm', {
    name: 'bug-from-minute-120',
    about: '2 % of the inputs fail on the candidate alone from minute 120 on, at 5 % share',
    looks: 480,
    onset: 120,
    finalStep: 1,
    start: ruled((look) => ({
      ...base,
      step: look < 120 ? 0 : 1,
      candidate: look < 120 ? 0.005 : bug,
    })),
  }),
  scenario('harm', {
    name: 'harmful-at-half',
    about: '3 times the errors at 50 % only, after three healthy hours at 5, 10 and 25 %',
    looks: 480,
    onset: 180,
    finalStep: 3,
    start: ruled((look) => {
      const { share, step } = hourly(look);
      return { ...base, share, step, candidate: step === 3 ? 0.015 : 0.005 };
    }),
  }),
  scenario('harm', {
    name: 'candidate-bug',
    about: '2 % of the inputs fail on the candidate alone',
    rates: { share: base.share, baseline: base.baseline, candidate: bug },
    start: worse({ candidate: bug }),
  }),
  scenario('harm', {
    name: 'slow-drift',
    about: 'the candidate’s errors grow from 1 to 3 % in four hours',
    looks: 480,
    start: ruled((look) => ({ ...base, candidate: 0.01 + 0.02 * Math.min(1, look / 240) })),
  }),
];
