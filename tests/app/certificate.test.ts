import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCertificate } from '../../src/app/certificate.ts';
import type { CertificateDocument } from '../../src/contracts/certificate.ts';
import type { Observation } from '../../src/domain/evidence.ts';
import { anyCertificate, parsed } from '../support/certificates.ts';
import { changed, leavesOf, numericLeaves, type Path, redigested, without } from '../support/json-leaves.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

function differencesOf(certificate: unknown): string[] {
  const checked = checkCertificate(JSON.parse(JSON.stringify(certificate)));
  if (checked.kind === 'none') return checked.faults.map(({ path }) => `no certificate: ${path}`);
  return checked.differences.map(({ path }) => path);
}

/** One with pairs, readings, histograms and errors. */
const rich = async (): Promise<CertificateDocument> => parsed(await anyCertificate(35, 'small'));

describe('a certificate', () => {
  it('holds as the controller wrote it, whatever the release was', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        expect(differencesOf(JSON.parse(await anyCertificate(seed)))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('holds in whatever order its keys come, and with its numbers written otherwise', async () => {
    const certificate = await rich();
    const turned = Object.fromEntries(Object.entries(certificate).reverse());
    expect(differencesOf(turned)).toEqual([]);
    const text = JSON.stringify(certificate).replace(/"span":60000/g, '"span":6.0e4');
    expect(differencesOf(JSON.parse(text))).toEqual([]);
  });

  it('is refused when any one number of its observation was changed', async () => {
    const certificate = await rich();
    const paths = numericLeaves(certificate.observation);
    expect(paths.length).toBeGreaterThan(300);
    for (const path of paths) {
      const forged = changed(certificate, ['observation', ...path]);
      expect(differencesOf(forged), path.join('.')).not.toEqual([]);
    }
  });

  it('is refused when any verdict, evidence, bound or count of its gates was changed', async () => {
    const certificate = await rich();
    const isFigure = ([gate, field, ...rest]: Path) =>
      gate !== undefined &&
      ['against', 'for', 'observed', 'interval'].includes(field ?? '') &&
      rest.length > 0;
    const paths = numericLeaves(certificate.gates).filter(isFigure);
    expect(paths.length).toBeGreaterThan(60);
    for (const path of paths) {
      const at = ['gates', ...path];
      expect(differencesOf(changed(certificate, at)), at.join('.')).toEqual([at.join('.')]);
    }
    for (const [index, { verdict }] of certificate.gates.entries()) {
      const other = verdict === 'pass' ? 'fail' : 'pass';
      expect(differencesOf(changed(certificate, ['gates', `${index}`, 'verdict'], other))).toEqual([
        `gates.${index}.verdict`,
      ]);
    }
  });

  it('is refused when its decision is not what follows from verdicts and clock', async () => {
    const certificate = await rich();
    for (const kind of ['advance', 'promote', 'retire', 'rollback', 'hold', 'wait'] as const) {
      const forged = { ...certificate, decision: { ...certificate.decision, kind } };
      expect(differencesOf(forged)).toEqual(kind === certificate.decision.kind ? [] : ['decision.kind']);
    }
  });

  it('is refused when a count was changed and the digest made anew, where a gate judged by it', async () => {
    const certificate = await rich();
    const paths = numericLeaves(certificate.observation).filter((path) => path.at(-1) === 'errors');
    expect(paths.length).toBeGreaterThan(7);
    for (const path of paths) {
      const found = differencesOf(redigested(changed(certificate, ['observation', ...path])));
      expect(found, path.join('.')).toContain('gates.0.against.logE');
    }
  });

  it('is refused with windows out of order, open at the watermark, or judged before they were closed', async () => {
    const certificate = await rich();
    const { windows, watermark } = certificate.observation;
    const observed = (more: object) =>
      redigested({ ...certificate, observation: { ...certificate.observation, ...more } });
    expect(differencesOf(observed({ windows: [...windows].reverse() }))).toContain(
      'observation.windows.1.at',
    );
    expect(differencesOf(observed({ watermark: watermark - 1 }))).toEqual([
      `observation.windows.${windows.length - 1}.at`,
    ]);
    expect(differencesOf({ ...certificate, decidedAt: watermark - 1 })).toContain('decidedAt');
  });

  it('is refused with counts that no judge would take', async () => {
    const certificate = await rich();
    const impossible = redigested(
      changed(
        changed(certificate, ['observation', 'windows', '0', 'missing'], Number.MAX_SAFE_INTEGER),
        [...['observation', 'windows', '1', 'missing']],
        Number.MAX_SAFE_INTEGER,
      ),
    );
    expect(differencesOf(impossible)).toEqual(['observation.windows']);
  });

  it('is refused when it asks for a gate that it has not', async () => {
    const certificate = await rich();
    expect(differencesOf({ ...certificate, required: ['nobody'] })).toEqual(['required.0']);
  });

  it('is none without any of its fields, with one more, or with two gates of one name', async () => {
    const certificate = await rich();
    const needed = leavesOf(certificate).filter(
      ([top]) => top !== 'observation' && top !== 'specs' && top !== 'gates',
    );
    for (const path of needed.filter((one) => one[0] !== 'required')) {
      const [says] = differencesOf(without(certificate, path));
      expect(says, path.join('.')).toBe(`no certificate: ${path.join('.')}`);
    }
    expect(differencesOf({ ...certificate, more: 1 })).toEqual(['no certificate: the file']);
    const [first] = certificate.specs;
    expect(differencesOf({ ...certificate, specs: [first, first] })).toEqual(['no certificate: specs']);
    for (const none of [null, 1, 'x', [], {}]) expect(differencesOf(none)[0]).toMatch(/^no certificate: /);
  });

  it('carries an observation with all that the domain knows of one', () => {
    type Plain<T> = T extends number
      ? number
      : T extends string
        ? T
        : { -readonly [K in keyof T]: Plain<T[K]> };
    const domain = (observation: Plain<Observation>): Plain<CertificateDocument['observation']> =>
      observation;
    const document = (observation: Plain<CertificateDocument['observation']>): Plain<Observation> =>
      observation;
    // That it compiles is the proof: a field that only one of them has would be missing here.
    const fields: Record<keyof Observation, true> & Record<keyof CertificateDocument['observation'], true> = {
      source: true,
      queryId: true,
      watermark: true,
      windows: true,
    };
    expect([typeof domain, typeof document, Object.keys(fields).length]).toEqual(['function', 'function', 4]);
  });
});
