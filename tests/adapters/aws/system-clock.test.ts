import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/adapters/aws/system-clock.ts';
import { millis } from '../../../src/domain/units.ts';

describe("the machine's own clock", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_700_000_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('shows the time, and sleeps for as long as it is told', async () => {
    expect(systemClock.now()).toBe(1_700_000_000_000);
    const slept = systemClock.sleep(millis(5_000)).then(() => systemClock.now());
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await slept).toBe(1_700_000_005_000);
  });

  it('is woken by its signal, with the reason, and leaves no timer behind', async () => {
    const stop = new AbortController();
    const slept = systemClock.sleep(millis(5_000), stop.signal);
    stop.abort(new Error('enough'));
    await expect(slept).rejects.toThrow('enough');
    expect(vi.getTimerCount()).toBe(0);
    await expect(systemClock.sleep(millis(1), stop.signal)).rejects.toThrow('enough');
  });
});
