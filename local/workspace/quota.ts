import { throttled } from './refusal.ts';

export interface QuotaRule {
  /** So many calls in any window of `perMs` virtual milliseconds. */
  readonly count: number;
  readonly perMs: number;
  readonly says: string;
  /** Whether a refusal says how long to wait. Real ones sometimes do. */
  readonly tellsWhen: boolean;
}

/** A workspace's limit on one kind of call. */
export class Quota {
  readonly #rule: QuotaRule;
  #spent: number[] = [];

  constructor(rule: QuotaRule) {
    this.#rule = rule;
  }

  /** @throws Refusal 429 while the window is full. A refused call costs nothing. */
  spend(now: number): void {
    const { count, perMs, says, tellsWhen } = this.#rule;
    this.#spent = this.#spent.filter((at) => at > now - perMs);
    const [oldest] = this.#spent;
    if (oldest !== undefined && this.#spent.length >= count) {
      // Whole seconds, rounded up: after that the oldest call has left the window.
      throw throttled(says, tellsWhen ? Math.ceil((oldest + perMs - now) / 1000) : undefined);
    }
    this.#spent.push(now);
  }
}
