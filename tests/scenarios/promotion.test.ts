import { describe, expect, it } from 'vitest';
import { endpoint, healthy, openStage } from './stage.ts';

describe('a good version', () => {
  it('is promoted by way of both steps, and the old version leaves', async () => {
    const stage = await openStage();
    const release = await stage.register(healthy);
    const view = await stage.end(release);
    console.log(view, await stage.journey(release), stage.calls.servingWrites(), stage.troubles);
    expect(view.outcome?.kind).toBe('promoted');
    expect(await stage.shares(release.version)).toEqual([0, 5, 50, 100, 100]);
    expect(await stage.serving(endpoint)).toEqual({ [release.version]: 100 });
    expect(String(await stage.alias())).toBe(release.version);
  });
});
