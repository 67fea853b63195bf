import type { Scenario } from '../scenario.ts';
import { aloneHarm, aloneNulls, aloneTold } from './alone.ts';
import { answersBroken, answersHarm, answersNulls } from './answers.ts';
import { broken, toldBroken } from './broken.ts';
import { correlationHarm, correlationNulls, correlationTold } from './correlation.ts';
import { harm } from './harm.ts';
import { latencyHarm, latencyNulls, sloNulls } from './latency.ts';
import { nulls, told } from './nulls.ts';
import { qualityBetter, qualityBroken, qualityHarm, qualityNulls } from './quality.ts';
import { thresholdHarm, thresholdNulls } from './threshold.ts';

export const scenarios: readonly Scenario[] = [
  ...nulls,
  ...latencyNulls,
  ...sloNulls,
  ...qualityNulls,
  ...answersNulls,
  ...thresholdNulls,
  ...correlationNulls,
  ...aloneNulls,
  ...harm,
  ...latencyHarm,
  ...qualityHarm,
  ...answersHarm,
  ...thresholdHarm,
  ...correlationHarm,
  ...aloneHarm,
  ...qualityBetter,
  ...broken,
  ...qualityBroken,
  ...answersBroken,
  ...told,
  ...toldBroken,
  ...aloneTold,
  ...correlationTold,
];

/** @throws RangeError for a name that no scenario has; it lists those there are. */
export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found) return found;
  const names = scenarios.map((scenario) => scenario.name).join(', ');
  throw new RangeError(`There is no scenario called ${name}. There are: ${names}, and healthy-release.`);
}
