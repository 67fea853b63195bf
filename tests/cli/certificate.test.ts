import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/app/digest.ts';
import { anyCertificate, parsed } from '../support/certificates.ts';
import { type Bench, bench } from '../support/cli-run.ts';
import { changed, without } from '../support/json-leaves.ts';

const benches: Bench[] = [];
afterEach(async () => {
  await Promise.all(benches.splice(0).map((one) => one.end()));
});

/** A folder with this file in it, and the program. */
async function withFile(content: string | Uint8Array) {
  const made = await bench();
  benches.push(made);
  writeFileSync(join(made.folder, 'decision.json'), content);
  return {
    ...made,
    verify: (...more: string[]) => made.run('certificate', 'verify', 'decision.json', ...more),
  };
}
const good = () => anyCertificate(35, 'small');

describe('headgate certificate verify', () => {
  it('says in one line what holds, and of which file', async () => {
    const text = await good();
    const { verify, host } = await withFile(text);
    expect(await verify()).toBe(0);
    expect(host.stdout).toEqual([
      expect.stringMatching(
        /^decision\.json: holds\. rel-fraud-prod-2-x, step \d: \w+, from 5 windows \(gate-0 /,
      ),
    ]);
    expect(host.stdout[0]).toContain(`SHA-256 ${sha256(text)}`);
    expect(host.stderr).toEqual([]);
  });

  it('says the same as JSON', async () => {
    const text = await good();
    const { verify, host } = await withFile(text);
    expect(await verify('--json', '--digest', sha256(text))).toBe(0);
    const { decision, gates, step } = parsed(text);
    expect(host.lines()).toEqual([
      expect.objectContaining({
        holds: true,
        sha256: sha256(text),
        step,
        decision: decision.kind,
        gates: gates.map(({ gate, verdict }) => ({ gate, verdict })),
        windows: 5,
      }),
    ]);
  });

  it('ends with 7 when one count was changed, and names every difference', async () => {
    const forged = changed(parsed(await good()), ['observation', 'windows', '0', 'candidate', 'errors']);
    const { verify, host } = await withFile(JSON.stringify(forged));
    expect(await verify()).toBe(7);
    expect(host.stdout).toEqual([]);
    const said = host.stderr.join('\n');
    expect(said).toContain('CertificateDiffers:');
    expect(said).toContain('decision.json does not follow from its own evidence');
    expect(said).toMatch(
      /observationDigest: is [0-9a-f]{64}, and the observation has [0-9a-f]{64}: it was changed/,
    );
    expect(said).toMatch(/gates\.0\.against\.logE: is \S+, and recomputed \S+/);
  });

  it('ends with 7 when it is not the file whose digest is known', async () => {
    const { verify, host } = await withFile(await good());
    expect(await verify('--json', '--digest', 'a'.repeat(64))).toBe(7);
    const [{ error }] = host.lines() as [
      { error: { name: string; facts: { differences: { path: string }[] } } },
    ];
    expect(error.name).toBe('CertificateDiffers');
    expect(error.facts.differences.map(({ path }) => path)).toEqual(['the file']);
  });

  it('ends with 2 on what is no certificate, and says what and where', async () => {
    const cases: readonly (readonly [content: string | Uint8Array, says: string])[] = [
      ['{"schema":', 'decision.json is no JSON'],
      [new Uint8Array([0x22, 0xff, 0x22]), 'decision.json is no JSON'],
      ['[]', 'the file: '],
      [JSON.stringify(without(parsed(await good()), ['rule', 'minBake'])), 'rule.minBake: '],
    ];
    for (const [content, says] of cases) {
      const { verify, host } = await withFile(content);
      expect(await verify(), says).toBe(2);
      expect(host.stderr.join('\n')).toContain(says);
      expect(host.stderr.at(-1)).toContain('evidence/releases/<id>/certificates/');
    }
  });

  it('ends with 2 where there is no such file, or no such digest', async () => {
    const { run, verify, host } = await withFile(await good());
    expect(await run('certificate', 'verify', 'nowhere.json')).toBe(2);
    expect(await verify('--digest', 'abc')).toBe(2);
    expect(host.stderr.join('\n')).toContain('a digest has 64 hexadecimal digits');
  });
});
