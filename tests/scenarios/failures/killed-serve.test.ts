import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EndpointTruth } from '../../../local/workspace/truth.ts';
import type { ReleaseView, TimelineEntry } from '../../../src/contracts/api.ts';
import { instant } from '../../../src/domain/units.ts';
import { registryDelivery } from '../deliveries.ts';
import { type Behaviour, endpoint, healthy, model } from '../stage.ts';
import { ask, headgate, type Spawned } from './child-process.ts';

const secret = 'an-mlflow-secret-of-this-test';
/** Proven within a quarter of an hour at 5 %: long enough to be met in its bake. */
const harmful: Behaviour = { ...healthy, changes: [{ fromPercent: 1, errorRate: 0.05 }] };

/**
 * A simulator and a controller as two processes. At 1,500 times the speed the shipped policy takes some 12 s, and the
 * 2 s that a restart takes are 50 virtual minutes: well inside the deadline of a step, also on a busy machine.
 */
class Machines {
  readonly folder = mkdtempSync(join(tmpdir(), 'headgate-killed-'));
  #workspace: Spawned | undefined;
  #serve: Spawned | undefined;

  constructor() {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  async begin(): Promise<void> {
    this.#workspace = await headgate(['workspace', '--speed', '1500', '--data', this.folder], {});
    await this.serve();
  }

  async serve(): Promise<void> {
    const args = ['serve', '--data', this.folder, '--port', '0', '--intake-port', '0', '--json'];
    this.#serve = await headgate(args, { MLFLOW_WEBHOOK_SECRET: secret });
  }

  kill(): Promise<void> {
    return this.#serve?.kill() ?? Promise.resolve();
  }

  /** Registers a version with the simulator, and delivers the registry's signed news of it. */
  async release(behaviour: Behaviour): Promise<ReleaseView> {
    const path = `/_simulator/models/${model}/versions`;
    const { version } = await this.#simulator<{ version: number }>('POST', path, { behaviour });
    const news = { name: 'fraud', version: String(version) };
    const { headers, body } = registryDelivery(news, instant(Date.now()), secret);
    const url = `${String(this.#serve?.announced['intake'])}/intake/mlflow`;
    const answer = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) });
    expect(answer.status).toBe(202);
    const [view] = await this.api<ReleaseView[]>('GET', `/v1/why?version=${version}`);
    if (!view) throw new RangeError('The delivery started nothing.');
    return view;
  }

  async api<T>(method: string, path: string, body?: object): Promise<T> {
    const file = await readFile(join(this.folder, 'api.json'), 'utf8');
    const { url, token } = JSON.parse(file) as { url: string; token: string };
    return called<T>(`${url}${path}`, method, token, body);
  }

  /** Asks until the release stands in `state`, approving it where it waits for that, or has ended. */
  until({ releaseId }: ReleaseView, state: string | null): Promise<ReleaseView> {
    return ask(
      async () => {
        const view = await this.api<ReleaseView>('GET', `/v1/releases/${releaseId}`);
        if (view.state === 'Approve') {
          const approval = { kind: 'approve', reason: 'looks right', actor: 'ada' };
          await this.api('POST', `/v1/releases/${releaseId}/commands`, approval);
        }
        return view;
      },
      (view) => (state === null ? view.phase === 'ended' : view.state === state),
      40_000,
    );
  }

  truth(): Promise<EndpointTruth> {
    return this.#simulator('GET', `/_simulator/endpoints/${endpoint}/truth`);
  }

  #simulator<T>(method: string, path: string, body?: object): Promise<T> {
    const { host, token } = this.#workspace?.announced ?? {};
    return called<T>(`${String(host)}${path}`, method, String(token), body);
  }
}

async function called<T>(url: string, method: string, token: string, body?: object): Promise<T> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(url, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

describe('a controller that is killed during a bake, and started again', () => {
  it.each([
    ['a good version', healthy, 'promoted'],
    ['a version that fails 5 % of real requests', harmful, 'rolledBack'],
  ] as const)('goes on, and ends rightly with %s', { timeout: 90_000 }, async (_what, behaviour, outcome) => {
    const machines = new Machines();
    await machines.begin();
    const release = await machines.release(behaviour);
    await machines.until(release, 'Bake');
    await machines.kill();
    await machines.serve();

    const end = await machines.until(release, null);

    expect(end.outcome?.kind).toBe(outcome);
    const { activations } = await machines.truth();
    const serving = activations.at(-1)?.routes.filter((route) => route.percentage > 0);
    const expected = outcome === 'promoted' ? release.version : '1';
    expect(serving?.map((route) => [route.entityVersion, route.percentage])).toEqual([[expected, 100]]);
    const shares = activations.flatMap(({ routes }) =>
      routes.flatMap((route) => (route.entityVersion === release.version ? [route.percentage] : [])),
    );
    expect(shares.filter((share) => ![0, 5, 10, 25, 50, 100].includes(share))).toEqual([]);
    const trail = await machines.api<TimelineEntry[]>('GET', `/v1/timeline?releaseId=${release.releaseId}`);
    expect(trail.filter((entry) => entry.action === 'Conclude')).toHaveLength(1);
  });
});
