import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ScaledClock, VirtualClock } from '../../local/clock.ts';
import { hours, instant, millis, minutes, seconds } from '../../src/domain/units.ts';

const start = instant(1_000_000);

/** Turns of the event loop: enough for a clock that could move to have moved. */
async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Work that ends when told to, as a request to somebody else's server does. */
function pending() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, end: resolve };
}

describe('virtual time', () => {
  it('jumps to the next sleeper at once, however long it sleeps', async () => {
    const clock = new VirtualClock(start);
    await clock.sleep(hours(72));
    expect(clock.now()).toBe(start + hours(72));
  });

  it('wakes sleepers by their time, and by their order where that is equal', async () => {
    const clock = new VirtualClock(start);
    const woken: string[] = [];
    const sleeper = async (name: string, span: number) => {
      await clock.sleep(millis(span));
      woken.push(`${name}@${clock.now() - start}`);
    };
    await Promise.all([sleeper('late', 30), sleeper('a', 10), sleeper('b', 10), sleeper('now', 0)]);
    expect(woken).toEqual(['now@0', 'a@10', 'b@10', 'late@30']);
  });

  it('lets a woken sleeper go to its next wait before anybody else wakes', async () => {
    const clock = new VirtualClock(start);
    const trail: string[] = [];
    const walker = async (name: string) => {
      for (const turn of [1, 2]) {
        await clock.sleep(seconds(1));
        await Promise.resolve();
        trail.push(`${name}${turn}@${clock.now() - start}`);
      }
    };
    await Promise.all([walker('a'), walker('b')]);
    expect(trail).toEqual(['a1@1000', 'b1@1000', 'a2@2000', 'b2@2000']);
  });

  it('stands still while anything is busy', async () => {
    const clock = new VirtualClock(start);
    const [first, second] = [pending(), pending()];
    const work = [clock.busy(() => first.promise), clock.busy(() => second.promise)];
    const sleeper = clock.sleep(seconds(1));
    await turns();
    first.end();
    await turns();
    expect(clock.now()).toBe(start);
    second.end();
    await Promise.all([...work, sleeper]);
    expect(clock.now()).toBe(start + 1_000);
  });

  it('moves on when busy work fails, and hands the failure on', async () => {
    const clock = new VirtualClock(start);
    const failing = clock.busy(async () => {
      throw new Error('refused');
    });
    await expect(failing).rejects.toThrow('refused');
    await clock.sleep(seconds(1));
    expect(clock.now()).toBe(start + 1_000);
  });

  it('moves while the busy work itself sleeps, and stands still again when it wakes', async () => {
    const clock = new VirtualClock(start);
    const request = pending();
    const work = clock.busy(async () => {
      await clock.sleep(seconds(5));
      await request.promise;
      return clock.now();
    });
    const other = clock.sleep(seconds(60));
    await turns();
    expect(clock.now()).toBe(start + 5_000);
    request.end();
    expect(await work).toBe(start + 5_000);
    await other;
  });

  it('moves while work inside of busy work sleeps', async () => {
    const clock = new VirtualClock(start);
    const seen = await clock.busy(() =>
      clock.busy(async () => {
        await clock.sleep(seconds(5));
        return clock.now();
      }),
    );
    expect(seen).toBe(start + 5_000);
  });

  it('stands still for one branch of busy work while another branch sleeps', async () => {
    const clock = new VirtualClock(start);
    const request = pending();
    const work = clock.busy(() =>
      Promise.all([
        clock.busy(() => request.promise),
        clock.busy(async () => {
          await clock.sleep(seconds(5));
        }),
      ]),
    );
    await turns();
    expect(clock.now()).toBe(start);
    request.end();
    await work;
    expect(clock.now()).toBe(start + 5_000);
  });

  it('stands still again for the outer work once the inner sleep is over', async () => {
    const clock = new VirtualClock(start);
    const request = pending();
    const work = clock.busy(async () => {
      await clock.busy(() => clock.sleep(seconds(5)));
      await request.promise;
    });
    const other = clock.sleep(seconds(60));
    await turns();
    expect(clock.now()).toBe(start + 5_000);
    request.end();
    await Promise.all([work, other]);
  });

  it('counts rightly after work that left a sleep behind', async () => {
    const clock = new VirtualClock(start);
    await clock.busy(async () => {
      void clock.sleep(seconds(5));
    });
    const request = pending();
    const work = clock.busy(() => request.promise);
    await turns();
    expect(clock.now()).toBe(start);
    request.end();
    await work;
    await clock.sleep(seconds(10));
    expect(clock.now()).toBe(start + 10_000);
    const again = pending();
    const held = clock.busy(() => again.promise);
    void clock.sleep(seconds(1));
    await turns();
    expect(clock.now()).toBe(start + 10_000);
    again.end();
    await held;
  });

  it('stands still for work whose inner work left a sleep behind', async () => {
    const clock = new VirtualClock(start);
    const request = pending();
    const work = clock.busy(async () => {
      await clock.busy(async () => {
        void clock.sleep(seconds(5));
      });
      await request.promise;
    });
    await turns();
    expect(clock.now()).toBe(start);
    request.end();
    await work;
    await clock.sleep(seconds(1));
    expect(clock.now()).toBe(start + 1_000);
  });

  it('rejects an aborted sleep with the reason, at once and without moving', async () => {
    const clock = new VirtualClock(start);
    const [held, stop] = [pending(), new AbortController()];
    const work = clock.busy(() => held.promise);
    const sleeper = clock.sleep(minutes(1), stop.signal);
    stop.abort(new Error('enough'));
    await expect(sleeper).rejects.toThrow('enough');
    await expect(clock.sleep(minutes(1), stop.signal)).rejects.toThrow('enough');
    expect(clock.now()).toBe(start);
    held.end();
    await work;
    await turns();
    expect(clock.now()).toBe(start);
  });

  it('stands still again for busy work whose sleep was aborted', async () => {
    const clock = new VirtualClock(start);
    const [request, stop] = [pending(), new AbortController()];
    const work = clock.busy(async () => {
      await clock.sleep(minutes(1), stop.signal).catch(() => undefined);
      await request.promise;
    });
    stop.abort();
    const other = clock.sleep(seconds(1));
    await turns();
    expect(clock.now()).toBe(start);
    request.end();
    await Promise.all([work, other]);
  });

  it('does not fail a sleep that is aborted after it is over', async () => {
    const clock = new VirtualClock(start);
    const stop = new AbortController();
    await clock.sleep(seconds(1), stop.signal);
    stop.abort();
    await clock.sleep(seconds(1));
    expect(clock.now()).toBe(start + 2_000);
  });

  it('says by its epoch that it is virtual', () => {
    expect(new VirtualClock(start).epoch).toEqual({ real: 0, virtual: start, speed: 0 });
  });
});

