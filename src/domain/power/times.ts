import type { GateSpec } from '../gate.ts';
import { Judge } from '../judge.ts';
import { chanceOf } from './chance.ts';
import type { Behaviour, TrafficModel } from './traffic-model.ts';
import { Windows } from './windows.ts';

/** How live evidence comes, in seconds. */
export interface Cadence {
  readonly everyS: number;
  readonly windowS: number;
  readonly lagS: number;
}

/**
 * Before the first window counts, and behind every one: the window in which the share changed is left out, and a
 * window is closed `lag` after its end.
 */
export const delayS = ({ windowS, lagS }: Cadence): number => windowS + lagS;

export interface Question {
  readonly spec: GateSpec;
  readonly model: TrafficModel;
  /** As the baseline when absent. */
  readonly candidate?: Behaviour | undefined;
  readonly share: number;
  readonly cadence: Cadence;
  readonly runs: number;
  readonly seed: number;
  /** Age of the step at which a run is given up. */
  readonly horizonS: number;
}

/** A step must end before the state machine's own time-out: what takes longer, no policy can wait for. */
export const longestStepS = 9 * 86_400;

/** Part of the elapsed time by which windows grow, so that a run reaches days in 100 windows: a time is that much too long. */
const growthAt = (elapsedS: number): number => (elapsedS < 3600 ? 0.05 : 0.1);

/** After so many runs without success the chance is below 12 % (95 %), and more runs of that length are not worth their time. */
const enoughInVain = 25;
/** A few hundred runs that take long are enough, too. */
const mostWindows = 20_000;
/** A run ends with so many pairs: each is judged by itself, and usual margins need some hundreds. */
const mostPairs = 5_000;

/** Ages of the step, in seconds and rising, at which a gate that begins with it says this; infinite where it never does. */
export function timesUntil(verdict: 'pass' | 'fail', question: Question): number[] {
  const { spec, model, candidate, seed, runs, cadence } = question;
  const windows = new Windows([spec], model, candidate);
  const isPaired = spec.kind === 'quality' && spec.pairing === 'paired';
  const pairsS =
    isPaired && model.pairsPerSecond ? mostPairs / model.pairsPerSecond : Number.POSITIVE_INFINITY;
  const horizonS = Math.min(question.horizonS, delayS(cadence) + Math.max(cadence.windowS, pairsS));
  const times: number[] = [];
  for (let run = 0; run < runs && windows.drawn < mostWindows; run += 1) {
    const judge = new Judge([spec]);
    times.push(untilVerdict(verdict, judge, windows, chanceOf(seed, run), { ...question, horizonS }));
    if (times.length === enoughInVain && times.every((time) => time === Number.POSITIVE_INFINITY)) break;
  }
  return times.sort((a, b) => a - b);
}

function untilVerdict(
  wanted: 'pass' | 'fail',
  judge: Judge,
  windows: Windows,
  chance: () => number,
  { spec, share, cadence, horizonS }: Question,
): number {
  const { windowS } = cadence;
  for (let elapsed = 0; delayS(cadence) + elapsed < horizonS; ) {
    const room = horizonS - delayS(cadence) - elapsed;
    const spanS = Math.max(
      windowS,
      Math.floor(Math.min(room, elapsed * growthAt(elapsed)) / windowS) * windowS,
    );
    judge.add(windows.draw(chance, { atS: elapsed, spanS, step: 0, share }));
    elapsed += spanS;
    const verdict = verdictIn(judge, spec);
    if (verdict === wanted) return delayS(cadence) + elapsed;
    if (verdict === 'fail') break;
  }
  return Number.POSITIVE_INFINITY;
}

/** A broken split is no verdict on the candidate, and what the gate of the split is there to see. */
function verdictIn(judge: Judge, { kind }: GateSpec): 'pass' | 'fail' | 'undecided' {
  if (kind === 'sample-ratio' && judge.splitIsBroken) return 'fail';
  return judge.judgement().findings[0].verdict;
}

/** What a part of the runs did not exceed; null where these runs did not get there. */
export function quantile(rising: readonly number[], part: number): number | null {
  const value = rising[Math.max(0, Math.ceil(part * rising.length) - 1)];
  return value !== undefined && Number.isFinite(value) ? value : null;
}

export const partWithin = (times: readonly number[], limitS: number): number =>
  times.filter((time) => time <= limitS).length / times.length;
