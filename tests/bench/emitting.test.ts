import { describe, expect, it } from 'vitest';
import { linesOf, recordOf } from '../../bench/judge/emit.ts';
import { gates } from '../../bench/judge/gates.ts';
import { headgate } from '../../bench/judge/judges.ts';
import { optionsOf } from '../../bench/judge/options.ts';
import { stream } from '../../bench/judge/random.ts';
import { scenarioNamed } from '../../bench/judge/scenarios/index.ts';
import { ObservationJudge } from '../../local/judge/judge-lines.ts';
import { loadGates } from '../../src/adapters/local/gates-file.ts';

describe('the gates beside the bench', () => {
  it('are those that judge errors in it', () => {
    const path = new URL('../../bench/judge/gates.yaml', import.meta.url).pathname;
    expect(loadGates(path, 'gates.yaml')).toMatchObject(gates.errors);
  });
});

describe('what is emitted', () => {
  it.each([
    ['errors', ['errors-2', 'stationary', 'rows-lost', 'harmful-at-half', 'alone-harmful']],
    ['client-errors', ['client-errors-double']],
    ['throughput', ['throughput-30', 'throughput-shared-overload']],
    ['threshold-max', ['threshold-above-beside', 'threshold-shared']],
    ['correlation', ['correlation-0.6']],
  ] as const)('is judged by the command as the bench judges it: %s', (of, names) => {
    const specs = gates[of];
    const chosen = names.map(scenarioNamed);
    const decisions = new Map<string, string[]>();
    const judge = new ObservationJudge(specs, ({ series: { name }, decision }) => {
      decisions.set(name, [...(decisions.get(name) ?? []), decision]);
    });
    judge.push(Buffer.from([...linesOf(chosen, 3, 2, 240)].join('')));
    judge.end();
    expect(decisions.size).toBe(2 * chosen.length);
    for (const { name, start } of chosen) {
      for (const run of [0, 1]) {
        const [windows, own] = [start(stream(3, name, run)), headgate(specs).start()];
        const says = Array.from({ length: 240 }, (_, look) => own.look(windows(look)));
        const spoken = says.map((word) => (word === 'none' ? 'hold' : word));
        expect(decisions.get(`${name}/${run}`)).toEqual(spoken);
      }
    }
  });

  it('has what is documented of each window', () => {
    const windows = scenarioNamed('rows-lost-known').start(stream(1, 'x', 0));
    const record = recordOf('s', windows(1));
    expect(record).toMatchObject({
      series: 's',
      t: '2026-01-01T00:01:00Z',
      part: 0,
      windowS: 60,
      share: 0.05,
      step: 1,
    });
    expect(Object.keys(record)).toContain('missing');
  });
});

describe('the options', () => {
  it.each([
    [['--runs', 'many'], '--runs is a whole number'],
    [['--seed=-1'], '--seed is a whole number'],
    [['--sunny'], 'sunny'],
  ])('%j are refused', (args, says) => {
    expect(() => optionsOf(args)).toThrow(says);
  });

  it.each([
    [['--emit'], /canarybench\.ndjson$/],
    [['--emit', '--seed', '4'], /canarybench\.ndjson$/],
    [['--emit', 'mine.ndjson'], /^mine\.ndjson$/],
  ])('%j name the file', (args, file) => {
    expect(optionsOf(args).emit).toMatch(file);
  });

  it('say what was asked for', () => {
    const { seed, sizes, only, command } = optionsOf(['--seed', '4', '--runs', '70', '--only', 'dead']);
    expect({ seed, nulls: sizes.nulls, only }).toEqual({ seed: 4, nulls: 70, only: ['dead'] });
    expect(command).toBe('npm run bench:judge -- --seed 4 --runs 70 --only dead');
  });
});
