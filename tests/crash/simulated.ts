import { ScaledClock } from '../../local/clock.ts';
import type { WorkspaceProfile } from '../../local/workspace/profile.ts';
import { startWorkspace } from '../../local/workspace/workspace.ts';

/**
 * `headgate workspace` with a profile of its own: the same simulator in a process of its own, which prints its
 * connection as one line of JSON and runs until it is told to end.
 */
export async function runSimulator(options: {
  readonly profile: WorkspaceProfile;
  readonly speed: number;
  readonly seed: number;
}): Promise<void> {
  const clock = ScaledClock.startingNow(options.speed);
  const running = await startWorkspace({ clock, seed: options.seed, profile: options.profile });
  const { host, token, clientId, clientSecret } = running;
  process.stdout.write(`${JSON.stringify({ host, token, clientId, clientSecret, epoch: clock.epoch })}\n`);
  process.once('SIGTERM', () => void running.close());
  // Whoever started it is gone: nobody would ever end it.
  process.stdin.once('close', () => process.exit(0)).resume();
}
