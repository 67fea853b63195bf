import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { FakeMonteCarlo } from '../../../local/monte-carlo/fake-api.ts';
import { releaseIdOf } from '../../../src/app/start.ts';
import { endpointView, needView, type ReleaseView, releaseView } from '../../../src/contracts/api.ts';
import { instant } from '../../../src/domain/units.ts';
import { registryDelivery } from '../../scenarios/deliveries.ts';
import type { Child } from '../children.ts';
import { type Place, sound } from './setting.ts';
import type { World } from './world.ts';

/** One case on its endpoint: what is done there, and what of it was not right. */

export interface Release {
  readonly releaseId: string;
  readonly version: string;
}

/** Where a release stands. */
export interface Standing {
  /** Names that the state may have. */
  readonly states: readonly string[];
  readonly share?: number;
}

export interface Alert {
  readonly incident: string;
  /** The simulator's time before it was posted, and after it was answered. */
  readonly from: number;
  readonly to: number;
}

const listed = z.object({
  endpoints: z.array(endpointView),
  releases: z.array(releaseView),
  needs: z.array(needView),
});

/** Longest that anything is waited for, in real time. */
const patienceMs = 120_000;
/** In real time, where a late write is waited for twice: before the candidate is removed, and before it is final. */
const realTimePatienceMs = 480_000;
/** A comment comes at once; longer where serve is killed meanwhile. */
const commentMs = 60_000;

export class Scene {
  readonly place: Place;
  readonly world: World;
  /** What was not as it must be, in words. */
  readonly wrong: string[] = [];
  /** What happened, as the watches said. */
  readonly story: string[] = [];
  /** Incidents of forged alerts: nothing may come of them. */
  readonly forged: string[] = [];

  /** Monte Carlo's API, where serve asks it. */
  readonly incidents: FakeMonteCarlo | undefined;

  constructor(place: Place, world: World, incidents?: FakeMonteCarlo) {
    this.place = place;
    this.world = world;
    this.incidents = incidents;
  }

