import { postAlert } from './alert.ts';
import type { Kind } from './payloads.ts';
import {
  at,
  closed,
  commandsOf,
  goingBack,
  held,
  heldByAda,
  neverRose,
  type Play,
  paused,
  quarantined,
  type Reach,
  resumedFor,
  stands,
  undone,
} from './plays.ts';
import type { Scene } from './scene.ts';
import type { PolicyName } from './setting.ts';

/** One alert at each stage that concerns the candidate alone, one that hits both sides, and the special ones. */

export interface Case {
  readonly stage: string;
  readonly payload: string;
  readonly policy: PolicyName;
  readonly play: Play;
}

const bothAt = (stage: string, policy: PolicyName, reach: Reach, more: More): Case[] => [
  { stage, policy, payload: more.own, play: undone(reach, more.own, more.outcome) },
  { stage, policy, payload: more.both, play: paused(reach, more.both) },
];
interface More {
  readonly own: Kind;
  readonly both: Kind;
  readonly outcome: 'rejected' | 'rolled back';
}
const byTable = { own: 'own table', both: 'upstream table' } as const;
const byRule = { own: 'own rule', both: 'upstream rule' } as const;
const rejected = { outcome: 'rejected' } as const;
const rolledBack = { outcome: 'rolled back' } as const;

/** In the order of a release's life. */
export const stages: readonly string[] = [
  ...['queued', 'Test', 'Evaluate', 'DeployToStaging', 'VerifyStaging', 'Approve', 'WarmCandidate', 'Shadow'],
  ...['Bake', 'Hold', 'soak', 'RetireBaseline', 'going back', 'rolled back'],
  ...['promoted, in time', 'promoted, too late'],
];

/** The longest come first: they are begun first. */
export function cases(): Case[] {
  return [
    { stage: 'queued', policy: 'approve', payload: 'upstream table', play: pausedBefore },
    { stage: 'queued', policy: 'approve', payload: 'own table', play: undoneBefore },
    ...bothAt('soak', 'soak', at('Bake', 100), { ...byRule, ...rolledBack }),
    ...bothAt('RetireBaseline', 'plain', at('RetireBaseline'), { ...byTable, ...rolledBack }),
    { stage: 'promoted, in time', policy: 'plain', payload: 'own rule', play: undoneAfterwards },
    { stage: 'promoted, in time', policy: 'plain', payload: 'upstream rule', play: nothingAfterwards },
    { stage: 'promoted, too late', policy: 'forgetful', payload: 'own table', play: tooLate('own table') },
    { stage: 'promoted, too late', policy: 'forgetful', payload: 'both sides', play: tooLate('both sides') },
    ...bothAt('Bake', 'bake', at('Bake', 10), { own: 'own rule', both: 'both sides', ...rolledBack }),
    { stage: 'Hold', policy: 'bake', payload: 'own table', play: undoneWhileHeld },
    { stage: 'Hold', policy: 'bake', payload: 'upstream rule', play: heldTwice },
    { stage: 'Bake', policy: 'bake', payload: 'unmapped', play: quarantined(at('Bake', 10), 'unmapped') },
    {
      stage: 'Bake',
      policy: 'bake',
      payload: 'unknown type',
      play: quarantined(at('Bake', 10), 'unknown type'),
    },
    { stage: 'going back', policy: 'bake', payload: 'own rule', play: goesBackAnyway('own rule') },
    {
      stage: 'going back',
      policy: 'bake',
      payload: 'upstream table',
      play: goesBackAnyway('upstream table'),
    },
    { stage: 'rolled back', policy: 'bake', payload: 'own table, closed', play: notStartedAgain },
    ...bothAt('VerifyStaging', 'staging', at('VerifyStaging'), { ...byTable, ...rejected }),
    ...bothAt('DeployToStaging', 'staging', at('DeployToStaging'), { ...byRule, ...rejected }),
    ...bothAt('Shadow', 'shadow', at('Shadow'), { ...byTable, ...rejected }),
    ...bothAt('WarmCandidate', 'plain', at('WarmCandidate'), { ...byRule, ...rejected }),
    ...bothAt('Approve', 'approve', at('Approve'), { ...byTable, ...rejected }),
    ...bothAt('Evaluate', 'evaluate', at('Evaluate'), { ...byRule, ...rejected }),
    ...bothAt('Test', 'test', at('Test'), { ...byTable, ...rejected }),
  ];
}

const approval = { states: ['Approve'] };

async function queue(scene: Scene) {
  const met = await at('Approve')(scene);
  const next = await scene.release();
  await scene.untilPhase(next, 'queued');
  return { met, next, watch: await scene.world.watch(next.releaseId) };
}

