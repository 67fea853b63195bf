import type { LiveGate } from '../contracts/gates.ts';
import type { EndpointConfig, Policy } from '../contracts/policy.ts';
import type { EvidenceRef } from '../domain/evidence.ts';
import type { Plan } from '../domain/plan.ts';
import type { Release } from '../domain/release.ts';
import type { Ports } from './ports/ports.ts';

/** What PlanRelease fixed for the whole release. Written once; every later state reads it by reference. */
export interface PlanDocument {
  readonly schema: 'headgate.plan/v1';
  readonly release: Release;
  /** `observe`: nothing is written, whatever is decided. */
  readonly mode: EndpointConfig['mode'];
  /** Who started it past the comparison, and why; null for every other release. */
  readonly emergency: { readonly by: string; readonly reason: string } | null;
  readonly policyName: string;
  /** As this release follows it: see release-mode.ts. */
  readonly policy: Policy;
  readonly plan: Plan;
  /** The served entities: what has all traffic now, and what shall have it. */
  readonly baseline: { readonly entity: string; readonly version: string };
  readonly candidate: { readonly entity: string; readonly version: string };
  /** SHA-256 of what identifies the registered version; it must be the same until promotion. */
  readonly artefactDigest: string;
  readonly skipped: readonly { readonly stage: string; readonly why: string }[];
  readonly plannedAt: number;
}

export async function writePlan(ports: Ports, document: PlanDocument): Promise<EvidenceRef> {
  const shares = document.plan.steps.map((step) => `${step.candidate} %`).join(', ');
  return ports.evidence.put(
    `releases/${document.release.releaseId}/plan.json`,
    `${JSON.stringify(document, null, 2)}\n`,
    document.release.intent === 'drill'
      ? `drill: ${shares}, then back`
      : `${document.plan.strategy}: ${shares}, then 100 %`,
  );
}

/** @throws `EvidenceInvalid` when the file is gone or was changed. */
export async function readPlan(
  ports: Ports,
  reference: { readonly document: EvidenceRef },
): Promise<PlanDocument> {
  // The digest proves that these are the bytes that writePlan wrote, so their shape needs no second proof.
  return JSON.parse(await ports.evidence.get(reference.document)) as PlanDocument;
}

/** The plan of a release that a state without a plan variable asks about; undefined when it never got one. */
export async function plannedBefore(ports: Ports, releaseId: string): Promise<PlanDocument | undefined> {
  const files = (await ports.ledger.release(releaseId))?.files ?? [];
  const document = files.find((file) => file.ref.endsWith('/plan.json'));
  return document ? readPlan(ports, { document }) : undefined;
}

/** Gates that judge a step, or the soak when `step` is past the last one. */
export function gatesOf(document: PlanDocument, step: number): readonly LiveGate[] {
  const names = document.plan.steps[step]?.gates ?? document.plan.soak.gates;
  return document.policy.gates.filter((gate) => names.includes(gate.name));
}
