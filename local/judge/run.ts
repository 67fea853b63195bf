import { createReadStream } from 'node:fs';
import type { GateSpec } from '../../src/domain/gate.ts';
import type { NonEmpty } from '../../src/domain/units.ts';
import { LineFault } from './fault.ts';
import { ObservationJudge } from './judge-lines.ts';
import type { Answer } from './series.ts';

export { loadGates } from '../../src/adapters/local/gates-file.ts';

/** Read at a time; answers are handed over at the end of each piece, so that what trickles in is answered at once. */
const PIECE = 256 * 1024;

export interface JudgeRun {
  readonly specs: NonEmpty<GateSpec>;
  /** A path, or `-` for stdin. */
  readonly file: string;
  readonly answered: (answer: Answer) => void;
  /** Called after each piece of the file. */
  readonly paused: (lines: number) => void;
  readonly stop: AbortSignal;
}

/**
 * Judges a file of observations from its first line to its last.
 * @returns All series; undefined when it was stopped. @throws LineFault for the first line that cannot be judged, and
 *   whatever reading the file throws.
 */
export async function judgeFile(run: JudgeRun): Promise<ObservationJudge | undefined> {
  const judge = new ObservationJudge(run.specs, run.answered);
  // Whoever writes to our stdin may have made it non-blocking, which a plain file stream does not bear.
  const source = run.file === '-' ? process.stdin : createReadStream(run.file, { highWaterMark: PIECE });
  try {
    for await (const piece of source) {
      judge.push(piece as Buffer);
      run.paused(judge.lines);
      if (run.stop.aborted) return undefined;
    }
    judge.end();
  } finally {
    run.paused(judge.lines);
    source.destroy();
  }
  return judge;
}

export { LineFault };
