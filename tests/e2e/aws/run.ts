import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Progress, say, Undoing } from '../progress.ts';
import { type Emulator, emulatorProgram, startEmulator } from './emulator.ts';
import { Findings } from './findings.ts';
import { rehearse } from './rehearsal.ts';
import { startSimulator } from './subject.ts';

/**
 * `npm run e2e:aws`: the shipped stack by `cdk deploy` on an emulator that nobody here wrote, one release and one
 * rollback on it, and the same two on the embedded engine. Progress on standard error; the last line of standard output
 * is {promoted, rolledBack, statesEqual, differences}. Exit code 0 only if the first three are true and nothing else
 * was wrong; 130 when interrupted.
 */
const { values } = parseArgs({
  options: { keep: { type: 'boolean', default: false }, help: { type: 'boolean' } },
});
if (values.help) {
  say(
    'node tests/e2e/aws/run.ts [--keep]\n  --keep   leave the emulator running at the end, to be looked at, until Ctrl-C',
  );
  process.exit(0);
}

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Somebody who asks twice does not want to wait; the processes are killed all the same.
    if (interrupted.signal.aborted) process.exit(130);
    say(`\n${signal}: stopping ...`);
    interrupted.abort(new Error('interrupted'));
  });
}

const progress = new Progress();
const undoing = new Undoing();
const findings = new Findings();
let emulator: Emulator | undefined;
try {
  const program = await progress.step('install the emulator', emulatorProgram);
  const installed = progress.seconds;
  const folder = await mkdtemp(join(tmpdir(), 'headgate-e2e-aws-'));
  undoing.later('temporary folder', () => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const workspace = await startSimulator();
  undoing.later('simulator', () => workspace.close());
  emulator = await progress.step('start the emulator', () => startEmulator(program, folder));
  undoing.later('emulator', emulator.stop);
  // Whatever hangs: the run takes two minutes, and five on a busy machine.
  const stop = AbortSignal.any([interrupted.signal, AbortSignal.timeout(600_000)]);
  const stopped = new Promise<never>((_, reject) => {
    stop.addEventListener('abort', () => reject(stop.reason), { once: true });
  });
  await Promise.race([rehearse({ emulator, folder, workspace, progress, findings, stop }), stopped]);
  say(`\nAfter the install it took ${(progress.seconds - installed).toFixed(0)} s:`);
  for (const { step, seconds } of progress.times) say(`  ${seconds.toFixed(1).padStart(6)} s  ${step}`);
} catch (error) {
  findings.faults.push(error instanceof Error ? error.message : String(error));
}

for (const fault of findings.faults) say(`\nWRONG: ${fault}`);
if (!findings.good && emulator && !interrupted.signal.aborted) {
  say(`\nThe end of the emulator's log:\n${await emulator.logTail(40)}`);
}
if (values.keep && emulator && !interrupted.signal.aborted) await kept(emulator, interrupted.signal);
await undoing.all();
process.stdout.write(`${findings.line()}\n`);
process.exitCode = interrupted.signal.aborted && !values.keep ? 130 : findings.good ? 0 : 1;

async function kept({ url, pid, logFile, variables }: Emulator, stop: AbortSignal): Promise<void> {
  const set = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  say(`\nThe emulator runs on ${url} (process ${pid}, log ${logFile}). To look at it:`);
  say(`  export ${set.join(' ')}`);
  say('  aws stepfunctions list-state-machines; aws dynamodb list-tables; aws logs describe-log-groups');
  say('Ctrl-C ends it.');
  await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
}
