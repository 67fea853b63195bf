import { describe, expect, it } from 'vitest';
import { OURS } from '../../bench/judge/judges.ts';
import { delayPlot, nullsPlot } from '../../bench/judge/plots.ts';
import type { Row } from '../../bench/judge/summary.ts';

const rate = (seen: number, upper: number) => ({ seen, rate: seen / 1000, upper });
const spread = (mean: number) => ({ mean, median: mean, p90: mean });
const row = (scenario: string, judge: string, falsely: number, mean: number | null): Row => ({
  scenario,
  judge,
  runs: 1000,
  falseRollback: rate(falsely, falsely / 500),
  rollback: rate(mean === null ? 0 : 1000, 1),
  promoted: rate(0, 0.004),
  undecided: rate(0, 0.004),
  delay:
    mean === null
      ? null
      : {
          minutes: spread(mean / 50),
          candidateRequests: spread(mean),
          badRequests: spread(1),
          requests: spread(mean * 20),
          pairs: spread(0),
        },
});

describe('the plot of delays', () => {
  const rows = [
    row('stationary', OURS, 2, null),
    row('stationary', 'z-peeking', 200, null),
    ...['errors-1', 'errors-2', 'errors-5'].flatMap((name) => [
      row(name, OURS, 0, 3000),
      row(name, 'z-peeking', 0, 100),
    ]),
  ];
  const svg = delayPlot(rows, 0.01);

  it('has a line for the bound and for each judge', () => {
    expect(svg.match(/<polyline/g)).toHaveLength(3);
    expect(svg.match(/<circle/g)).toHaveLength(9);
  });

  it('marks the judge that does not keep alpha, and says what the mark means', () => {
    expect(svg).toContain('z-peeking †');
    expect(svg).toContain(`>${OURS}<`);
    expect(svg).toContain('† not shown to keep alpha');
  });

  it('draws no line that a judge did not earn', () => {
    expect(delayPlot([row('errors-1', 'blind', 0, null)], 0.01)).not.toContain('blind');
  });
});

describe('the plot of nulls', () => {
  it('has a line for each null that was run, red where the bound is broken', () => {
    const svg = nullsPlot([row('stationary', OURS, 2, null), row('diurnal', OURS, 9, null)], 0.01);
    expect(svg).toContain('>stationary<');
    expect(svg.match(/<circle/g)).toHaveLength(2);
    expect(svg.match(/#c1440e/g)?.length).toBe(3);
  });
});
