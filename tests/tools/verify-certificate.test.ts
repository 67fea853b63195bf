import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sha256 } from '../../src/app/digest.ts';
import { anyCertificate, gateKinds, parsed } from '../support/certificates.ts';
import { changed, leavesOf, numericLeaves, redigested, without } from '../support/json-leaves.ts';
import { ourWord, pythonOn, pythonsWord, runVerifier } from '../support/python-verifier.ts';

/** Small enough to change each of its numbers in turn, and with every measure there is. */
const small = () => anyCertificate(smallSeed, 'small');
const smallSeed = 35;

function fileOf(content: string | Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-certificate-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'certificate.json');
  writeFileSync(file, content);
  return file;
}

describe('the verifier without our code', () => {
  it('finds what ours finds in certificates of all kinds of gates and evidence', async () => {
    const seeds = [
      ...Array.from({ length: 200 }, (_, index) => index),
      ...fc.sample(fc.integer({ min: 1_000, max: 2 ** 31 - 1 }), 40),
    ];
    const texts = await Promise.all(seeds.map((seed) => anyCertificate(seed)));
    const found = pythonOn(texts).map((answer, index) => ({ seed: seeds[index], ...answer }));
    expect(found.filter(({ holds }) => holds !== true)).toEqual([]);
    expect(texts.map(ourWord).filter((word) => word !== 'holds')).toEqual([]);

    const verdicts = new Set(
      texts.flatMap((text) => parsed(text).gates.map(({ kind, verdict }) => `${kind} ${verdict}`)),
    );
    const possible = gateKinds.flatMap((kind) =>
      ['pass', 'fail', 'undecided'].map((verdict) => `${kind} ${verdict}`),
    );
    // A broken split never rolls back, so nothing else is left out.
    expect(possible.filter((verdict) => !verdicts.has(verdict))).toEqual(['sample-ratio fail']);
    const decisions = new Set(texts.map((text) => parsed(text).decision.kind));
    expect([...decisions].sort()).toEqual(['advance', 'hold', 'promote', 'retire', 'rollback', 'wait']);
  }, 120_000);

  it('refuses a certificate with one number of its observation changed, whichever it is, as ours does', async () => {
    const certificate = parsed(await small());
    const paths = numericLeaves(certificate.observation).map((path) => ['observation', ...path]);
    expect(paths.length).toBeGreaterThan(300);
    const texts = paths.map((path) => JSON.stringify(changed(certificate, path)));
    const accepted = pythonOn(texts).flatMap((answer, index) =>
      answer.holds ? [paths[index]?.join('.')] : [],
    );
    expect(accepted).toEqual([]);
    expect(paths.filter((_, index) => ourWord(texts[index] ?? '') === 'holds')).toEqual([]);
  }, 120_000);

  it('says the same of a forger who makes the digest anew, and finds each forged error', async () => {
    const certificate = parsed(await small());
    const paths = numericLeaves(certificate.observation).map((path) => ['observation', ...path]);
    const texts = paths.map((path) => JSON.stringify(redigested(changed(certificate, path))));
    const answers = pythonOn(texts).map(pythonsWord);
    const ours = texts.map(ourWord);
    // Theirs leaves more room for rounding, so it may accept what ours does not, and never the other way round.
    const stricter = paths.filter((_, index) => ours[index] === 'holds' && answers[index] !== 'holds');
    expect(stricter).toEqual([]);
    const errors = paths
      .map((path, index) => [path.at(-1), answers[index]])
      .filter(([name]) => name === 'errors');
    expect(errors.length).toBeGreaterThan(7);
    expect(errors.filter(([, word]) => word === 'holds')).toEqual([]);
  }, 120_000);

  it('takes for a certificate what ours takes for one', async () => {
    const certificate = parsed(await small());
    const paths = leavesOf(certificate).filter((path) => path[0] !== 'observation' || Number(path[2]) < 1);
    const texts = [
      ...paths.map((path) => JSON.stringify(without(certificate, path))),
      ...paths.map((path) => JSON.stringify(changed(certificate, path, -1))),
      ...paths.map((path) => JSON.stringify(changed(certificate, path, {}))),
      ...paths.map((path) => JSON.stringify(changed(certificate, path, 'x'))),
      ...paths.map((path) => JSON.stringify(changed(certificate, [...path.slice(0, -1), 'more'], 1))),
      ...[
        'null',
        '[]',
        '{}',
        '1',
        '"certificate"',
        JSON.stringify({ ...certificate, schema: 'headgate.certificate/v2' }),
      ],
    ];
    const ours = texts.map(ourWord);
    const answers = pythonOn(texts);
    const apart = answers.flatMap((answer, index) =>
      pythonsWord(answer) === ours[index]
        ? []
        : [{ ours: ours[index], answer, text: texts[index]?.slice(0, 60) }],
    );
    expect(apart).toEqual([]);
    expect(new Set(ours)).toEqual(new Set(['holds', 'differs', 'none']));
  }, 120_000);

  it('ends with 0, 7 and 2, and says what and where', async () => {
    const text = await small();
    const file = fileOf(text);
    const holds = runVerifier(file, '--digest', sha256(text));
    expect(holds).toMatchObject({ code: 0, stderr: '' });
    expect(holds.stdout).toContain(sha256(text));

    const other = runVerifier(file, '--digest', '0'.repeat(64));
    expect(other.code).toBe(7);
    expect(other.stderr).toContain(`the file: has the digest ${sha256(text)}, not ${'0'.repeat(64)}`);

    const certificate = parsed(text);
    const forged = runVerifier(
      fileOf(JSON.stringify(changed(certificate, ['gates', '0', 'against', 'logE'], 99))),
    );
    expect(forged.code).toBe(7);
    expect(forged.stderr).toContain('gates.0.against.logE: is 99, and recomputed ');

    const none = runVerifier(fileOf(JSON.stringify(without(certificate, ['rule', 'minBake']))));
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none.stderr).toContain('rule.minBake: is missing');
    expect(runVerifier(fileOf('{"schema":')).code).toBe(2);
    expect(runVerifier(fileOf(new Uint8Array([0xff, 0xfe]))).code).toBe(2);
    expect(runVerifier('/nowhere/certificate.json').code).toBe(2);
    expect(runVerifier().code).toBe(2);
    expect(runVerifier('--help')).toMatchObject({ code: 0, stderr: '' });
    // The worst of several files.
    const late = { ...certificate, decidedAt: 0 };
    expect(runVerifier(file, fileOf(JSON.stringify(late))).code).toBe(7);
  });
});
