import { defectsOfPaths } from './paths.ts';
import { defectsOfRules } from './rules.ts';
import type { Defect } from './spoil.ts';
import { defectsOfStructure } from './structure.ts';
import { defectsOfValues } from './values.ts';

/** Defects that the checker must find, each by the check that it names. */
export const defects: readonly Defect[] = [
  ...defectsOfValues,
  ...defectsOfStructure,
  ...defectsOfRules,
  ...defectsOfPaths,
];