  /** Notes what differs. */
  expect(what: string, found: unknown, wanted: unknown): void {
    if (isDeepStrictEqual(found, wanted)) return;
    this.wrong.push(`${what}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
  }

  /** Registers a sound version, and delivers the registry's news of it. */
  async release(): Promise<Release> {
    const { world, place } = this;
    const version = await world.simulator.register(place.model, sound);
    const news = { name: place.registryName, version };
    const delivery = registryDelivery(news, instant(Date.now()), world.secrets.mlflow);
    const answer = await world.deliver('mlflow', delivery);
    if (answer.kind !== 'ok') throw new Error(`the news of version ${version} was refused: ${answer.says}`);
    return { version, releaseId: releaseIdOf(place.endpoint, version, 'release', 1) };
  }

  view(release: Release): Promise<ReleaseView> {
    return this.world.ask((controller) => controller.release(release.releaseId));
  }

  /** @throws Error when the release ends before it stands there, or does not come there in time */
  until(release: Release, standing: Standing): Promise<ReleaseView> {
    return this.#soon(`${release.releaseId} in ${inWords(standing)}`, async () => {
      const view = await this.view(release);
      if (stands(view, standing)) return view;
      if (view.phase !== 'ended') return undefined;
      throw new Error(`${release.releaseId} ended and never came to ${inWords(standing)}: ${view.why}`);
    });
  }

  untilPhase(release: Release, phase: ReleaseView['phase']): Promise<ReleaseView> {
    return this.#soon(`${release.releaseId} is ${phase}`, async () => {
      const view = await this.view(release);
      return view.phase === phase ? view : undefined;
    });
  }

  /** @throws Error when the watch does not say it in time */
  heard(watch: Child, what: RegExp): Promise<string> {
    const told = async () => {
      const over = !watch.alive();
      const line = watch.output().find((one) => what.test(one));
      if (line === undefined && over) throw new Error(`${watch.name} ended and never said ${what}`);
      return line;
    };
    return this.#soon(`${watch.name} says ${what}`, told);
  }

  /** The watch's end: its exit code, and the line that says how the release ended. */
  async ended(watch: Child, code: number, outcome: string): Promise<readonly string[]> {
    const found = await watch.end(this.world.around.speed === 1 ? realTimePatienceMs : patienceMs);
    const lines = watch.output();
    const headline = lines.findLast((line) => /^\S+ \S+: /.test(line)) ?? 'nothing';
    const end = headline.replace(/^.*: /, '');
    this.expect(`${watch.name}: exit code`, found, code);
    this.expect(`${watch.name}: its end`, end, outcome);
    for (const incident of this.forged)
      this.expect('watch tells of the refused alert', lines.join().includes(incident), false);
    this.story.push([...lines.flatMap(spoken), `${end} (exit ${found})`].join(', '));
    return lines;
  }

  /** By `headgate list --json`: of this endpoint, or of all. */
  async list(which: 'own' | 'all' = 'own'): Promise<z.output<typeof listed>> {
    const only = which === 'own' ? ['--endpoint', this.place.endpoint] : [];
    return listed.parse(JSON.parse(await this.world.command(['list', ...only, '--json'])));
  }

  /** The rollback that somebody asked for on this endpoint. @throws Error when none comes in time */
  async rollback(): Promise<string> {
    const ask = async () => (await this.list()).releases.find(({ intent }) => intent === 'rollback');
    return (await this.#soon('a rollback began', ask)).releaseId;
  }

  /** Until the trail says that nothing is to be done for the alert, and `why`. */
  async untouched({ incident }: Alert, why: RegExp): Promise<void> {
    const told = new RegExp(` AlertAttributed .*${incident}`);
    const line = await this.#soon(`an attribution of ${incident}`, async () => {
      const trail = await this.world.command(['audit']);
      return trail.split('\n').find((one) => told.test(one));
    });
    if (!why.test(line)) this.wrong.push(`the attribution: ${line}`);
    this.story.push('nothing is done');
  }

  /** What Monte Carlo was told of the incident that says so. @throws Error when nothing comes in time */
  async comments({ incident }: Alert, what: RegExp): Promise<string[]> {
    const about = () => (this.incidents?.comments ?? []).filter((one) => one.incidentId === incident);
    const texts = await this.#soon(
      `a comment on ${incident} says ${what}`,
      async () => {
        const found = about().filter(({ text }) => what.test(text));
        return found.length > 0 ? found.map(({ text }) => text) : undefined;
      },
      commentMs,
    );
    this.story.push(`commented "${what.source}"`);
    return texts;
  }

  /** Until a person is told, anywhere. */
  async personNeeded(why: RegExp): Promise<void> {
    await this.#soon(`a person is told ${why}`, async () => {
      const { needs } = await this.list('all');
      return needs.find(({ says }) => why.test(says));
    });
    this.story.push('a person is told');
  }

  /** Until so much of the simulator's time has passed. */
  pass(virtualMs: number): Promise<void> {
    return sleep(virtualMs / this.world.around.speed);
  }

  async #soon<T>(what: string, ask: () => Promise<T | undefined>, withinMs = patienceMs): Promise<T> {
    const latest = Date.now() + withinMs;
    for (;;) {
      const found = await ask();
      if (found !== undefined) return found;
      if (Date.now() > latest) throw new Error(`not in time: ${what}`);
      await sleep(200);
    }
  }

  /** What share the version has had, by the simulator's own word. */
  async shares(version: string): Promise<{ at: number; share: number }[]> {
    const { activations } = await this.world.simulator.truth(this.place.endpoint);
    return activations.map(({ at, routes }) => ({
      at,
      share: routes.find((one) => one.entityVersion === version)?.percentage ?? 0,
    }));
  }

  /** What has traffic now, by the simulator's own word. */
  async served(): Promise<string> {
    const { activations } = await this.world.simulator.truth(this.place.endpoint);
    const routes = activations.at(-1)?.routes.filter(({ percentage }) => percentage > 0) ?? [];
    return routes.map(({ entityVersion, percentage }) => `${entityVersion}: ${percentage} %`).join(', ');
  }

  /** Refused deliveries did nothing: nothing anywhere names their incidents. */
  async forgedNothing(): Promise<void> {
    const { releases, needs } = await this.list();
    const told = JSON.stringify([releases, needs, this.incidents?.comments]);
    for (const incident of this.forged)
      this.expect('the refused alert is told of', told.includes(incident), false);
  }
}

export const stands = ({ state, candidateShare }: ReleaseView, { states, share }: Standing): boolean =>
  state !== null && states.includes(state) && (share === undefined || candidateShare === share);

/** Of a line of `watch`, what tells of commands and holds: `hold (monte-carlo)`, `Hold`. */
function spoken(line: string): string[] {
  const [, action = '', says = ''] = /^\d\d:\d\d:\d\d (\S+) +(.*)$/.exec(line) ?? [];
  const by = / \(([^()]+)\)$/.exec(says)?.[1];
  if (action.startsWith('Command')) {
    return [`${says.split(':')[0]}${action === 'CommandAccepted' ? '' : ` ${action}`} (${by})`];
  }
  return ['Hold', 'RestoreBegan'].includes(action) ? [action] : [];
}

export const inWords = ({ states, share }: Standing): string =>
  `${states.join(' or ')}${share === undefined ? '' : ` at ${share} %`}`;
