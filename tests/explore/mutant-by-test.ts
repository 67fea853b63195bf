import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutant } from './mutants.ts';

/** Judges a mutant by a test file of the repository, in a copy of the tree in which the mutant stands. */

const root = fileURLToPath(new URL('../../', import.meta.url));
const left = ['.git', 'node_modules', 'dist', 'coverage', '.headgate'];

interface Report {
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** @returns The first test that the mutant breaks; undefined when it breaks none. @throws Error where no test ran. */
export async function brokenBy(mutant: Mutant, testFile: string): Promise<string | undefined> {
  const copy = mkdtempSync(join(tmpdir(), 'headgate-mutant-'));
  try {
    cpSync(root, copy, {
      recursive: true,
      filter: (path) => !left.includes(path.slice(root.length).split('/')[0] ?? ''),
    });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const file = join(copy, mutant.file);
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      text.replace(mutant.from, () => mutant.to),
    );
    const report = join(copy, 'report.json');
    await vitest(copy, testFile, report);
    const { numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
    if (numFailedTests === 0) return undefined;
    const failed = testResults
      .flatMap((one) => one.assertionResults)
      .find(({ status }) => status === 'failed');
    return `${testFile}: ${failed?.fullName}`;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Resolves whether or not tests fail: the report tells. */
function vitest(directory: string, testFile: string, report: string): Promise<void> {
  const runner = join('node_modules', 'vitest', 'vitest.mjs');
  const asked = [runner, 'run', testFile, '--reporter=json', `--outputFile=${report}`];
  return new Promise((resolve) => {
    execFile(process.execPath, asked, { cwd: directory }, () => resolve());
  });
}
