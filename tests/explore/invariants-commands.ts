import { effectOf, type Outcome } from '../../src/domain/release.ts';
import type { Invariant } from './invariants.ts';
import type { World } from './world.ts';
import { callsIn, rowOf } from './writes.ts';

/** What people and alerts asked for is heeded before anything else goes forward. */

/** What a release goes forward by. */
const steps = ['recordIntent', 'registerWait', 'close'];

export const commandInvariants: readonly Invariant[] = [
  {
    name: 'what was asked comes first',
    ids: ['I4', 'I8', 'I22'],
    says: 'While a stop or a hold is pending no forward write is recorded and no other wait begins, and while a stop is no release is promoted.',
    broken({ happenings }) {
      for (const { port, method, args, outcome, before } of callsIn(happenings)) {
        if (port !== 'ledger' || outcome !== 'ok' || !steps.includes(method)) continue;
        const { endpoint } = args[0] as { endpoint: string };
        if (method === 'recordIntent') {
          const { direction, purpose } = args[1] as { direction: string; purpose: string };
          const asked = direction === 'forward' ? pending(before, endpoint) : undefined;
          if (asked !== undefined) return `${purpose} is recorded while ${asked} is pending`;
        } else if (method === 'registerWait') {
          const { kind, state, releaseId, visit } = args[1] as Asked;
          // One that is there already is only told another token.
          const isKnown = before.ledger.waits.some(
            (one) => one.releaseId === releaseId && one.state === state && one.visit === visit,
          );
          const asked =
            isKnown || kind === 'restore' || kind === 'hold' ? undefined : pending(before, endpoint);
          if (asked !== undefined) return `${state} waits while ${asked} is pending`;
        } else if (method === 'close') {
          const asked = (args[2] as Outcome).kind === 'promoted' ? pending(before, endpoint) : undefined;
          if (asked !== undefined && asked !== 'hold') return `it is promoted while ${asked} is pending`;
        }
      }
      return undefined;
    },
  },
  {
    name: 'a stop waits for no answer',
    ids: ['I4', 'I8'],
    says: 'A state that moves traffic forward asks the workspace nothing any more once a stop is pending.',
    broken({ happenings, before }) {
      for (const { port, method, args, actor } of callsIn(happenings)) {
        if (port !== 'serving' || !actor || actor.late || !movesForward.includes(actor.name)) continue;
        const asked = pending(before, String(args[0]));
        if (asked !== undefined && asked !== 'hold')
          return `${actor.name} asks to ${method} while ${asked} is pending`;
      }
      return undefined;
    },
  },
];

const movesForward: readonly string[] = ['ShiftTraffic', 'VerifyTraffic', 'Promote'];

interface Asked {
  readonly kind: string;
  readonly state: string;
  readonly releaseId: string;
  readonly visit: number;
}

/** The stop, or else the hold, that waits to be obeyed by whoever owns the endpoint. */
function pending(world: World, endpoint: string): string | undefined {
  const releaseId = rowOf(world, endpoint)?.owner?.releaseId;
  const open = world.ledger.commands.filter((one) => one.releaseId === releaseId && one.phase === 'pending');
  const stop = open.find((one) => effectOf(one.kind) === 'restore');
  return (stop ?? open.find((one) => effectOf(one.kind) === 'hold'))?.kind;
}
