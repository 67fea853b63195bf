import { postAlert } from './alert.ts';
import type { Case } from './cases.ts';
import {
  at,
  closed,
  commandsOf,
  held,
  type Met,
  neverRose,
  type Play,
  type Reach,
  resumedFor,
  stands,
} from './plays.ts';
import type { Alert, Scene } from './scene.ts';

/**
 * Where serve asks Monte Carlo's API and answers there. These live in real time, as serve does without a simulator's
 * clock, and so they meet the stages before traffic: two shares alone would take five minutes.
 */
export function answeredCases(): Case[] {
  return [
    {
      stage: 'WarmCandidate',
      policy: 'plain',
      payload: 'own table, confirmed',
      play: confirmed(at('WarmCandidate')),
    },
    { stage: 'Test', policy: 'test', payload: 'own rule, confirmed', play: confirmed(at('Test')) },
    { stage: 'Approve', policy: 'approve', payload: 'own table, confirmed', play: confirmed(at('Approve')) },
    { stage: 'Approve', policy: 'approve', payload: 'upstream rule, closed', play: liftedWhenConfirmed },
    { stage: 'Approve', policy: 'approve', payload: 'own table, unheard of', play: pausedAtMost },
    { stage: 'Approve', policy: 'approve', payload: 'own rule, closed by now', play: closedByNow },
    { stage: 'Approve', policy: 'approve', payload: 'unmapped', play: keptForPerson },
  ];
}

const confirmed =
  (reach: Reach): Play =>
  async (scene) => {
    const met = await reach(scene);
    const alert = await postAlert(scene, 'own table', 'accepted', met);
    await commented(scene, alert, /is rolled back/);
    const lines = await scene.ended(met.watch, 3, 'rejected');
    scene.expect('commands of the incident', commandsOf(lines, alert), ['alert']);
    await neverRose(scene, met, alert);
    await stands(scene, { serves: '1', releases: ['rejected'] });
  };

/** A message that it is closed lifts nothing before the API says so too. */
async function liftedWhenConfirmed(scene: Scene): Promise<void> {
  const { alert, ...met } = await held(scene, await at('Approve')(scene), 'upstream rule');
  await commented(scene, alert, /is paused/);
  const { incident } = alert;
  await postAlert(scene, 'upstream rule', 'accepted', undefined, { incident, feedback: 'fixed' });
  await scene.personNeeded(new RegExp(`${incident} .*does not confirm it`));
  scene.expect('state', (await scene.view(met.release)).state, 'Hold');
  scene.incidents?.say(incident, 'false_positive');
  await closed(scene, 'upstream rule', alert);
  await scene.heard(met.watch, resumedFor(alert));
  await commented(scene, alert, /goes on/);
  await scene.until(met.release, met.standing);
  await abort(scene, met);
}

async function pausedAtMost(scene: Scene): Promise<void> {
  const met = await at('Approve')(scene);
  await postAlert(scene, 'own table', 'accepted', met, { unheardOf: true });
  await scene.until(met.release, { states: ['Hold'] });
  await scene.heard(met.watch, /^\S+ PersonNeeded .*knows no such incident/);
  await abort(scene, met);
}

async function closedByNow(scene: Scene): Promise<void> {
  const met = await at('Approve')(scene);
  const alert = await postAlert(scene, 'own rule', 'accepted', met, { closedByNow: true });
  await scene.untouched(alert, /is closed: it holds nothing/);
  scene.expect('state', (await scene.view(met.release)).state, 'Approve');
  await abort(scene, met);
}

async function keptForPerson(scene: Scene): Promise<void> {
  const met = await at('Approve')(scene);
  const { incident } = await postAlert(scene, 'unmapped', 'accepted', met);
  await scene.personNeeded(new RegExp(`${incident} is kept in quarantine`));
  scene.expect('state', (await scene.view(met.release)).state, 'Approve');
  await abort(scene, met);
}

/** Nothing but a person ends it. */
async function abort(scene: Scene, { release, watch }: Met): Promise<void> {
  await scene.world.command(['abort', release.releaseId, '--reason', 'seen enough']);
  const lines = await scene.ended(watch, 3, 'rejected');
  const rolledBack = lines.filter((line) => / CommandAccepted +alert:/.test(line));
  scene.expect('commands that roll back', rolledBack, []);
  await stands(scene, { serves: '1', releases: ['rejected'] });
}

/** Monte Carlo was told. Twice at most, and the same, where serve was killed before it knew that it had. */
async function commented(scene: Scene, alert: Alert, what: RegExp): Promise<void> {
  const texts = await scene.comments(alert, what);
  const most = scene.world.around.killing ? 2 : 1;
  const different = new Set(texts).size;
  if (texts.length > most || different > 1)
    scene.wrong.push(`${texts.length} comments: ${texts.join(' | ')}`);
}
