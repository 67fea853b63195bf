/** One of two threads that race on one SQLite file: they meet before each round and after it. */
import { parentPort, workerData } from 'node:worker_threads';
import { openSqliteLedger } from '../../src/adapters/local/sqlite-ledger.ts';
import { type Answer, type RaceName, raceNamed, runSide } from './races.ts';

export interface Racer {
  readonly path: string;
  readonly name: RaceName;
  readonly side: 0 | 1;
  readonly rounds: number;
  /** Three 32-bit integers: how many have arrived, how often both have met, and how many have begun. */
  readonly meeting: SharedArrayBuffer;
}

const longestMs = 60_000;
const { path, name, side, rounds, meeting } = workerData as Racer;
const counts = new Int32Array(meeting);

function meet(): void {
  const met = Atomics.load(counts, 1);
  if (Atomics.add(counts, 0, 1) === 1) {
    Atomics.store(counts, 0, 0);
    Atomics.add(counts, 1, 1);
    Atomics.notify(counts, 1);
  } else if (Atomics.wait(counts, 1, met, longestMs) === 'timed-out') {
    throw new RangeError('The other thread did not come.');
  }
}

/** Both are awake: whoever came last to the meeting would else begin while the other is woken up. */
function startLine(round: number): void {
  Atomics.add(counts, 2, 1);
  for (const end = Date.now() + longestMs; Atomics.load(counts, 2) < 2 * (round + 1); ) {
    if (Date.now() > end) throw new RangeError('The other thread did not wake up.');
  }
}

const ledger = openSqliteLedger(path);
const race = raceNamed(name);
const answers: Answer[] = [];
for (let round = 0; round < rounds; round += 1) {
  if (side === 0) await race.before(ledger, round);
  meet();
  startLine(round);
  const answer = await runSide(race, side, ledger, round);
  answers.push(answer);
  meet();
  await race.after?.(ledger, round, side, answer);
}
ledger.shut();
parentPort?.postMessage(answers);
