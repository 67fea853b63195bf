import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type Checked, checkCertificate, type Difference } from '../../src/app/certificate.ts';
import type { Session } from '../context.ts';
import { CliFault } from '../fault.ts';
import { printable } from '../render.ts';
import { digest } from './digest.ts';

export function addCertificate(program: Command, session: Session): void {
  program
    .command('certificate')
    .description("look at the file of a release's decision")
    .command('verify')
    .description(
      'recompute a decision from its own evidence; ends with 7 and every difference if it does not follow',
    )
    .argument('<file>', "a certificate: below the controller's evidence/releases/<id>/certificates/")
    .option('--digest <sha256>', 'of the file, as the audit trail has it: it must be this very file', digest)
    .addHelpText(
      'after',
      `
It reads nothing but the file. tools/verify_certificate.py does the same without any code of Headgate;
docs/certificate.md specifies the file. \`headgate audit --json\` shows the digest of each certificate.

Examples:
  headgate certificate verify step-1-advance.json
  headgate certificate verify step-1-advance.json --digest 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`,
    )
    .action(
      session.ends(async (file: string, { digest: kept }: { digest?: string }) => {
        const { host, folder } = session.context;
        const bytes = bytesOf(resolve(folder, file), file);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const checked = checkCertificate(jsonIn(bytes, file));
        if (checked.kind === 'none') throw noCertificate(file, checked.faults);
        const differences = [...otherFile(sha256, kept), ...checked.differences];
        if (differences.length > 0) throw differs(file, differences);
        if (session.options().json) host.json(summary(checked, sha256));
        else host.out(says(file, checked, sha256));
        return 'ok';
      }),
    );
}

function bytesOf(path: string, file: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new CliFault('UsageError', `${file} cannot be read`, 'name a file that is there', 'usage', {
      cause,
    });
  }
}

function jsonIn(bytes: Buffer, file: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliFault('UsageError', printable(`${file} is no JSON: ${why}`), mend, 'usage', { cause });
  }
}

const mend = 'name a certificate, a file below evidence/releases/<id>/certificates/';

function noCertificate(file: string, faults: readonly Difference[]): CliFault {
  const message = `${file} is no certificate:\n${lines(faults)}`;
  return new CliFault('NoCertificate', message, mend, 'usage', { facts: { faults } });
}

function differs(file: string, differences: readonly Difference[]): CliFault {
  const message = `${file} does not follow from its own evidence:\n${lines(differences)}`;
  const next = "believe nothing it says; compare the file's SHA-256 with the audit trail's";
  return new CliFault('CertificateDiffers', message, next, 'broken', { facts: { differences } });
}

/** A file that is wrong throughout is not shown throughout; with --json it is. */
const mostShown = 20;

function lines(differences: readonly Difference[]): string {
  const shown = differences
    .slice(0, mostShown)
    .map(({ path, says: what }) => printable(`  ${path}: ${what}`));
  const more = differences.length - shown.length;
  return [...shown, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

function otherFile(sha256: string, kept: string | undefined): Difference[] {
  if (kept === undefined || kept === sha256) return [];
  return [{ path: 'the file', says: `has the digest ${sha256}, not ${kept}: it is another one` }];
}

type Checks = Extract<Checked, { kind: 'checked' }>;

function summary({ certificate }: Checks, sha256: string) {
  const { release, step, decidedAt, decision, gates, observation } = certificate;
  return {
    holds: true,
    sha256,
    releaseId: release.releaseId,
    step,
    decidedAt,
    decision: decision.kind,
    gates: gates.map(({ gate, verdict }) => ({ gate, verdict })),
    windows: observation.windows.length,
  };
}

function says(file: string, checked: Checks, sha256: string): string {
  const { releaseId, step, decision, gates, windows } = summary(checked, sha256);
  const verdicts = gates.map(({ gate, verdict }) => `${gate} ${verdict}`).join(', ');
  return printable(
    `${file}: holds. ${releaseId}, step ${step + 1}: ${decision}, from ${windows} windows (${verdicts}). SHA-256 ${sha256}`,
  );
}
