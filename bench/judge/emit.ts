import type { SideCounts, WindowCounts } from '../../src/domain/evidence.ts';
import { stream } from './random.ts';
import type { Scenario } from './scenario.ts';

/** One window as a line of the file that `headgate judge` reads. `t` is the start of the window. */
export function recordOf(series: string, window: WindowCounts): object {
  const { at, span, share, step, baseline, candidate, pairs, readings, missing } = window;
  return {
    series,
    t: new Date(at).toISOString().replace('.000Z', 'Z'),
    part: 0,
    windowS: span / 1000,
    ...(share === undefined ? {} : { share }),
    step: step + 1,
    ...(baseline ? { baseline: sideOf(baseline) } : {}),
    ...(candidate ? { candidate: sideOf(candidate) } : {}),
    ...(missing === undefined ? {} : { missing }),
    ...(pairs ? { pairs } : {}),
    ...(readings ? { readings } : {}),
  };
}

const sideOf = ({ requests, errors, clientErrors, throttled, latencyMs, scores }: SideCounts): object => ({
  requests,
  errors,
  ...(clientErrors === undefined ? {} : { clientErrors }),
  ...(throttled === undefined ? {} : { throttled }),
  ...(latencyMs ? { latencyMs } : {}),
  ...(scores ? { scores } : {}),
});

/** The lines of so many runs of each scenario, a series for each run: the same windows that the bench judges. */
export function* linesOf(
  scenarios: readonly Scenario[],
  seed: number,
  runs: number,
  looks: number,
): Generator<string> {
  for (const scenario of scenarios) {
    for (let run = 0; run < runs; run += 1) {
      const windows = scenario.start(stream(seed, scenario.name, run));
      for (let look = 0; look < Math.min(looks, scenario.looks); look += 1) {
        yield `${JSON.stringify(recordOf(`${scenario.name}/${run}`, windows(look)))}\n`;
      }
    }
  }
}
