import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { claimDataFolder } from '../../local/data-folder.ts';
import { isReleaseError } from '../../src/contracts/errors.ts';

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The mode is set apart from the umask of whoever runs this. */
function folderOf(mode: number, name: string, ...files: readonly string[]): string {
  const folder = join(place(), name);
  mkdirSync(folder);
  for (const file of files) writeFileSync(join(folder, file), '');
  chmodSync(folder, mode);
  return folder;
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;

function refusalOf(folder: string): string {
  try {
    claimDataFolder(folder);
  } catch (error) {
    if (isReleaseError(error, 'ConfigurationInvalid')) return error.message;
    throw error;
  }
  return 'claimed';
}

describe('the data folder', () => {
  it('is made for its owner only, with the folders above it', () => {
    const top = join(place(), 'a');
    claimDataFolder(join(top, 'b'));
    expect([modeOf(top), modeOf(join(top, 'b'))]).toEqual([0o700, 0o700]);
  });

  it.each([
    [0o755, '.headgate', []],
    [0o777, '.headgate', []],
    [0o710, 'elsewhere', ['ledger.sqlite']],
    [0o701, 'elsewhere', ['notes.txt', 'machine.sqlite']],
    [0o755, 'elsewhere', ['intake-secrets.json']],
  ])('is tightened from %o where it is ours: %s with %j', (mode, name, files) => {
    const folder = folderOf(mode, name, ...files);
    claimDataFolder(folder);
    expect(modeOf(folder)).toBe(0o700);
  });

  it.each([
    [0o755, []],
    [0o750, ['package.json', 'workspace.json']],
    [0o702, ['api.json']],
  ])("is refused and left as it is with mode %o and somebody else's %j", (mode, files) => {
    const folder = folderOf(mode, 'elsewhere', ...files);
    expect(refusalOf(folder)).toBe(
      `others than its owner may enter ${folder}: run chmod 700 ${folder}, or name a new folder with --data`,
    );
    expect(modeOf(folder)).toBe(mode);
  });

  it.each([0o700, 0o500])('is taken as it is with mode %o, whatever is in it', (mode) => {
    const folder = folderOf(mode, 'elsewhere', 'package.json');
    claimDataFolder(folder);
    expect(modeOf(folder)).toBe(mode);
  });

  it('is judged by what a link leads to, not by the name of the link', () => {
    const target = folderOf(0o755, 'elsewhere');
    const link = join(place(), '.headgate');
    symlinkSync(target, link);
    expect(refusalOf(link)).toContain('chmod 700');
    expect(modeOf(target)).toBe(0o755);
  });

  it('is refused when it is a file', () => {
    const file = join(place(), 'file');
    writeFileSync(file, '');
    expect(refusalOf(file)).toBe(`${file} cannot be used as the data folder`);
  });
});
