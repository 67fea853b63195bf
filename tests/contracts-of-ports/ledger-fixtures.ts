import type { Freeze, GoodConfiguration, Ledger, WaitKey, WriteIntent } from '../../src/app/ports/ledger.ts';
import type { EvidenceRef } from '../../src/domain/evidence.ts';
import { type Lease, lastArrival } from '../../src/domain/lease.ts';
import type { Command, CommandKind, Outcome } from '../../src/domain/release.ts';
import { type Instant, instant } from '../../src/domain/units.ts';

export const at = (ms: number): Instant => instant(Date.UTC(2026, 0, 5) + ms);

export const file = (name: string): EvidenceRef => ({
  ref: `files/${name}.json`,
  digest: `digest-of-${name}`,
  summary: `the file ${name}`,
});

export const good = (name: string): GoodConfiguration => ({
  configuration: file(name),
  entity: `fraud-${name}`,
  version: name,
  verifiedAt: at(1),
});

export const owner = (releaseId: string, execution = `arn:${releaseId}`) => ({
  releaseId,
  executionArn: execution,
});

export const outcome = (kind: Outcome['kind'] = 'promoted'): Outcome => ({ kind, says: `it was ${kind}` });

export const intent = (change: Partial<WriteIntent> = {}): WriteIntent => ({
  direction: 'forward',
  purpose: 'shift to 5 %',
  desired: file('desired'),
  before: file('before'),
  candidateShare: 5,
  at: at(20),
  ...change,
});

export const never = instant(0);
/** Of a write that was recorded at `at(ms)`: when it is seen at the latest. */
export const seenBy = (ms: number): Instant => lastArrival(at(ms));

export const halt = (kind: Freeze['kind'] = 'freeze'): Freeze => ({
  kind,
  by: 'ana',
  reason: `${kind} for the holidays`,
  at: at(45),
});

export const newRelease = (
  releaseId: string,
  change: { endpoint?: string; version?: string; at?: Instant } = {},
) => ({
  releaseId,
  endpoint: change.endpoint ?? 'fraud',
  model: 'risk.models.fraud',
  version: change.version ?? '7',
  intent: 'release' as const,
  generation: 1,
  requestedBy: 'registry',
  requestedAt: change.at ?? at(2),
});

export const command = (
  releaseId: string,
  kind: CommandKind,
  commandId = `${releaseId}-${kind}`,
): Command => ({
  commandId,
  releaseId,
  kind,
  actor: 'ana',
  reason: `because of ${commandId}`,
  at: at(30),
});

export type NewWait = Parameters<Ledger['registerWait']>[1];

export const newWait = (releaseId: string, change: Partial<NewWait> = {}): NewWait => ({
  releaseId,
  state: 'Bake',
  visit: 1,
  kind: 'traffic',
  token: 'token-1',
  reference: { step: 1, nested: { list: [1, 'two', null] } },
  exposed: true,
  since: at(40),
  deadline: at(4000),
  ...change,
});

export const keyOf = ({ releaseId, state, visit }: WaitKey): WaitKey => ({ releaseId, state, visit });

export const done = { kind: 'done', output: { step: 1, list: [true, null] }, says: 'proven' } as const;
export const stopped = {
  kind: 'stopped',
  error: 'ReleaseInterrupted',
  says: 'an alert',
  facts: { id: 3 },
} as const;

/** A release that runs and owns its endpoint. */
export async function owning(ledger: Ledger, releaseId = 'rel-1', endpoint = 'fraud'): Promise<Lease> {
  await ledger.adopt(endpoint, good('1'));
  await ledger.addRelease(newRelease(releaseId, { endpoint }));
  await ledger.markRunning(releaseId, `arn:${releaseId}`);
  return ledger.claim(endpoint, owner(releaseId), good('1'));
}
