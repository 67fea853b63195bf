import { ScaledClock } from '../../local/clock.ts';
import { startWorkspace } from '../../local/workspace/workspace.ts';
import { profileOf, speed, subjects } from './world.ts';

/**
 * `headgate workspace` with many endpoints: the same simulator in a process of its own, which prints its connection as
 * one line of JSON and runs until it is told to end. Arguments: number of endpoints, seed.
 */
const [endpoints, seed] = process.argv.slice(2).map(Number);
const clock = ScaledClock.startingNow(speed);
const running = await startWorkspace({
  clock,
  seed: seed ?? 1,
  profile: profileOf(subjects(endpoints ?? 1)),
});
const { host, token, clientId, clientSecret } = running;
process.stdout.write(`${JSON.stringify({ host, token, clientId, clientSecret, epoch: clock.epoch })}\n`);
process.once('SIGTERM', () => void running.close());
// Whoever started it is gone: nobody would ever end it.
process.stdin.once('close', () => process.exit(0)).resume();
