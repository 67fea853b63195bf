import type { Freeze, WaitKind } from '../../src/app/ports/ledger.ts';
import type { CommandKind } from '../../src/domain/release.ts';
import { releaseIds } from './ledger-model-steps.ts';

/** What one call did: `ok`, a yes or no, or the name of the refusal. */
export type Answer = string | boolean;

interface ModelWait {
  phase: 'open' | 'decided' | 'closed';
  token: string;
  readonly kind: WaitKind;
  readonly tokens: Set<string>;
}

/** The rules of leases, waits and commands of one endpoint in a few lines, to be compared with the real ledger. */
export class LedgerModel {
  epoch = 0;
  held: number | null = null;
  /** Of the release that holds it. */
  execution = '';
  restoring = false;
  frozen: Freeze['kind'] | null = null;
  drift = false;
  /** Milliseconds since the first moment; null for never. */
  now = 0;
  until: number | null = null;
  newest: 'forward' | 'restore' | null = null;
  readonly ended = new Set<number>();
  readonly waits = new Map<string, ModelWait>();
  /** Commands by release and kind that were ever written, and those of them that nobody obeyed yet. */
  readonly written = new Set<string>();
  readonly pending = new Map<number, Set<CommandKind>>();

  claim(release: number): Answer {
    if (this.held === release && this.execution === `arn:rel-${release}`) return 'ok';
    if (this.held !== null) return 'LeaseHeldByOther';
    if (this.ended.has(release)) return 'LeaseLost';
    if (this.frozen === 'breakglass') return 'EndpointFrozen';
    this.own(release, `arn:rel-${release}`, false);
    this.newest = null;
    return 'ok';
  }

  /** The release that owns the endpoint, or else the first that has not ended. */
  current(): number {
    return this.held ?? releaseIds.find((id) => !this.ended.has(id)) ?? 0;
  }

  takeOver(lost: number, by: number): Answer {
    if (this.held === by && this.execution === `arn:over-${by}` && this.epoch === lost + 1) return 'ok';
    if (this.held === null || this.epoch !== lost || this.ended.has(by)) return 'LeaseLost';
    this.own(by, `arn:over-${by}`, this.restoring);
    return 'ok';
  }

  own(release: number, execution: string, restoring: boolean): void {
    this.held = release;
    this.execution = execution;
    this.epoch += 1;
    this.restoring = restoring;
  }

  freeze(kind: Freeze['kind']): Answer {
    if (!(kind === 'freeze' && this.frozen === 'breakglass')) this.frozen = kind;
    return 'ok';
  }

  lift(seen: Freeze['kind']): Answer {
    if (this.frozen === seen) this.frozen = null;
    return 'ok';
  }

  yield(kind: Freeze['kind']): Answer {
    this.end();
    this.epoch += 1;
    this.frozen = kind;
    this.drift = false;
    return 'ok';
  }

  adopt(): Answer {
    if (this.held !== null) return 'LeaseHeldByOther';
    this.drift = false;
    return 'ok';
  }

  note(epoch: number, found: boolean): Answer {
    if (this.held === null && this.epoch === epoch) this.drift = found;
    return 'ok';
  }

  pass(ms: number): Answer {
    this.now += ms;
    return 'ok';
  }

  holds(release: number, epoch: number): boolean {
    return this.held === release && this.epoch === epoch;
  }

  refusal(release: number, accepts: 'nothing' | 'hold' | 'everything'): string | undefined {
    if (accepts === 'everything') return undefined;
    const pending = this.pending.get(release) ?? new Set();
    if ((['rollback', 'alert', 'abort', 'supersede'] as const).some((kind) => pending.has(kind))) {
      return 'ReleaseInterrupted';
    }
    return pending.has('hold') && accepts === 'nothing' ? 'HoldRequested' : undefined;
  }

  intend(release: number, epoch: number, forward: boolean): Answer {
    // All forward writes of the model are the same one.
    const again = this.newest === 'forward';
    const draining = forward && !again && this.until !== null && this.now < this.until;
    const before = this.until;
    const answer = this.announce(release, epoch, forward);
    if (answer !== 'ok') return answer;
    if (draining) {
      this.until = before;
      return 'EndpointDraining';
    }
    this.newest = forward ? 'forward' : 'restore';
    return 'ok';
  }

  announce(release: number, epoch: number, forward: boolean): Answer {
    if (!this.holds(release, epoch)) return 'LeaseLost';
    if (forward) {
      if (this.restoring) return 'ReleaseInterrupted';
      const refused =
        this.refusal(release, 'nothing') ?? (this.frozen === null ? undefined : 'HoldRequested');
      if (refused) return refused;
    }
    // 90 s that a handler may live on, and 60 s until what it wrote is seen.
    this.until = this.now + 150_000;
    return 'ok';
  }

  register(release: number, epoch: number, visit: number, kind: WaitKind, token: string): Answer {
    if (!this.holds(release, epoch)) return 'LeaseLost';
    const known = this.waits.get(`${release}/${visit}`);
    if (known) {
      if (known.phase === 'closed') return 'ok';
      if (this.restoring && known.kind !== 'restore') return 'ReleaseInterrupted';
      if (known.tokens.has(token)) return 'ok';
      known.token = token;
      known.tokens.add(token);
      return 'ok';
    }
    const refused = this.refusal(
      release,
      kind === 'restore' ? 'everything' : kind === 'hold' ? 'hold' : 'nothing',
    );
    if (refused) return refused;
    if (this.restoring && kind !== 'restore') return 'ReleaseInterrupted';
    this.waits.set(`${release}/${visit}`, { phase: 'open', kind, token, tokens: new Set([token]) });
    return 'ok';
  }

  decide(release: number, visit: number): Answer {
    const known = this.waits.get(`${release}/${visit}`);
    if (known?.phase !== 'open') return false;
    known.phase = 'decided';
    return true;
  }

  closeWait(release: number, visit: number, token: string): Answer {
    const known = this.waits.get(`${release}/${visit}`);
    if (known?.phase === 'decided' && known.token === token) known.phase = 'closed';
    return known?.phase === 'closed';
  }

  command(release: number, kind: CommandKind): Answer {
    if (this.written.has(`${release}/${kind}`)) return 'ok';
    if (this.ended.has(release)) return 'CommandRejected';
    this.written.add(`${release}/${kind}`);
    this.pending.set(release, (this.pending.get(release) ?? new Set()).add(kind));
    return 'ok';
  }

  settle(release: number, kind: CommandKind): Answer {
    this.pending.get(release)?.delete(kind);
    return 'ok';
  }

  restore(release: number, epoch: number): Answer {
    if (!this.holds(release, epoch)) return 'LeaseLost';
    this.restoring = true;
    return 'ok';
  }

  close(release: number, epoch: number): Answer {
    if (this.held === null && this.epoch === epoch && epoch > 0) return 'ok';
    if (!this.holds(release, epoch)) return 'LeaseLost';
    this.end();
    return 'ok';
  }

  end(): void {
    if (this.held === null) return;
    this.ended.add(this.held);
    this.pending.delete(this.held);
    this.held = null;
  }
}
