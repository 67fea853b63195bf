import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../src/app/ports/clock.ts';
import { type Instant, instant, type Millis } from '../src/domain/units.ts';

/** A clock that is told when work is in flight, so that virtual time can stand still meanwhile. */
export interface DrivenClock extends Clock {
  /**
   * Runs `work` with virtual time standing still. A `sleep` inside of it lets time move again until it wakes.
   * Whatever does real input or output (a handler, a request, a database call) runs inside `busy`.
   * A server must not `sleep` while it answers a request: its caller's `busy` would hold time still for ever.
   */
  busy<T>(work: () => Promise<T>): Promise<T>;
  /** How scaled time relates to the machine's clock, so that another process can adopt it. */
  readonly epoch: ClockEpoch;
}

/** `virtual` milliseconds since 1970 were shown when the machine's clock showed `real`; `speed` 0 means virtual time. */
export interface ClockEpoch {
  readonly real: number;
  readonly virtual: number;
  readonly speed: number;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

/** One `busy`: in flight unless something within it, at any depth, sleeps or it has ended. */
interface Section {
  asleep: number;
  ended: boolean;
  readonly outer: Section | undefined;
}

/**
 * Time that jumps to the next timer as soon as nothing is in flight. Deterministic: timers fire in order of
 * time, then of creation, one at a time, and the code that a timer wakes has entered its next `busy` or `sleep`
 * before the next one fires.
 */
export class VirtualClock implements DrivenClock {
  readonly epoch: ClockEpoch;
  #now: number;
  #order = 0;
  #inFlight = 0;
  #scheduled = false;
  #timers: Timer[] = [];
  readonly #section = new AsyncLocalStorage<Section>();

  constructor(start: Instant) {
    this.#now = start;
    this.epoch = { real: 0, virtual: start, speed: 0 };
  }

  now(): Instant {
    return instant(this.#now);
  }

  sleep(duration: Millis, signal?: AbortSignal): Promise<void> {
    const section = this.#section.getStore();
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const finish = (settle: () => void) => {
        signal?.removeEventListener('abort', abort);
        this.#asleep(section, -1);
        settle();
      };
      const timer: Timer = { at: this.#now + duration, order: this.#order++, wake: () => finish(resolve) };
      const abort = () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
        finish(() => reject(signal?.reason));
      };
      signal?.addEventListener('abort', abort);
      this.#timers.push(timer);
      this.#asleep(section, 1);
      this.#scheduleAdvance();
    });
  }

  async busy<T>(work: () => Promise<T>): Promise<T> {
    const section: Section = { asleep: 0, ended: false, outer: this.#section.getStore() };
    this.#inFlight++;
    try {
      return await this.#section.run(section, work);
    } finally {
      // A section that leaves a forgotten sleep behind was already uncounted when that sleep began; the sections
      // around it no longer wait for that sleep.
      if (section.asleep === 0) this.#inFlight--;
      else this.#asleep(section.outer, -section.asleep);
      section.ended = true;
      this.#scheduleAdvance();
    }
  }

  /** Work that sleeps lets time move, and so does all work that it is part of. */
  #asleep(section: Section | undefined, more: number): void {
    for (let one = section; one && !one.ended; one = one.outer) {
      if (one.asleep === 0) this.#inFlight--;
      one.asleep += more;
      if (one.asleep === 0) this.#inFlight++;
    }
  }

  #scheduleAdvance(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // One turn of the event loop, so that everything already woken has run to its next wait.
    setImmediate(() => {
      this.#scheduled = false;
      this.#advance();
    });
  }

  #advance(): void {
    if (this.#inFlight > 0 || this.#timers.length === 0) return;
    let next = this.#timers[0] as Timer;
    for (const timer of this.#timers) {
      if (timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer;
    }
    this.#timers = this.#timers.filter((timer) => timer !== next);
    this.#now = Math.max(this.#now, next.at);
    next.wake();
    this.#scheduleAdvance();
  }
}

/** The machine's clock, or one that runs `speed` times as fast from a common epoch. */
export class ScaledClock implements DrivenClock {
  readonly epoch: ClockEpoch;

  constructor(epoch: ClockEpoch) {
    if (!(epoch.speed > 0)) throw new RangeError(`A clock's speed is a number above 0, not ${epoch.speed}.`);
    this.epoch = epoch;
  }

  static real(): ScaledClock {
    return new ScaledClock({ real: 0, virtual: 0, speed: 1 });
  }

  static startingNow(speed: number): ScaledClock {
    const real = Date.now();
    return new ScaledClock({ real, virtual: real, speed });
  }

  now(): Instant {
    // Whole, whatever the speed: an instant is written down as text in some places, to the millisecond.
    return instant(Math.floor(this.epoch.virtual + (Date.now() - this.epoch.real) * this.epoch.speed));
  }

  sleep(duration: Millis, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      // setTimeout holds at most 2^31 - 1 ms (24.8 days); a longer wait sleeps in pieces.
      const longest = 2_000_000_000;
      let left = duration / this.epoch.speed;
      let handle: ReturnType<typeof setTimeout>;
      const abort = () => {
        clearTimeout(handle);
        reject(signal?.reason);
      };
      const next = () => {
        if (left <= 0) {
          signal?.removeEventListener('abort', abort);
          resolve();
          return;
        }
        const piece = Math.min(left, longest);
        left -= piece;
        handle = setTimeout(next, piece);
      };
      signal?.addEventListener('abort', abort);
      next();
    });
  }

  busy<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }
}
