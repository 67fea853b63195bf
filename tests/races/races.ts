import type { Ledger } from '../../src/app/ports/ledger.ts';
import { isReleaseError } from '../../src/contracts/errors.ts';
import type { Lease } from '../../src/domain/lease.ts';
import {
  at,
  command,
  good,
  halt,
  intent,
  keyOf,
  newRelease,
  newWait,
  outcome,
  owner,
} from '../contracts-of-ports/ledger-fixtures.ts';

/** How one side of a race ended: with an answer, or refused by a rule. Plain, so that it passes between threads. */
export type Answer =
  | { readonly won: true; readonly value: unknown }
  | { readonly won: false; readonly name: string; readonly facts: Readonly<Record<string, unknown>> };

type Side = (ledger: Ledger, round: number) => Promise<unknown>;

/** Two writers on one store at one moment, again and again. */
export interface Race {
  readonly promise: string;
  /** By one of the two, before both begin. */
  readonly before: (ledger: Ledger, round: number) => Promise<unknown>;
  readonly sides: readonly [Side, Side];
  /** By each of the two, when both have their answers. */
  readonly after?: (ledger: Ledger, round: number, side: 0 | 1, answer: Answer) => Promise<unknown>;
}

export async function runSide(race: Race, side: 0 | 1, ledger: Ledger, round: number): Promise<Answer> {
  // A few turns of the event loop, so that now the one is first and now the other.
  for (let turns = Math.floor(Math.random() * 6); turns > 0; turns -= 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  try {
    return { won: true, value: await race.sides[side](ledger, round) };
  } catch (error) {
    if (!isReleaseError(error)) throw error;
    return { won: false, name: error.name, facts: error.facts };
  }
}

export const claimant = (round: number, side: 0 | 1) => owner(`rel-${round}-${side}`);
const claims = (side: 0 | 1) => (ledger: Ledger, round: number) =>
  ledger.claim('fraud', claimant(round, side), good('1'));

// The other races have an endpoint and a release for each round: so its lease is the first one.
export const idOf = (round: number) => `rel-${round}`;
const leaseOf = (round: number): Lease => ({ endpoint: `endpoint-${round}`, epoch: 1 });
const running = async (ledger: Ledger, round: number) => {
  const { endpoint } = leaseOf(round);
  await ledger.adopt(endpoint, good('1'));
  await ledger.addRelease(newRelease(idOf(round), { endpoint }));
  await ledger.markRunning(idOf(round), owner(idOf(round)).executionArn);
};
const claim = (ledger: Ledger, round: number) =>
  ledger.claim(leaseOf(round).endpoint, owner(idOf(round)), good('1'));
const owning = async (ledger: Ledger, round: number) => {
  await running(ledger, round);
  await claim(ledger, round);
};
/** The execution `second` or `third` of the round's release takes over from its first. */
const heir = (round: number, name: string) => owner(idOf(round), `arn:${name}-${round}`);
const takeOver = (name: string) => (ledger: Ledger, round: number) =>
  ledger.takeOver(leaseOf(round), heir(round, name));
const abort = (ledger: Ledger, round: number) => ledger.addCommand(command(idOf(round), 'abort'));

export const races = {
  claims: {
    promise: 'one of two claims wins, and the other is told who holds the endpoint',
    before: async (ledger, round) => (round === 0 ? ledger.adopt('fraud', good('1')) : undefined),
    sides: [claims(0), claims(1)],
    after: async (ledger, round, side, answer) =>
      answer.won
        ? ledger.close(
            { endpoint: 'fraud', epoch: round + 1 },
            claimant(round, side).releaseId,
            outcome('rolledBack'),
            at(round),
          )
        : undefined,
  },
  intents: {
    promise: 'a forward intent is refused by an abort, or seen by whoever aborted',
    before: owning,
    sides: [
      (ledger, round) => ledger.recordIntent(leaseOf(round), intent()),
      async (ledger, round) => {
        await abort(ledger, round);
        return { seen: (await ledger.endpoint(leaseOf(round).endpoint))?.exposed };
      },
    ],
  },
  waits: {
    promise: 'a wait is refused by an abort, or seen by whoever aborted',
    before: owning,
    sides: [
      (ledger, round) => ledger.registerWait(leaseOf(round), newWait(idOf(round))),
      async (ledger, round) => {
        await abort(ledger, round);
        return { seen: (await ledger.unclosedWaits(idOf(round))).length === 1 };
      },
    ],
  },
  decisions: {
    promise: 'one of two decides a wait, and its decision stands',
    before: async (ledger, round) => {
      await owning(ledger, round);
      await ledger.registerWait(leaseOf(round), newWait(idOf(round)));
    },
    sides: [
      (ledger, round) => decide(ledger, round, 'first'),
      (ledger, round) => decide(ledger, round, 'second'),
    ],
  },
  promotions: {
    promise: 'a promotion is stopped by an abort, or the abort is told that it came too late',
    before: owning,
    sides: [(ledger, round) => ledger.close(leaseOf(round), idOf(round), outcome('promoted'), at(60)), abort],
  },
  endings: {
    promise: 'a release claims its endpoint or has ended, never both',
    before: running,
    sides: [claim, (ledger, round) => ledger.endRelease(idOf(round), outcome('rejected'), at(60))],
  },
  heirs: {
    promise: 'one of two executions takes over, and the other is told that it is too late',
    before: owning,
    sides: [takeOver('second'), takeOver('third')],
  },
  lateEnds: {
    promise: 'an endpoint is closed by its owner or taken over, never both',
    before: owning,
    sides: [
      (ledger, round) => ledger.close(leaseOf(round), idOf(round), outcome('rolledBack'), at(60)),
      takeOver('second'),
    ],
  },
  heirAndClaim: {
    promise: 'what an heir takes over is claimed by nobody else meanwhile',
    before: owning,
    sides: [
      takeOver('second'),
      async (ledger, round) => {
        await ledger.close(leaseOf(round), idOf(round), outcome('rolledBack'), at(60));
        return ledger.claim(leaseOf(round).endpoint, owner(`next-${round}`), good('1'));
      },
    ],
  },
  lateWrites: {
    promise: 'a forward intent of the owner before is refused, or known to whoever took over',
    before: owning,
    sides: [
      (ledger, round) => ledger.recordIntent(leaseOf(round), intent()),
      async (ledger, round) => {
        await takeOver('second')(ledger, round);
        return { seen: (await ledger.endpoint(leaseOf(round).endpoint))?.exposed };
      },
    ],
  },
  freezes: {
    promise: 'a forward intent is refused by a freeze, or seen by whoever froze',
    before: owning,
    sides: [
      (ledger, round) => ledger.recordIntent(leaseOf(round), intent()),
      async (ledger, round) => ({
        seen: (await ledger.freeze(leaseOf(round).endpoint, halt())).exposed,
      }),
    ],
  },
  frozenHeirs: {
    promise: 'a freeze and a take-over at the same moment both hold',
    before: owning,
    sides: [
      async (ledger, round) => ({
        mine: (await ledger.freeze(leaseOf(round).endpoint, halt())).epoch === leaseOf(round).epoch,
      }),
      takeOver('second'),
    ],
    after: async (ledger, round) => {
      const row = await ledger.endpoint(leaseOf(round).endpoint);
      const { executionArn } = heir(round, 'second');
      if (row?.epoch !== 2 || row.owner?.executionArn !== executionArn || !row.freeze)
        throw new RangeError(`round ${round}: one of both was forgotten`);
    },
  },
  breakglass: {
    promise: 'a person gets the endpoint, and its release writes no more and ends once',
    before: owning,
    sides: [
      (ledger, round) => ledger.close(leaseOf(round), idOf(round), outcome('rolledBack'), at(60)),
      async (ledger, round) => {
        const { endpoint } = leaseOf(round);
        await ledger.yieldEndpoint(endpoint, halt('breakglass'), outcome('superseded'));
        const row = await ledger.endpoint(endpoint);
        const record = await ledger.release(idOf(round));
        return { phase: row?.phase, epoch: row?.epoch, ended: record?.outcome?.kind };
      },
    ],
  },
  drifts: {
    promise: 'a drift that is noted at the moment of a claim takes nothing from it',
    before: running,
    sides: [
      async (ledger, round) => {
        const looked = { ...leaseOf(round), epoch: 0 };
        await ledger.noteDrift(looked, { since: at(1), says: 'by hand' });
        return { mine: (await ledger.endpoint(looked.endpoint))?.drift !== null };
      },
      claim,
    ],
    after: async (ledger, round) => void (await ledger.assertLease(leaseOf(round))),
  },
} as const satisfies Record<string, Race>;

export type RaceName = keyof typeof races;
export const raceNamed = (name: RaceName): Race => races[name];

/** Whether this decision was the one, and whether it is what the wait says afterwards. */
async function decide(ledger: Ledger, round: number, says: string) {
  const key = keyOf(newWait(idOf(round)));
  const mine = await ledger.decideWait(key, { kind: 'done', output: null, says });
  return { mine, stands: (await ledger.wait(key))?.decision?.says === says };
}
