import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { broken, minute, record, textOf, type Written } from '../local/judge/records.ts';
import { type Bench, bench } from '../support/cli-run.ts';

const benches: Bench[] = [];
afterEach(async () => {
  await Promise.all(benches.splice(0).map((one) => one.end()));
});

const gatesYaml =
  'gates: [{name: errors, kind: errors, alpha: 0.01, toleratedRatio: 1.0, harmfulRatio: 2.0}]\n';

async function on(observations: string, gates = gatesYaml): Promise<Bench> {
  const made = await bench();
  benches.push(made);
  writeFileSync(join(made.folder, 'gates.yaml'), gates);
  writeFileSync(join(made.folder, 'observations.ndjson'), observations);
  return made;
}

const judged = (made: Bench, ...flags: string[]) =>
  made.run('judge', '--gates', 'gates.yaml', 'observations.ndjson', ...flags);

const minutes = (count: number, more: Partial<Written> = {}, from = 0): Written[] =>
  Array.from({ length: count }, (_, index) => record(from + index, more));

/** Stdout line by line: what is printed together is printed at once. */
const linesOf = ({ host }: Bench): string[] => host.stdout.flatMap((text) => text.split('\n'));

const mixed = textOf([...minutes(3, { series: 'good' }), ...minutes(4, { series: 'bad', ...broken })]);

