import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { definition } from '../../lib/release-machine.ts';
import { stateNames } from '../../src/contracts/states.ts';
import { inWords } from './roles-in-words.ts';
import { shippedStack } from './synthesised.ts';

const at = shippedStack('production');
const [machine] = at.ofType('AWS::StepFunctions::StateMachine');
const { DefinitionSubstitutions: substitutions, LoggingConfiguration: log } = z
  .object({
    DefinitionSubstitutions: z.record(z.string(), z.unknown()),
    LoggingConfiguration: z.object({ Level: z.string(), IncludeExecutionData: z.boolean() }),
  })
  .parse(machine?.Properties);
const placeholders = [...readFileSync(definition, 'utf8').matchAll(/\$\{([^}]+)\}/g)].map(([, name]) => name);

describe('the release machine on AWS', () => {
  it('fills every placeholder of the shipped file, and only those', () => {
    expect(Object.keys(substitutions).sort()).toEqual([...new Set(placeholders)].sort());
  });

  it.each(stateNames)('calls the function of its own name at %s', (name) => {
    expect(inWords(substitutions[name], at)).toBe(`Functions/${name}`);
  });

  it('logs every step without the data of it: task tokens are in there', () => {
    expect(log).toEqual({ Level: 'ALL', IncludeExecutionData: false });
  });

  it('is the one that functions are told to start and to read', () => {
    for (const { Properties } of at.ofType('AWS::Lambda::Function')) {
      const { Variables } = z
        .object({ Variables: z.record(z.string(), z.unknown()) })
        .parse(Properties['Environment']);
      expect(inWords(Variables['RELEASE_MACHINE_ARN'], at)).toBe(
        `states stateMachine:${String(machine?.Properties['StateMachineName'])}`,
      );
    }
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
      });
    }
  });
});
