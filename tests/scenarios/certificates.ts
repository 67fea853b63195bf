import type { EvidenceRef, WindowCounts } from '../../src/domain/evidence.ts';
import type { GateFinding, GateSpec } from '../../src/domain/gate.ts';
import { Judge } from '../../src/domain/judge.ts';
import type { NonEmpty } from '../../src/domain/units.ts';

/** What a reader of a certificate finds in it. */
export interface Certificate {
  readonly schema: string;
  readonly step: number;
  readonly decision: { readonly kind: string; readonly says: string };
  readonly specs: NonEmpty<GateSpec>;
  readonly gates: readonly GateFinding[];
  readonly snapshot: Pick<EvidenceRef, 'ref' | 'digest'>;
  readonly observation: { readonly watermark: number; readonly windows: readonly WindowCounts[] };
}

export interface Incident {
  readonly outcome: { readonly kind: string; readonly says: string };
  readonly error: string;
  readonly trigger: { readonly kind: string; readonly actor?: string };
  readonly triggeredAt: number | null;
  readonly baselineObservedAt: number | null;
  readonly rollbackSeconds: number | null;
  readonly served: { readonly candidateRequests: number; readonly candidateErrors: number } | null;
  readonly exposure: readonly { readonly candidate: number; readonly from: number }[];
  readonly timeline: readonly { readonly at: number; readonly action: string; readonly says: string }[];
}

/** The gates' findings once more, by a stranger: from the certificate's own windows and specs, and nothing else. */
export function recomputed({ specs, observation, step }: Certificate): readonly GateFinding[] {
  const judge = new Judge(specs);
  for (const window of observation.windows) judge.add(window);
  judge.enter(step);
  return judge.judgement().findings;
}
