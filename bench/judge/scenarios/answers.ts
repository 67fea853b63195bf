import { answering } from '../answers.ts';
import type { Random } from '../random.ts';
import { type Scenario, scenario } from '../scenario.ts';
import { hourly, thinned, type Windows } from '../traffic.ts';

const ofWrong = { gates: 'client-errors', peers: 'none' } as const;
const ofServed = { gates: 'throughput', peers: 'none' } as const;

const refusing = (candidate: number, baseline = 0.02) =>
  answering(() => ({ baseline: { refused: baseline }, candidate: { refused: candidate } }));
/** The candidate throttles what the baseline answers. */
const lacking = (throttled: number) => answering(() => ({ baseline: {}, candidate: { throttled } }));

/** Rows of the candidate are lost, each by itself; all of them had been answered. */
const lost =
  (part: number) =>
  (chance: Random): Windows => {
    const windows = answering(() => ({ baseline: {}, candidate: {} }))(chance);
    return (look) => {
      const window = windows(look);
      const kept = window.candidate && thinned(chance, window.candidate, { ofErrors: 1, ofRest: 1 - part });
      return { ...window, candidate: kept };
    };
  };

/** From some minute on a client sends everybody what nobody understands. */
const misled = (look: number, drawn: number) => ({ refused: look >= 240 * drawn ? 0.12 : 0.02 });
/** An hour of the run in which 40 % are throttled. */
const overload = (look: number, drawn: number) => {
  const from = Math.floor(180 * drawn);
  return { throttled: look >= from && look < from + 60 ? 0.4 : 0.01, failed: 0.005 };
};

export const answersNulls: readonly Scenario[] = [
  scenario('null', {
    ...ofWrong,
    name: 'client-errors-alike',
    about: '2 % refused as wrong on both sides, while 5 % of the candidate’s fail otherwise',
    start: answering(() => ({ baseline: { refused: 0.02 }, candidate: { refused: 0.02, failed: 0.05 } })),
  }),
  scenario('null', {
    ...ofWrong,
    name: 'client-errors-shared-rise',
    about: 'from some minute on 12 % instead of 2 % are refused as wrong, on both sides',
    start: answering((look, drawn) => ({ baseline: misled(look, drawn), candidate: misled(look, drawn) })),
  }),
  scenario('null', {
    ...ofWrong,
    name: 'client-errors-at-floor',
    about: '0.1 % refused as wrong, which is the floor, against none',
    start: refusing(0.001, 0),
  }),
  scenario('null', {
    ...ofServed,
    name: 'throughput-alike',
    about: '1 % throttled and 0.5 % errors on both sides',
    start: answering(() => ({
      baseline: { throttled: 0.01, failed: 0.005 },
      candidate: { throttled: 0.01, failed: 0.005 },
    })),
  }),
  scenario('null', {
    ...ofServed,
    name: 'throughput-at-tolerated',
    about: 'the candidate lacks the tolerated 10 % of its answers',
    start: lacking(0.1),
  }),
  scenario('null', {
    ...ofServed,
    name: 'throughput-shared-overload',
    about: 'an hour in which both throttle 40 %, through hourly steps of 5, 10, 25 and 50 %',
    start: answering((look, drawn) => ({
      ...hourly(look),
      baseline: overload(look, drawn),
      candidate: overload(look, drawn),
    })),
  }),
];

export const answersHarm: readonly Scenario[] = [
  scenario('harm', {
    ...ofWrong,
    name: 'client-errors-double',
    about: '4 % refused as wrong against 2 %, which is the harmful ratio',
    looks: 960,
    onMargin: true,
    start: refusing(0.04),
  }),
  scenario('harm', {
    ...ofWrong,
    name: 'client-errors-signature',
    about: 'a tenth of the inputs refused as wrong from minute 90 on, against 2 %',
    looks: 330,
    onset: 90,
    finalStep: 1,
    start: answering((look) => ({
      step: look < 90 ? 0 : 1,
      baseline: { refused: 0.02 },
      candidate: { refused: look < 90 ? 0.02 : 0.1 },
    })),
  }),
  scenario('harm', {
    ...ofServed,
    name: 'throughput-30',
    about: 'the candidate lacks 30 % of its answers, which is the harmful drop',
    onMargin: true,
    start: lacking(0.3),
  }),
  scenario('harm', {
    ...ofServed,
    name: 'throughput-60-late',
    about: 'the candidate lacks 60 % of its answers from minute 180 on',
    looks: 420,
    onset: 180,
    finalStep: 1,
    start: answering((look) => ({
      step: look < 180 ? 0 : 1,
      baseline: {},
      candidate: { throttled: look < 180 ? 0 : 0.6 },
    })),
  }),
];

/** Lost rows look like answers that were never given: only the split can tell. */
export const answersBroken: readonly Scenario[] = [
  scenario('broken', {
    ...ofServed,
    name: 'throughput-rows-lost',
    about: '30 % of the candidate’s rows never arrive, and it had answered them all',
    start: lost(0.3),
  }),
];
