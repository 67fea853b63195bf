import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { stateNames, states } from '../../src/contracts/states.ts';
import { type VariableName, variables } from '../../src/contracts/variables.ts';
import {
  aStartRequest,
  decisionKinds,
  outcomeKinds,
  outputArbitraries,
  someVariables,
  variableArbitraries,
} from './arbitraries.ts';

const variableNames = Object.keys(variables) as VariableName[];

it.each(variableNames)('generates only values of $%s that its contract accepts', (name) => {
  fc.assert(fc.property(variableArbitraries[name], (value) => variables[name].safeParse(value).success));
});

it.each(stateNames)('generates only answers of %s that its contract accepts', (name) => {
  fc.assert(fc.property(outputArbitraries[name], (value) => states[name].output.safeParse(value).success));
});

it('generates only machine inputs that the contract of the claim accepts', () => {
  const { request } = states.ClaimEndpoint.input.shape;
  fc.assert(fc.property(aStartRequest, (value) => request.safeParse(value).success));
});

it('generates all variables at once, with a step that the plan has or the soak', () => {
  fc.assert(
    fc.property(someVariables, (all) => {
      for (const name of variableNames) expect(variables[name].safeParse(all[name]).success, name).toBe(true);
      expect(variables.step.parse(all['step'])).toBeLessThanOrEqual(
        variables.plan.parse(all['plan']).shares.length,
      );
    }),
  );
});

it('knows every kind of decision and of outcome that the contracts know', () => {
  expect([...decisionKinds].sort()).toEqual([...variables.decision.shape.kind.options].sort());
  expect([...outcomeKinds].sort()).toEqual([...variables.outcome.shape.kind.options].sort());
});
