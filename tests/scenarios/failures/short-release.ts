import { isDeepStrictEqual } from 'node:util';
import type { Configuration } from '../../../src/app/ports/workspace.ts';
import type { ReleaseView } from '../../../src/contracts/api.ts';
import { type Millis, minutes, seconds } from '../../../src/domain/units.ts';
import { endpoint, type PolicyInput, quickPolicy, type Running, type Setting, type Stage } from '../stage.ts';

/** The candidate's share at the only step. */
export const share = 50;

/** One step of two minutes and a short soak: eight states that write or read, in a few virtual minutes. */
export const shortPolicy = {
  ...quickPolicy,
  strategy: { kind: 'canary', steps: [{ candidate: share, minBake: '2m', deadline: '3h' }] },
  soak: { span: '2m' },
} satisfies PolicyInput;

/** The same with a job before traffic, a staging endpoint and paired probes. */
export const everyStage = {
  test: { enabled: true },
  stage: { enabled: true },
  shadow: { enabled: true, pairs: 4 },
} satisfies PolicyInput['stages'];

export const short = (more: Partial<PolicyInput> = {}): Setting => ({ policy: { ...shortPolicy, ...more } });

/** As a client sees it, less what the workspace adds. */
export async function configurationOf(stage: Stage): Promise<Configuration> {
  const { serving } = stage.controller.ports.workspace('production');
  return (await stage.clock.busy(() => serving.observe(endpoint))).configuration;
}

/** Lets time pass until the newest intent at the endpoint is the one for `purpose`. */
export async function untilIntent(stage: Stage, purpose: string): Promise<void> {
  const latest = stage.clock.now() + minutes(300);
  for (;;) {
    const row = await stage.ledger((ledger) => ledger.endpoint(endpoint));
    if (row?.intent?.purpose === purpose) return;
    if (stage.clock.now() > latest) throw new RangeError(`No intent to ${purpose}.`);
    await stage.clock.sleep(seconds(1));
  }
}

export interface Ending {
  readonly view: ReleaseView;
  /** What is wrong with how the release ended, in words; empty when it ended rightly. */
  readonly faults: readonly string[];
}

/**
 * Lets the release end and holds the simulator's own word against what is claimed.
 * @param good The endpoint's configuration before the release.
 * @param lingering How long an update that was under way at the end may still take.
 */
export async function endRightly(
  stage: Stage,
  release: Running,
  good: Configuration,
  lingering: Millis = minutes(3),
): Promise<Ending> {
  const view = await stage.end(release);
  const { clock, workspace } = stage;
  await clock.sleep(lingering);
  const truth = await workspace.truth(endpoint);
  const after = await configurationOf(stage);
  const row = await stage.ledger((ledger) => ledger.endpoint(endpoint));
  const record = await stage.ledger((ledger) => ledger.release(release.releaseId));
  const execution = record?.executionArn
    ? await clock.busy(() => stage.controller.engine.describeExecution(record.executionArn ?? ''))
    : undefined;
  const concluded = (await stage.trail(release)).filter((entry) => entry.action === 'Conclude').length;
  const routes = truth.activations.at(-1)?.routes.filter((route) => route.percentage > 0) ?? [];
  const promoted = view.outcome?.kind === 'promoted';
  const claimed = promoted ? release.version : row?.lastGood?.version;
  const shares = await stage.shares(release.version);
  const checks: readonly (readonly [boolean, string])[] = [
    [routes.length === 1 && routes[0]?.percentage === 100, `serves ${JSON.stringify(routes)}`],
    [routes[0]?.entityVersion === claimed, `serves ${routes[0]?.entityVersion}, claimed is ${claimed}`],
    [row?.phase === 'closed' && row.owner === null, `the endpoint's row is ${row?.phase}`],
    [row?.lastGood?.version === claimed, `lastGood is ${row?.lastGood?.version}, claimed is ${claimed}`],
    [shares.every((one) => [0, share, 100].includes(one)), `served ${shares.join(', ')} %`],
    [risesOnce(shares), `rose again after it fell: ${shares.join(', ')} %`],
    [execution !== undefined && execution.status !== 'RUNNING', `the execution is ${execution?.status}`],
    [concluded <= 1, `concluded ${concluded} times`],
    [
      promoted || isDeepStrictEqual(after, good),
      `the configuration is not as it was: ${JSON.stringify(after)}`,
    ],
  ];
  return { view, faults: checks.filter(([holds]) => !holds).map(([, says]) => says) };
}

/** After the way back began, there is no further increase. */
function risesOnce(shares: readonly number[]): boolean {
  const fall = shares.findIndex((one, index) => one < (shares[index - 1] ?? 0));
  return fall < 0 || shares.slice(fall).every((one, index, rest) => one <= (rest[index - 1] ?? one));
}
