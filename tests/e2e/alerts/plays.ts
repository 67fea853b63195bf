import type { Child } from '../children.ts';
import { postAlert } from './alert.ts';
import type { Kind } from './payloads.ts';
import type { Alert, Release, Scene, Standing } from './scene.ts';

/** What a case does, and what has to come of it. */

export type Play = (scene: Scene) => Promise<void>;

/** A release that stands where an alert shall meet it, and the `headgate watch` that shows it. */
export interface Met {
  readonly release: Release;
  readonly watch: Child;
  readonly standing: Standing;
}
export type Reach = (scene: Scene) => Promise<Met>;

export const at =
  (state: string, share?: number): Reach =>
  async (scene) => {
    const release = await scene.release();
    const standing = { states: [state], ...(share === undefined ? {} : { share }) };
    await scene.until(release, standing);
    return { release, standing, watch: await scene.world.watch(release.releaseId) };
  };

/** A person holds it in its first step. */
export const heldByAda: Reach = async (scene) => {
  const { release, watch } = await at('Bake', 10)(scene);
  await scene.world.command(['hold', release.releaseId, '--reason', 'payday']);
  const standing = { states: ['Hold'], share: 10 };
  await scene.until(release, standing);
  return { release, watch, standing };
};

/** A person aborted it in its first step, and the baseline is being put back. */
export const goingBack: Reach = async (scene) => {
  const { release, watch } = await at('Bake', 10)(scene);
  await scene.world.command(['abort', release.releaseId, '--reason', 'payday']);
  const standing = { states: ['RestoreBegan', 'RestoreAccepted', 'BaselineObserved'] };
  await scene.until(release, standing);
  return { release, watch, standing };
};

/** The candidate alone is to blame: the release is taken back, and the baseline has all traffic. */
export const undone =
  (reach: Reach, kind: Kind, outcome: 'rejected' | 'rolled back'): Play =>
  async (scene) => {
    const met = await reach(scene);
    const alert = await postAlert(scene, kind, 'accepted', met);
    const lines = await scene.ended(met.watch, 3, outcome);
    scene.expect('commands of the incident', commandsOf(lines, alert), ['alert']);
    await neverRose(scene, met, alert);
    await stands(scene, { serves: '1', releases: [outcome] });
  };

/** Both sides are hit: the release is held at its share, and goes on to its end when people closed the incident. */
export const paused =
  (reach: Reach, kind: Kind): Play =>
  async (scene) => {
    const { alert, ...met } = await held(scene, await reach(scene), kind);
    const lift = await closed(scene, kind, alert);
    await scene.heard(met.watch, resumedFor(alert));
    await approveWhereAsked(scene, met);
    const lines = await scene.ended(met.watch, 0, 'promoted');
    scene.expect('commands of the incident', commandsOf(lines, alert), ['hold', 'resume']);
    await keptShare(scene, met, alert, lift);
    await stands(scene, { serves: met.release.version, releases: ['promoted'] });
  };

/** An incident that concerns nothing here: kept for a person, and the release goes on. */
export const quarantined =
  (reach: Reach, kind: 'unmapped' | 'unknown type'): Play =>
  async (scene) => {
    const met = await reach(scene);
    const alert = await postAlert(scene, kind, kind === 'unmapped' ? 'accepted' : 'quarantined', met);
    const lines = await scene.ended(met.watch, 0, 'promoted');
    scene.expect('commands of the incident', commandsOf(lines, alert), []);
    await stands(scene, { serves: met.release.version, releases: ['promoted'] });
    const why = kind === 'unmapped' ? new RegExp(`${alert.incident} is kept in quarantine`) : /is not known/;
    const needs = (await scene.list('all')).needs.filter(({ says }) => why.test(says));
    scene.expect('persons needed for it', needs.length, 1);
    scene.story.push('a person is told of it in quarantine');
  };

/** While the baseline leaves the endpoint, a person is told that it could not take the traffic back at once. */
const whileRetiring =
  /a rollback would not be ready: (an update is in progress|\S+ is no longer on the endpoint)/;