describe('headgate judge', () => {
  it('prints with --json one answer a window and nothing else', async () => {
    const made = await on(mixed);
    expect(await judged(made, '--json')).toBe(0);
    const answers = linesOf(made).map((line) => JSON.parse(line));
    expect(answers).toHaveLength(7);
    for (const answer of answers) {
      expect(Object.keys(answer)).toEqual(['series', 't', 'decision', 'gates']);
      expect(answer.gates).toEqual({
        errors: {
          verdict: answer.decision === 'rollback' ? 'fail' : 'undecided',
          against: { logE: expect.any(Number), bound: -Math.log(0.01) },
          for: { logE: expect.any(Number), bound: -Math.log(0.01) },
          observed: expect.anything(),
          interval: { low: expect.any(Number), high: expect.any(Number) },
          missing:
            answer.decision === 'rollback'
              ? null
              : { what: expect.any(String), etaS: expect.toBeOneOf([null, expect.any(Number)]) },
        },
      });
    }
    expect(answers.map(({ series, decision }) => `${series} ${decision}`).at(-1)).toBe('bad rollback');
    expect(made.host.stderr).toEqual([]);
  });

  it('prints without it each change of a decision, and a table', async () => {
    const made = await on(mixed);
    expect(await judged(made)).toBe(0);
    const [news, head, ...rows] = linesOf(made);
    expect(news).toBe(`${minute(0)} bad: rollback (errors fail)`);
    expect(head).toMatch(/^SERIES +WINDOWS +DECISION +SINCE +GATES +LACKS$/);
    expect(rows[0]).toMatch(
      /^good +3 +hold +2026-01-01T00:00:00Z +errors undecided +errors: harmlessness is not proven yet/,
    );
    expect(rows[1]).toMatch(/^bad +4 +rollback +2026-01-01T00:00:00Z +errors fail$/);
    expect(rows[2]).toBe('2 series: 0 promote, 1 rollback, 1 hold.');
  });

  it('prints with --summary only what became of each series', async () => {
    const made = await on(mixed);
    expect(await judged(made, '--summary')).toBe(0);
    expect(linesOf(made)).toHaveLength(4);
    const programs = await on(mixed);
    expect(await judged(programs, '--summary', '--json')).toBe(0);
    expect(programs.host.lines()).toMatchObject([
      { series: 'good', windows: 3, decision: 'hold', gates: { errors: 'undecided' }, late: 0, repeated: 0 },
      {
        series: 'bad',
        windows: 4,
        decision: 'rollback',
        since: minute(0),
        gates: { errors: 'fail' },
        missing: [],
      },
    ]);
  });

  it('says on stderr which records changed nothing', async () => {
    const made = await on(textOf([record(0), record(1), record(1), record(0), record(0), record(2)]));
    expect(await judged(made, '--json')).toBe(0);
    expect(linesOf(made).map((line) => JSON.parse(line).late)).toEqual([undefined, 2, 2]);
    expect(made.host.stderr).toEqual([
      '2 records came late: their windows were closed, and they changed nothing (s1 2)',
      '1 records came again: they were counted once (s1 1)',
    ]);
  });

  it('ends with 2 at a bad line: what closed before is printed, then file, line, key, what and how to mend it', async () => {
    const bad = { ...record(3), candidate: { requests: 5, errors: 7 } };
    const made = await on(textOf([...minutes(3), bad, ...minutes(3, {}, 4)]));
    expect(await judged(made)).toBe(2);
    expect(made.host.stdout).toEqual([]);
    expect(made.host.stderr).toEqual([
      'ObservationInvalid: observations.ndjson:4 candidate.errors: 7 of 5 requests; requests count every answer, errors among them',
      '  mend the line and judge the file again: 2 windows that closed before it were judged, and nothing after them; docs/cli.md explains records',
    ]);
    const programs = await on(textOf([...minutes(3), bad]));
    expect(await judged(programs, '--json')).toBe(2);
    const lines = linesOf(programs).map((line) => JSON.parse(line));
    expect(lines.map(({ t }) => t)).toEqual([minute(0), minute(1), undefined]);
    expect(lines[2]).toMatchObject({
      error: { name: 'ObservationInvalid', facts: { line: 4, key: 'candidate.errors', windows: 2 } },
    });
  });

  it('ends with 2 where windows of a series overlap: their requests would count twice', async () => {
    const made = await on(textOf(minutes(3, { windowS: 600 })));
    expect(await judged(made)).toBe(2);
    expect(made.host.stderr[0]).toBe(
      `ObservationInvalid: observations.ndjson:2 t: ${minute(1)} lies within the window before, which is 600 s long; write the start of the window, after the end of the one before`,
    );
  });

  it('ends with 2 at a file of gates that is wrong, and judges nothing', async () => {
    const made = await on(mixed, 'gates: [{name: errors, kind: errors, toleratedRatio: 0.5}]');
    expect(await judged(made, '--json')).toBe(2);
    expect(made.host.lines()).toMatchObject([
      {
        error: {
          name: 'ConfigurationInvalid',
          facts: { problems: [{ from: 'gates.yaml', line: 1, key: 'gates[0].toleratedRatio' }] },
        },
      },
    ]);
  });

  it('ends with 2 without observations, or without gates', async () => {
    const made = await on('');
    expect(await made.run('judge', '--gates', 'gates.yaml', 'none.ndjson')).toBe(2);
    expect(await made.run('judge', 'observations.ndjson')).toBe(2);
    expect(made.host.stderr.filter((line) => line.startsWith('UsageError'))).toEqual([
      'UsageError: none.ndjson cannot be read',
      "UsageError: required option '--gates <file>' not specified",
    ]);
  });

  it('has nothing to say of an empty file', async () => {
    const made = await on('');
    expect(await judged(made)).toBe(0);
    expect(made.host.stdout).toEqual(['There was nothing to judge.']);
  });

  it('is stopped by Ctrl-C', async () => {
    const made = await on(mixed);
    made.stop.abort();
    expect(await judged(made, '--json')).toBe(130);
  });

  it('reads stdin as it reads a file', async () => {
    const made = await on(mixed);
    await judged(made, '--json');
    const { stdout, status } = spawnSync(
      process.execPath,
      ['bin/headgate.ts', 'judge', '--gates', join(made.folder, 'gates.yaml'), '-', '--json'],
      { input: mixed, encoding: 'utf8' },
    );
    expect(stdout.trimEnd().split('\n')).toEqual(linesOf(made));
    expect(status).toBe(0);
  });
});
