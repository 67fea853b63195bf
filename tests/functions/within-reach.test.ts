import { describe, expect, it } from 'vitest';
import { withinReach } from '../../functions/_shell/within-reach.ts';
import type { Machine } from '../../src/app/ports/machine.ts';
import { isReleaseError } from '../../src/contracts/errors.ts';
import { functionNames, type Reach, reaches } from '../../src/contracts/functions.ts';
import { portsAtHand } from '../app/ports-at-hand.ts';
import { at } from '../contracts-of-ports/ledger-fixtures.ts';

type Right = Reach['machine'][number];

const uses: readonly (readonly [Right, (machine: Machine) => Promise<unknown>])[] = [
  ['start', (machine) => machine.start('release', 'rel-1', {})],
  ['respond', (machine) => machine.start('alertResponse', 'alert-1', {})],
  ['answer', (machine) => machine.succeed('token', {})],
  ['answer', (machine) => machine.fail('token', 'E', 'why')],
  ['describe', (machine) => machine.phase('arn:rel-1')],
  ['stop', (machine) => machine.stop('arn:rel-1', 'why')],
];

describe('the machine within the reach of', () => {
  it.each(functionNames)('%s does what its contract grants, and refuses the rest by name', async (name) => {
    const { machine } = withinReach(name, portsAtHand({ now: at(0) }));
    for (const [right, use] of uses) {
      const refused: unknown = await use(machine).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (reaches[name].machine.includes(right)) expect(refused, right).toBeUndefined();
      else {
        expect(isReleaseError(refused, 'ContractBroken'), right).toBe(true);
        expect(refused).toMatchObject({ message: expect.stringMatching(`^${name} .*"${right}"`) });
      }
    }
  });
});
