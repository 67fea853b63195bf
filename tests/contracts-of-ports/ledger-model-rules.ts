import type { WaitKind } from '../../src/app/ports/ledger.ts';
import type { CommandKind } from '../../src/domain/release.ts';

/** What one call did: `ok`, a yes or no, or the name of the refusal. */
export type Answer = string | boolean;

interface ModelWait {
  phase: 'open' | 'decided' | 'closed';
  token: string;
}

/** The rules of leases, waits and commands of one endpoint in a few lines, to be compared with the real ledger. */
export class LedgerModel {
  epoch = 0;
  held: number | null = null;
  restoring = false;
  readonly ended = new Set<number>();
  readonly waits = new Map<string, ModelWait>();
  /** Commands by release and kind that were ever written, and those of them that nobody obeyed yet. */
  readonly written = new Set<string>();
  readonly pending = new Map<number, Set<CommandKind>>();

  claim(release: number): Answer {
    if (this.held === release) return 'ok';
    if (this.held !== null) return 'LeaseHeldByOther';
    if (this.ended.has(release)) return 'LeaseLost';
    this.held = release;
    this.epoch += 1;
    this.restoring = false;
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
    if (!this.holds(release, epoch)) return 'LeaseLost';
    if (!forward) return 'ok';
    if (this.restoring) return 'ReleaseInterrupted';
    return this.refusal(release, 'nothing') ?? 'ok';
  }

  register(release: number, epoch: number, visit: number, kind: WaitKind, token: string): Answer {
    if (!this.holds(release, epoch)) return 'LeaseLost';
    const known = this.waits.get(`${release}/${visit}`);
    if (known) {
      if (known.phase !== 'closed') known.token = token;
      return 'ok';
    }
    const refused = this.refusal(
      release,
      kind === 'restore' ? 'everything' : kind === 'hold' ? 'hold' : 'nothing',
    );
    if (refused) return refused;
    this.waits.set(`${release}/${visit}`, { phase: 'open', token });
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
    this.held = null;
    this.ended.add(release);
    this.pending.delete(release);
    return 'ok';
  }
}