describe('scaled time', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 50_000, toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('runs as many times as fast as asked, from a common epoch', async () => {
    const clock = new ScaledClock({ real: 40_000, virtual: start, speed: 600 });
    expect(clock.now()).toBe(start + 600 * 10_000);
    const adopted = new ScaledClock(clock.epoch);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(adopted.now()).toBe(clock.now());
  });

  it('shows whole milliseconds at any speed', async () => {
    const clock = ScaledClock.startingNow(1.5);
    await vi.advanceTimersByTimeAsync(7);
    expect(clock.now()).toBe(50_010);
  });

  it('starts at the time of the machine', async () => {
    expect(ScaledClock.startingNow(600).now()).toBe(50_000);
    expect(ScaledClock.real().now()).toBe(50_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(ScaledClock.real().now()).toBe(51_000);
  });

  it.each([0, -1, Number.NaN])('refuses a speed of %s', (speed) => {
    expect(() => new ScaledClock({ real: 0, virtual: 0, speed })).toThrow(RangeError);
  });

  it('sleeps as much shorter as it is faster', async () => {
    const clock = ScaledClock.startingNow(60);
    const woken = vi.fn();
    void clock.sleep(minutes(1)).then(woken);
    await vi.advanceTimersByTimeAsync(999);
    expect(woken).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(woken).toHaveBeenCalledOnce();
  });

  it('sleeps longer than one timer can hold', async () => {
    const woken = vi.fn();
    void ScaledClock.real()
      .sleep(hours(24 * 60))
      .then(woken);
    await vi.advanceTimersByTimeAsync(hours(24 * 60) - 1);
    expect(woken).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(woken).toHaveBeenCalledOnce();
  });

  it('rejects an aborted sleep with the reason, and leaves no timer behind', async () => {
    const stop = new AbortController();
    const sleeper = ScaledClock.real().sleep(minutes(1), stop.signal);
    stop.abort(new Error('enough'));
    await expect(sleeper).rejects.toThrow('enough');
    await expect(ScaledClock.real().sleep(minutes(1), stop.signal)).rejects.toThrow('enough');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not stand still for busy work', async () => {
    const clock = ScaledClock.startingNow(10);
    const seen = clock.busy(async () => {
      await clock.sleep(seconds(10));
      return clock.now();
    });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await seen).toBe(60_000);
  });
});