export async function held(scene: Scene, met: Met, kind: Kind): Promise<Met & { alert: Alert }> {
  const alert = await postAlert(scene, kind, 'accepted', met);
  await scene.heard(met.watch, new RegExp(`^\\S+ Hold +held in .*${alert.incident}`));
  await scene.until(met.release, { states: ['Hold'] });
  const { releases, needs } = await scene.list();
  const phases = releases.filter(({ releaseId }) => releaseId === met.release.releaseId);
  scene.expect('held', phases.map(({ phase }) => phase).join(), 'held');
  const retiring = met.standing.states.includes('RetireBaseline');
  const persons = needs.map(({ says }) => says).filter((says) => !retiring || !whileRetiring.test(says));
  scene.expect('persons needed while held', persons, []);
  return { ...met, alert };
}

/** People say of the incident that it was none. */
export const closed = (scene: Scene, kind: Kind, { incident }: Alert): Promise<Alert> =>
  postAlert(scene, kind, 'accepted', undefined, { incident, feedback: 'false_positive' });

export const resumedFor = ({ incident }: Alert): RegExp =>
  new RegExp(`^\\S+ CommandAccepted +resume: .*${incident} is closed`);

export async function approveWhereAsked(scene: Scene, { release }: Met): Promise<void> {
  if (scene.place.policy !== 'approve') return;
  await scene.until(release, { states: ['Approve'] });
  await scene.world.command(['approve', release.releaseId, '--reason', 'looks right']);
}

/** Kinds of the commands that the incident gave, in order, as `watch` told them. */
export function commandsOf(lines: readonly string[], { incident }: Alert): string[] {
  const told = lines.filter((line) => / CommandAccepted /.test(line) && line.includes(incident));
  return told.map((line) => / CommandAccepted +(\w+):/.exec(line)?.[1] ?? line);
}

/** No more traffic than it had, from the alert on. */
export async function neverRose(scene: Scene, { release, standing }: Met, alert: Alert): Promise<void> {
  const shares = await scene.shares(release.version);
  const atMost = shares.filter(({ at }) => at <= alert.to).at(-1)?.share ?? 0;
  scene.expect('its share when the alert came', atMost, standing.share ?? atMost);
  const risen = shares.filter(({ at, share }) => at > alert.from && share > atMost);
  scene.expect('shares after the alert above that', risen, []);
}

/** The same share from the alert until it was closed. */
export async function keptShare(scene: Scene, { release }: Met, from: Alert, until: Alert): Promise<void> {
  const shares = await scene.shares(release.version);
  const before = shares.filter(({ at }) => at <= from.to).at(-1)?.share ?? 0;
  const moved = shares.filter(({ at, share }) => at > from.to && at < until.from && share !== before);
  scene.expect('shares while it was held', moved, []);
}

/** How the endpoint is left, by `headgate list` and by the simulator. */
export async function stands(
  scene: Scene,
  wanted: {
    readonly serves: string;
    /** Outcomes or phases, oldest first. */
    readonly releases: readonly string[];
    readonly person?: RegExp;
  },
): Promise<void> {
  const { endpoints, releases, needs } = await scene.list();
  const [endpoint] = endpoints;
  scene.expect('serves', endpoint?.servingVersion, wanted.serves);
  scene.expect('last good', endpoint?.lastGoodVersion, wanted.serves);
  const ends = releases.map(
    ({ outcome, phase }) => outcome?.kind.replace('rolledBack', 'rolled back') ?? phase,
  );
  scene.expect('releases', ends.reverse(), wanted.releases);
  const persons = needs.map(({ says }) => says);
  if (wanted.person === undefined) scene.expect('persons needed', persons, []);
  else if (persons.length !== 1 || !wanted.person.test(persons[0] ?? ''))
    scene.expect('persons needed', persons, [String(wanted.person)]);
  scene.expect('the simulator serves', await scene.served(), `${wanted.serves}: 100 %`);
  await scene.forgedNothing();
}
