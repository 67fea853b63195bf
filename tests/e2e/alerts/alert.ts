import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { instant } from '../../../src/domain/units.ts';
import { type Kind, payload, signed } from './payloads.ts';
import { type Alert, inWords, type Release, type Scene, type Standing, stands } from './scene.ts';
import type { World } from './world.ts';

export interface News {
  /** One that was told of before. */
  readonly incident?: string;
  /** What people said of it since. */
  readonly feedback?: string;
  /** Monte Carlo's API knows none by the id. */
  readonly unheardOf?: boolean;
  /** People closed it there before the alert comes. */
  readonly closedByNow?: boolean;
}

/**
 * What one alert meets: a forged one of the worst kind before it is refused, it is accepted where the release stands,
 * and after that, and after the kill where there is one, the very same is a duplicate.
 */
export async function postAlert(
  scene: Scene,
  kind: Kind,
  expected: 'accepted' | 'quarantined',
  where?: { readonly release: Release; readonly standing: Standing },
  news: News = {},
): Promise<Alert> {
  const { world, place, incidents } = scene;
  await forge(scene);
  const incident = news.incident ?? randomUUID();
  if (news.incident === undefined && !news.unheardOf) incidents?.raise(incident, instant(Date.now()));
  if (news.closedByNow) incidents?.say(incident, 'false_positive');
  const delivery = signed(payload(place, kind, incident, news.feedback), world.secrets.monteCarlo);
  const times = await world.beforeKill(async () => {
    if (where) await demand(scene, where.release, where.standing);
    const from = world.now();
    const answer = await world.deliver('monte-carlo', delivery);
    scene.expect('the answer', said(answer), `202 ${expected}`);
    return { from, to: world.now() };
  });
  const { plant } = world.around;
  if (plant === 'hands' && where) await meddle(world, place.endpoint, where.release.version);
  const again = plant === 'forgetful' ? randomUUID() : incident;
  const same = signed(payload(place, kind, again, news.feedback), world.secrets.monteCarlo);
  const wanted = expected === 'accepted' ? '200 duplicate' : '202 quarantined';
  scene.expect('the answer to the same once more', said(await world.deliver('monte-carlo', same)), wanted);
  return { incident, ...times };
}

/** The workspace takes no update while it is busy with another. */
async function meddle({ simulator }: World, endpoint: string, version: string): Promise<void> {
  for (let left = 100; ; left--) {
    try {
      return await simulator.giveAll(endpoint, version);
    } catch (error) {
      if (left === 0) throw error;
      await sleep(100);
    }
  }
}

async function forge(scene: Scene): Promise<void> {
  const { world, place, incidents, forged } = scene;
  const incident = randomUUID();
  incidents?.raise(incident, instant(Date.now()));
  const { plant } = world.around;
  const secret = plant === 'forgery' ? world.secrets.monteCarlo : 'a secret that is not the right one';
  const answer = await world.deliver('monte-carlo', signed(payload(place, 'own table', incident), secret));
  scene.expect('the answer to a wrong signature', said(answer), 'HTTP 403');
  forged.push(incident);
}

/** @throws Error when the alert would come too late for its stage */
async function demand(scene: Scene, release: Release, standing: Standing): Promise<void> {
  const view = await scene.view(release);
  if (stands(view, standing)) return;
  const now = view.state ?? view.phase;
  throw new Error(`left ${inWords(standing)} for ${now} before the alert came: try a lower --speed`);
}

type Said = Awaited<ReturnType<World['deliver']>>;
const said = (answer: Said): string =>
  answer.kind === 'ok' ? `${answer.http} ${answer.body.outcome}` : answer.why;
