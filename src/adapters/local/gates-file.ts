import { gateSpecsOf } from '../../app/gate-specs.ts';
import { gatesFile, gatesJsonSchema, type LiveGate, usualAlphaRollback } from '../../contracts/gates.ts';
import type { GateSpec } from '../../domain/gate.ts';
import type { NonEmpty } from '../../domain/units.ts';
import type { ConfigurationFault } from './configuration-fault.ts';
import { dedupe, invalid, named, yamlIn } from './environment-file.ts';
import { gateFaults, round, spentOn } from './gate-checks.ts';
import { schemaFaults } from './schema-faults.ts';

/**
 * Reads a file of gates and checks all of it.
 * @param name The file in messages.
 * @throws ReleaseError `ConfigurationInvalid`: a line for each fault, as an environment file has them.
 */
export function loadGates(path: string, name: string): NonEmpty<GateSpec> {
  const source = yamlIn(path, name);
  const value = source.value ?? {};
  const parsed = gatesFile.safeParse(value);
  const faults = parsed.success
    ? [...gateFaults(parsed.data.gates), ...budgetFaults(parsed.data.gates)]
    : schemaFaults(parsed.error.issues, value, gatesJsonSchema());
  if (faults.length > 0)
    throw invalid(
      dedupe(faults).map((fault) => ({ ...named(fault), from: name, ...source.placeOf(fault.path) })),
    );
  if (!parsed.success) throw parsed.error;
  return gateSpecsOf(parsed.data);
}

/** No release stands behind it, so gates may take what they like; but those that name nothing need something. */
function budgetFaults(gates: readonly LiveGate[]): ConfigurationFault[] {
  const { sum, shared } = spentOn(gates);
  if (shared === 0 || usualAlphaRollback - sum > 1e-12) return [];
  return [
    {
      path: ['gates'],
      what: `the gates' alphaRollback add up to ${round(sum)} and leave nothing of ${usualAlphaRollback} for the gates without one`,
      fix: 'give each gate an alpha of its own',
    },
  ];
}
