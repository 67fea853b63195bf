import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { arch, platform, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { columns } from '../../../cli/render.ts';
import { Children } from '../children.ts';
import { type Installation, install, type Ran } from './installation.ts';
import { manifestOf, missingDependencies, pack, tracesOfThisMachine, unwanted } from './tarball.ts';

/** The oldest that is promised, the one that is developed on, and one that is too old. */
const root = resolve(fileURLToPath(new URL('../../..', import.meta.url)));
const oldest = '22.18.0';
const current = manifestOf(root).devDependencies['node'] ?? '';
const tooOld = '20.20.2';

/** What `headgate demo` announces, and says at its end. */
const announced = ['version 2: promoted', 'version 3: rolledBack', 'version 4: rolledBack'];

const outcomes = announced.map((line) => line.split(': ')[1]).join(', ');

type Row = readonly [what: string, outcome: string, seconds: number];

const print = (line: string) => void process.stdout.write(`${line}\n`);
const begun = Date.now();
const elapsed = () => Math.round((Date.now() - begun) / 100) / 10;

const children = new Children();
const folder = mkdtempSync(join(tmpdir(), 'headgate-packed-'));
const interrupted = children.endOnSignal(() => rmSync(folder, { recursive: true, force: true }));
try {
  print(JSON.stringify({ ok: true, ...(await proof()), seconds: elapsed() }));
} catch (error) {
  if (interrupted() === undefined) tell(error);
  process.exitCode = interrupted() ?? 1;
} finally {
  await children.endAll();
  rmSync(folder, { recursive: true, force: true });
}

function tell(error: unknown): void {
  const says = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${children.tails()}\n\n`);
  print(`e2e:packed failed: ${says}`);
  print(JSON.stringify({ ok: false, failed: says, seconds: elapsed() }));
}

async function proof() {
  const tarball = await pack(children, root, folder);
  print(`${tarball.files.length} files, ${tarball.bytes} bytes packed`);
  demandNone('the tarball holds what nobody needs', unwanted(tarball));
  const unpacked = await unpack(tarball.file);
  demandNone('the tarball tells of this machine', tracesOfThisMachine(unpacked, root, await registryHere()));
  demandNone('the build loads what package.json does not bring', missingDependencies(unpacked));

  const rows: Row[] = [];
  const stories: string[] = [];
  const installations: Installation[] = [];
  for (const version of [oldest, current]) {
    const there = await install(children, version, tarball.file, folder);
    installations.push(there);
    rows.push([
      `Node ${version}: npm install`,
      `${there.packages} packages, ${mib(there.bytes)} MiB`,
      there.seconds,
    ]);
    demandNone(`an installation under Node ${version} brings what is for development`, there.strays());
    for (const args of [['demo'], ...(await dynamoDemo(there))]) {
      const ran = await there.npx(...args);
      const story = demandDemo(ran, `npx headgate ${args.join(' ')} under Node ${version}`);
      stories.push(story);
      rows.push([`Node ${version}: npx headgate ${args.join(' ')}`, outcomes, ran.seconds]);
    }
  }
  demandOneStory(stories);
  rows.push(await refusalByOldNode(tarball.file));
  print(columns(rows.map(([what, outcome, seconds]) => [what, outcome, `${seconds.toFixed(1)} s`])));
  return {
    tarballBytes: tarball.bytes,
    files: tarball.files.length,
    installedBytes: Math.max(...installations.map(({ bytes }) => bytes)),
    packages: Math.max(...installations.map(({ packages }) => packages)),
    demos: stories.length,
    sameStory: true,
    nodes: [oldest, current],
    refusedBy: tooOld,
  };
}

/** The store on which it runs is a program for this platform only. */
async function dynamoDemo(there: Installation): Promise<readonly (readonly string[])[]> {
  if (platform() !== 'linux' || arch() !== 'x64') return [];
  const help = await there.npx('demo', '--help');
  if (!help.stdout.join('\n').includes('dynamodb')) {
    throw new Error('`headgate demo --ledger dynamodb` is not there');
  }
  return [['demo', '--ledger', 'dynamodb']];
}

/** @returns its three releases, line by line, without the folder that it names */
function demandDemo(ran: Ran, what: string): string {
  if (ran.code !== 0) throw new Error(`${what} ended with ${ran.code}`);
  const ends = ran.stdout.filter((line) => /^version \d+: /.test(line));
  if (ends.join() !== announced.join()) throw new Error(`${what} ended as ${ends.join(', ')}`);
  return ran.stdout.filter((line) => /^( {2}\+|version )/.test(line)).join('\n');
}

/** The same seed tells the same story, whatever Node runs it and wherever its ledger is. */
function demandOneStory(stories: readonly string[]): void {
  const [first = ''] = stories;
  const other = stories.find((story) => story !== first);
  if (other === undefined) return;
  const expected = first.split('\n');
  const at = other.split('\n').findIndex((line, index) => line !== expected[index]);
  throw new Error(`two demos differ:\n${expected[at]}\n${other.split('\n')[at]}`);
}

async function refusalByOldNode(tarball: string): Promise<Row> {
  const there = await install(children, tooOld, tarball, folder);
  const { code, stdout, stderr, seconds } = await there.npx('demo');
  // npm itself may warn of the user's own settings.
  const said = [...stdout, ...stderr].filter((line) => line !== '' && !line.startsWith('npm warn '));
  const [line = ''] = said;
  if (code === 0 || said.length !== 1 || !/^headgate needs Node >= \d+\.\d+ and found 20\./.test(line)) {
    throw new Error(`under Node ${tooOld} it ended with ${code} and said:\n${said.join('\n')}`);
  }
  print(line);
  return [`Node ${tooOld}: npx headgate demo`, `exit ${code} and that one line`, seconds];
}

async function unpack(file: string): Promise<string> {
  const place = join(folder, 'unpacked');
  mkdirSync(place);
  const tar = children.start('tar', { command: 'tar', args: ['-xzf', file, '-C', place], folder });
  if ((await tar.end(30_000)) !== 0) throw new Error(`${file} cannot be unpacked`);
  return join(place, 'package');
}

async function registryHere(): Promise<string> {
  const asked = children.start('npm config', { command: 'npm', args: ['config', 'get', 'registry'], folder });
  await asked.end(30_000);
  return asked.output().find((line) => URL.canParse(line)) ?? 'https://registry.npmjs.org/';
}

function demandNone(what: string, found: readonly string[]): void {
  if (found.length > 0) throw new Error(`${what}: ${found.join(', ')}`);
}

function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}
