import type { LiveGate } from '../contracts/policy.ts';
import { type Decision, decide } from '../domain/decision.ts';

export type { Exposure } from '../domain/exposure.ts';

import type { EvidenceRef, Observation, WindowCounts } from '../domain/evidence.ts';
import type { Exposure } from '../domain/exposure.ts';
import { type GateFinding, type GateSpec, judgeGate, usualHarmfulRatio } from '../domain/gate.ts';
import type { Release } from '../domain/release.ts';
import { type Instant, instant, isNonEmpty, type NonEmpty, percent } from '../domain/units.ts';
import { worst } from '../domain/verdict.ts';
import { gatesOf, type PlanDocument } from './plan-document.ts';
import type { Ports } from './ports/ports.ts';
import { brief } from './trail.ts';

/** The only way to an opinion: evidence in, verdicts and a certificate out. */

/** Everything a decision rests on, frozen by the watcher. */
export interface Snapshot {
  readonly schema: 'headgate.snapshot/v1';
  readonly releaseId: string;
  readonly step: number;
  readonly since: number;
  readonly deadline: number;
  readonly at: number;
  readonly observation: Observation;
  /** Only where people set the shares: what they were, which nobody else can know. */
  readonly exposure?: readonly Exposure[];
}

/** What the certificate says, and what anyone can recompute from its windows and specs. */
export interface Judgement {
  readonly specs: NonEmpty<GateSpec>;
  readonly findings: NonEmpty<GateFinding>;
  readonly decision: Decision;
}

/**
 * Gives each window the step whose exposure holds all of it. Windows that straddle a change of shares are dropped:
 * which side of the change a request of theirs met is not known.
 */
export function windowsBySteps(
  windows: readonly WindowCounts[],
  exposures: readonly Exposure[],
): WindowCounts[] {
  return windows.flatMap((window) => {
    const end = window.at + window.span;
    const home = exposures.find(
      (exposure) => exposure.from <= window.at && end <= (exposure.until ?? Number.POSITIVE_INFINITY),
    );
    return home ? [{ ...window, step: home.step }] : [];
  });
}

/** The same snapshot always gives the same judgement. */
export function judge(document: PlanDocument, snapshot: Snapshot): Judgement {
  const specs = specsOf(document, snapshot.step);
  const findings = mapNonEmpty(specs, (spec) => judgeGate(spec, snapshot.observation.windows, snapshot.step));
  const verdict = worst(mapNonEmpty(findings, (finding) => finding.verdict));
  const clock = {
    since: instant(snapshot.since),
    deadline: instant(snapshot.deadline),
    now: instant(snapshot.at),
  };
  const decision = decide(document.plan, snapshot.step, verdict, clock, document.policy.atDeadline);
  return { specs, findings, decision };
}

/** The certificate of a decision: one file that anyone can recompute offline. */
export async function certify(
  ports: Ports,
  release: Release,
  plan: EvidenceRef,
  document: PlanDocument,
  snapshot: { readonly reference: EvidenceRef; readonly content: Snapshot },
  judgement: Judgement,
): Promise<EvidenceRef> {
  const { content } = snapshot;
  const certificate = {
    schema: 'headgate.certificate/v1',
    release,
    plan: { ref: plan.ref, digest: plan.digest },
    snapshot: { ref: snapshot.reference.ref, digest: snapshot.reference.digest },
    artefactDigest: document.artefactDigest,
    step: content.step,
    decidedAt: content.at,
    decision: judgement.decision,
    gates: judgement.findings,
    specs: judgement.specs,
    observation: content.observation,
  };
  const path = `releases/${release.releaseId}/certificates/step-${content.step + 1}-${judgement.decision.kind}.json`;
  return ports.evidence.put(
    path,
    `${JSON.stringify(certificate, null, 2)}\n`,
    brief(judgement.decision.says),
  );
}

function specsOf(document: PlanDocument, step: number): NonEmpty<GateSpec> {
  const share = percent(document.plan.steps[step]?.candidate ?? 100);
  const gates = gatesOf(document, step).map((gate) => specOf(document, gate, usualHarmfulRatio(share)));
  if (isNonEmpty(gates)) return gates;
  throw new RangeError(`Step ${step + 1} has no gates, which the plan should have refused.`);
}

/**
 * A gate without its own alpha shares what the others leave of the release's, evenly (Bonferroni), so that the
 * chance of any false rollback stays within `policy.alphaRollback`.
 */
function specOf({ policy, plan }: PlanDocument, gate: LiveGate, harmfulRatio: number): GateSpec {
  const own = policy.gates.flatMap((one) => (one.alphaRollback === undefined ? [] : [one.alphaRollback]));
  const spent = own.reduce((total, alpha) => total + alpha, 0);
  const share = (policy.alphaRollback - spent) / (policy.gates.length - own.length);
  const common = {
    name: gate.name,
    alphaRollback: gate.alphaRollback ?? share,
    alphaPromote: gate.alphaPromote,
    toleratedRatio: gate.toleratedRatio,
    aloneFrom: plan.steps.filter((step) => step.candidate < 100).length,
  };
  switch (gate.kind) {
    case 'errors': {
      const { floor, ceiling } = gate;
      return { ...common, kind: 'errors', floor, ceiling, harmfulRatio: gate.harmfulRatio ?? harmfulRatio };
    }
    case 'latency-slo':
      return { ...common, kind: 'latency-slo', sloMs: gate.sloMs, quantile: gate.quantile };
  }
}

function mapNonEmpty<A, B>(items: NonEmpty<A>, each: (item: A) => B): NonEmpty<B> {
  const [first, ...rest] = items;
  return [each(first), ...rest.map(each)];
}

/** When a step must be decided. One that a person let go on after its deadline gets the same time once more. */
export function deadlineOf(document: PlanDocument, step: number, since: number, now: Instant): Instant {
  const span = document.plan.steps[step]?.deadline ?? document.plan.soak.span;
  return instant(since + span > now ? since + span : now + span);
}
