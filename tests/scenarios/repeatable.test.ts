import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { chance } from '../../local/workspace/random.ts';
import { healthy, openStage, quickPolicy } from './stage.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** From now on each request leaves, and each answer arrives, a few turns of the event loop late, by a seed. */
function slowNetwork(seed: number): void {
  const draws = chance(seed, 'late');
  const real = globalThis.fetch;
  const late = async () => {
    const turns = Math.floor(draws.uniform() * 12);
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (...request) => {
    await late();
    const answer = await real(...request);
    await late();
    return answer;
  });
}

/** All that is told of two releases, one after the other, with the moments; and what the callers met. */
async function twoReleases(networkSeed: number) {
  // The pauses between retries are random by design.
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  slowNetwork(networkSeed);
  const shadow = { enabled: true, pairs: 120, toleratedRatio: 1_000 };
  const stage = await openStage({ policy: { stages: { ...quickPolicy.stages, shadow } } });
  const first = await stage.register({ ...healthy, errorRate: 0.02 });
  await stage.end(first);
  const report = join(stage.data, 'evidence', 'releases', first.releaseId, 'reports', 'shadow.json');
  const probed = readFileSync(report, 'utf8');
  const second = await stage.register(healthy);
  await stage.until(second, 'Bake', 50);
  const told = (await stage.trail()).map(({ at, action, says }) => ({ at, action, says }));
  const { activations, served } = await stage.workspace.truth('fraud-prod');
  vi.restoreAllMocks();
  return { told, probed, activations, served };
}

describe('the same seed', () => {
  it('makes the same releases on a fast network and on slow ones, to the millisecond', async () => {
    const once = await twoReleases(1);
    expect(once.probed).toContain('120 pairs');
    expect(await twoReleases(2)).toEqual(once);
    expect(await twoReleases(3)).toEqual(once);
  });
});
