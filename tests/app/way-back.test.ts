import { describe, expect, it } from 'vitest';
import type { AuditRow } from '../../src/app/ports/ledger.ts';
import { openRefusal, restoreActions, wayBack } from '../../src/app/stages/way-back.ts';
import { instant } from '../../src/domain/units.ts';

/** A trail of [second, action]. */
const trailOf = (...lines: readonly (readonly [number, string])[]): AuditRow[] =>
  lines.map(([second, action], index) => ({
    ...{ order: index + 1, at: instant(second * 1000), actor: 'headgate', action, says: action },
    ...{ previous: '', digest: '' },
  }));
const { began, refused, answered, accepted, observed, final } = restoreActions;

describe('the way back, as the trail tells it', () => {
  it('is measured from the trigger to the first sight of the baseline', () => {
    const trail = trailOf([100, began], [102, accepted], [125, observed], [270, final]);
    expect(wayBack(trail, 99_000)).toEqual({
      ...{ triggeredAt: 99_000, acceptedAt: 102_000, baselineObservedAt: 125_000, finalAt: 270_000 },
      ...{ acceptedSeconds: 3, rollbackSeconds: 26, platformRefusedSeconds: 0, refusals: [] },
    });
  });

  it('adds up what the platform refused, and nothing of what came after the baseline was seen', () => {
    const trail = trailOf(
      ...([
        [100, began],
        [101, refused],
        [131, answered],
        [131, accepted],
        [140, refused],
      ] as const),
      ...([
        [150, answered],
        [160, observed],
        [170, refused],
        [500, answered],
        [501, final],
      ] as const),
    );
    const { platformRefusedSeconds, refusals, rollbackSeconds } = wayBack(trail, 100_000);
    expect(refusals).toHaveLength(3);
    expect(platformRefusedSeconds).toBe(30 + 10);
    expect(rollbackSeconds).toBe(60);
  });

  it('knows no times of what did not happen', () => {
    expect(wayBack(trailOf([100, began]), null)).toMatchObject({
      ...{ triggeredAt: null, acceptedAt: null, acceptedSeconds: null, rollbackSeconds: null },
      platformRefusedSeconds: 0,
    });
  });

  it('has an open refusal until the platform answers', () => {
    expect(openRefusal(trailOf([1, began]))).toBeUndefined();
    expect(openRefusal(trailOf([1, began], [2, refused]))?.order).toBe(2);
    expect(openRefusal(trailOf([1, began], [2, refused], [3, answered]))).toBeUndefined();
    expect(openRefusal(trailOf([2, refused], [3, answered], [4, refused], [5, accepted]))?.order).toBe(3);
  });
});
