import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  alertRequest,
  alertStateNames,
  alertStates,
  alertVariables,
} from '../../src/contracts/alert-states.ts';
import { alertOutputs, anAlertRequest, findingKinds, someAlertVariables } from './alert-arbitraries.ts';

it.each(alertStateNames)('generates only answers of %s that its contract accepts', (name) => {
  const { output } = alertStates[name];
  fc.assert(fc.property(alertOutputs[name], (value) => output.safeParse(value).success));
});

it('generates only inputs and variables that the contracts of the alert response accept', () => {
  fc.assert(fc.property(anAlertRequest, (value) => alertRequest.safeParse(value).success));
  fc.assert(
    fc.property(someAlertVariables, (all) => {
      for (const [name, schema] of Object.entries(alertVariables))
        expect(schema.safeParse(Object.entries(all).find(([key]) => key === name)?.[1]).success, name).toBe(
          true,
        );
    }),
  );
});

it('knows every kind of finding that the contract knows', () => {
  expect([...findingKinds].sort()).toEqual([...alertVariables.finding.shape.kind.options].sort());
});
