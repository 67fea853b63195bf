import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { definitions } from '../../lib/shipped-machine.ts';
import { alertStateNames } from '../../src/contracts/alert-states.ts';
import { stateNames } from '../../src/contracts/states.ts';
import { inWords } from './roles-in-words.ts';
import { shippedStack } from './synthesised.ts';

const at = shippedStack('production');
const machineSchema = z.object({
  StateMachineName: z.string(),
  DefinitionSubstitutions: z.record(z.string(), z.unknown()),
  LoggingConfiguration: z.object({ Level: z.string(), IncludeExecutionData: z.boolean() }),
});
const machines = at
  .ofType('AWS::StepFunctions::StateMachine')
  .map(({ Properties }) => machineSchema.parse(Properties));

describe.each([
  { which: 'release', named: 'headgate-production-release', tasks: stateNames },
  { which: 'alertResponse', named: 'headgate-production-alert-response', tasks: alertStateNames },
] as const)('the machine $named on AWS', ({ which, named, tasks }) => {
  const machine = machines.find(({ StateMachineName }) => StateMachineName === named);
  const { DefinitionSubstitutions: substitutions = {}, LoggingConfiguration: log } = machine ?? {};

  it('fills every placeholder of the shipped file, and only those', () => {
    const file = readFileSync(definitions[which], 'utf8');
    const placeholders = [...file.matchAll(/\$\{([^}]+)\}/g)].map(([, name]) => name);
    expect(Object.keys(substitutions).sort()).toEqual([...new Set(placeholders)].sort());
  });

  it.each([...tasks])('calls the function of its own name at %s', (name) => {
    expect(inWords(substitutions[name], at)).toBe(`Functions/${name}`);
  });

  it('logs every step without the data of it: task tokens are in there', () => {
    expect(log).toEqual({ Level: 'ALL', IncludeExecutionData: false });
  });
});

describe('a function on AWS', () => {
  it('is told the names of its contract and nothing more', () => {
    for (const { Properties } of at.ofType('AWS::Lambda::Function')) {
      const { Variables } = z
        .object({ Variables: z.record(z.string(), z.unknown()) })
        .parse(Properties['Environment']);
      expect(
        Object.fromEntries(Object.entries(Variables).map(([key, value]) => [key, inWords(value, at)])),
      ).toEqual({
        LEDGER_TABLE: 'Stores/Ledger',
        EVIDENCE_BUCKET: 'Stores/Evidence',
        BUS_NAME: 'Bus',
        RELEASE_MACHINE_ARN: 'states stateMachine:headgate-production-release',
        ALERT_MACHINE_ARN: 'states stateMachine:headgate-production-alert-response',
      });
    }
  });
});
