import { type SpawnOptions, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { say } from './progress.ts';

/** A Python environment of its own, outside of the user's. */
export interface PythonEnvironment {
  /** The interpreter. */
  readonly python: string;
  /** The folder that holds the programs that the packages install. */
  readonly bin: string;
}

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const cache = join(root, 'node_modules', '.cache', 'headgate-e2e');
/** Written last: an installation that was interrupted is not taken for a whole one. */
const complete = 'headgate-complete';

/**
 * An environment with exactly what the requirements file pins, made once for each content of that file and kept
 * below node_modules. Says on standard error what takes time.
 * @param requirementsFile each requirement as `name==version`
 * @throws Error with the next step, if python3 or its venv module is missing or pip fails
 */
export async function pythonEnvironment(name: string, requirementsFile: string): Promise<PythonEnvironment> {
  const requirements = await readFile(requirementsFile, 'utf8');
  demandPins(requirements, requirementsFile);
  const interpreter = process.env['PYTHON'] ?? 'python3';
  const version = await versionOf(interpreter);
  // An environment belongs to the interpreter that made it, and to its place: the programs in it name its path.
  const digest = createHash('sha256')
    .update(`${version}\n${cache}\n${requirements}`)
    .digest('hex')
    .slice(0, 12);
  const folder = join(cache, `${name}-${digest}`);
  const bin = join(folder, 'bin');
  const made = { python: join(bin, 'python'), bin };
  if (existsSync(join(folder, complete))) {
    say(`Python environment ${name}: ${folder}`);
    return made;
  }
  await mkdir(cache, { recursive: true });
  // A leftover of an installation that did not finish is moved aside first: another run may still be using it.
  if (existsSync(folder)) await discard(folder);
  say(`Python environment ${name}: making ${folder} with ${version} (once) ...`);
  await run(
    interpreter,
    ['-m', 'venv', folder],
    'Install the venv module (Debian: apt-get install python3-venv).',
  );
  say(`Python environment ${name}: pip install -r ${requirementsFile} (once) ...`);
  const pip = [
    '-m',
    'pip',
    'install',
    '--disable-pip-version-check',
    '--no-input',
    '--quiet',
    '-r',
    requirementsFile,
  ];
  await run(made.python, pip, 'Is there a network, or a pip index (PIP_INDEX_URL)? Then run this again.');
  await writeFile(join(folder, complete), requirements);
  return made;
}

function demandPins(requirements: string, file: string): void {
  const lines = requirements.split('\n').map((line) => line.replace(/#.*/, '').trim());
  const loose = lines.filter(
    (line) => line !== '' && !/^[A-Za-z0-9._-]+(\[[^\]]+\])?==\S+(\s*;.*)?$/.test(line),
  );
  if (loose.length > 0) throw new Error(`${file}: only name==version, not ${loose.join(', ')}`);
}

async function versionOf(interpreter: string): Promise<string> {
  const next = 'Python 3.11 or newer is needed: install it, or set PYTHON to its path.';
  const version = (await run(interpreter, ['--version'], next)).trim();
  const [, major, minor] = /^Python (\d+)\.(\d+)/.exec(version) ?? [];
  if (Number(major) !== 3 || Number(minor) < 11) throw new Error(`${interpreter} is ${version}. ${next}`);
  return version;
}

async function discard(folder: string): Promise<void> {
  const aside = `${folder}.${randomUUID()}`;
  await rename(folder, aside);
  await rm(aside, { recursive: true, force: true });
}

/** @returns what it printed. @throws Error with the end of its output and the next step */
function run(program: string, args: readonly string[], next: string): Promise<string> {
  const options: SpawnOptions = { stdio: ['ignore', 'pipe', 'pipe'] };
  return new Promise((fulfil, reject) => {
    const child = spawn(program, args, options);
    let output = '';
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    child.on('error', (cause) => reject(new Error(`${program} cannot be run. ${next}`, { cause })));
    child.on('close', (code) => {
      if (code === 0) fulfil(output);
      else
        reject(
          new Error(`${program} ${args.join(' ')} ended with ${code}:\n${output.slice(-2_000)}\n${next}`),
        );
    });
  });
}
