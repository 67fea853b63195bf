import type { Scenario } from '../scenario.ts';
import { broken, toldBroken } from './broken.ts';
import { harm } from './harm.ts';
import { latencyHarm, latencyNulls, sloNulls } from './latency.ts';
import { nulls, told } from './nulls.ts';
import { qualityBetter, qualityBroken, qualityHarm, qualityNulls } from './quality.ts';

export const scenarios: readonly Scenario[] = [
  ...nulls,
  ...latencyNulls,
  ...sloNulls,
  ...qualityNulls,
  ...harm,
  ...latencyHarm,
  ...qualityHarm,
  ...qualityBetter,
  ...broken,
  ...qualityBroken,
  ...told,
  ...toldBroken,
];

/** @throws RangeError for a name that no scenario has; it lists those there are. */
export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found) return found;
  const names = scenarios.map((scenario) => scenario.name).join(', ');
  throw new RangeError(`There is no scenario called ${name}. There are: ${names}, and healthy-release.`);
}