/** The one that runs is to blame; the one behind it in the queue begins, and is not. */
async function undoneBefore(scene: Scene): Promise<void> {
  const { met, next, watch } = await queue(scene);
  const alert = await postAlert(scene, 'own table', 'accepted', met);
  scene.expect('commands of the incident', commandsOf(await scene.ended(met.watch, 3, 'rejected'), alert), [
    'alert',
  ]);
  await neverRose(scene, met, alert);
  await scene.until(next, approval);
  await scene.world.command(['approve', next.releaseId]);
  scene.expect('commands for the next', commandsOf(await scene.ended(watch, 0, 'promoted'), alert), []);
  await stands(scene, { serves: next.version, releases: ['rejected', 'promoted'] });
}

/** The one that runs is held, and the one behind it waits until that is lifted. */
async function pausedBefore(scene: Scene): Promise<void> {
  const { met, next, watch } = await queue(scene);
  const { alert } = await held(scene, met, 'upstream table');
  scene.expect('the next', (await scene.view(next)).phase, 'queued');
  await closed(scene, 'upstream table', alert);
  await scene.heard(met.watch, resumedFor(alert));
  await scene.until(met.release, approval);
  await scene.world.command(['approve', met.release.releaseId]);
  await scene.ended(met.watch, 0, 'promoted');
  await scene.until(next, approval);
  await scene.world.command(['abort', next.releaseId]);
  scene.expect('commands for the next', commandsOf(await scene.ended(watch, 3, 'rejected'), alert), []);
  await stands(scene, { serves: met.release.version, releases: ['promoted', 'rejected'] });
}

/** A hold keeps no release from being taken back. */
const undoneWhileHeld = undone(heldByAda, 'own table', 'rolled back');

/** The incident's end lifts its own hold; the person's stays, and the person is told. */
async function heldTwice(scene: Scene): Promise<void> {
  const met = await heldByAda(scene);
  const alert = await postAlert(scene, 'upstream rule', 'accepted', met);
  await scene.heard(met.watch, new RegExp(`CommandAccepted +hold: .*${alert.incident}`));
  await closed(scene, 'upstream rule', alert);
  await scene.heard(met.watch, /^\S+ PersonNeeded .*stays held: ada: payday/);
  scene.expect('state', (await scene.view(met.release)).state, 'Hold');
  await scene.world.command(['resume', met.release.releaseId]);
  await scene.ended(met.watch, 0, 'promoted');
  await stands(scene, { serves: met.release.version, releases: ['promoted'] });
}

/** What goes back already goes back once, whatever is said of it. */
const goesBackAnyway =
  (kind: Kind): Play =>
  async (scene) => {
    const met = await goingBack(scene);
    const alert = await postAlert(scene, kind, 'accepted', met);
    const lines = await scene.ended(met.watch, 3, 'rolled back');
    scene.expect('restores begun', lines.filter((line) => / RestoreBegan /.test(line)).length, 1);
    await neverRose(scene, met, alert);
    await stands(scene, { serves: '1', releases: ['rolled back'] });
  };

async function notStartedAgain(scene: Scene): Promise<void> {
  const met = await at('Bake', 10)(scene);
  const alert = await postAlert(scene, 'own table', 'accepted', met);
  await scene.ended(met.watch, 3, 'rolled back');
  await closed(scene, 'own table', alert);
  await stands(scene, { serves: '1', releases: ['rolled back'] });
}

async function promoted(scene: Scene) {
  const release = await scene.release();
  const watch = await scene.world.watch(release.releaseId);
  await scene.ended(watch, 0, 'promoted');
  return release;
}

async function undoneAfterwards(scene: Scene): Promise<void> {
  await promoted(scene);
  await postAlert(scene, 'own rule', 'accepted');
  const back = await scene.rollback();
  await scene.ended(await scene.world.watch(back), 0, 'restored');
  await stands(scene, { serves: '1', releases: ['promoted', 'restored'] });
}

async function nothingAfterwards(scene: Scene): Promise<void> {
  const { version } = await promoted(scene);
  const alert = await postAlert(scene, 'upstream rule', 'accepted');
  await scene.untouched(alert, /it hits every version/);
  await stands(scene, { serves: version, releases: ['promoted'] });
}

/** Later than the policy's `rollbackWindow` of a minute. */
const tooLate =
  (kind: 'own table' | 'both sides'): Play =>
  async (scene) => {
    const { version } = await promoted(scene);
    await scene.pass(90_000);
    const alert = await postAlert(scene, kind, 'accepted');
    const why = kind === 'own table' ? /older than the rollback window/ : /it hits every version/;
    await scene.untouched(alert, why);
    await stands(scene, {
      serves: version,
      releases: ['promoted'],
      ...(kind === 'own table' ? { person: why } : {}),
    });
  };
