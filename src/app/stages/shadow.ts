import type { Policy } from '../../contracts/policy.ts';
import type { StateInput } from '../../contracts/states.ts';
import type { EvidenceRef } from '../../domain/evidence.ts';
import { RatioMixture, testAgainst } from '../../domain/stats/ratio-mixture.ts';
import { logBound } from '../../domain/stats/sequential.ts';
import { millis } from '../../domain/units.ts';
import { configOf } from '../environment.ts';
import { type PlanDocument, readPlan } from '../plan-document.ts';
import type { Wait, WaitDecision } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import { aboutWait, skipStage, stageDone, standStill, stopped } from '../wait.ts';

/** Paired probes: the same request to both sides at once, beside the traffic split, at a capped rate. */

export interface Pairs {
  readonly sent: number;
  readonly onlyCandidateFailed: number;
  readonly onlyBaselineFailed: number;
  readonly bothFailed: number;
}

const noPairs: Pairs = { sent: 0, onlyCandidateFailed: 0, onlyBaselineFailed: 0, bothFailed: 0 };

export async function startShadow(ports: Ports, input: StateInput<'Shadow'>): Promise<void> {
  const document = await readPlan(ports, input.plan);
  const policy = document.policy.stages.shadow;
  if (!policy.enabled) return skipStage(ports, input, 'Shadow', policy);
  await standStill(ports, input, 'Shadow', {
    kind: 'probes',
    reference: { plan: input.plan.document, pairs: noPairs },
    within: millis(policy.deadline),
    says: `${policy.pairs} paired requests to ${document.baseline.entity} and ${document.candidate.entity}`,
  });
}

/** Sends the next few pairs and decides as soon as they show enough: undefined until then. */
export async function watchShadow(ports: Ports, wait: Wait): Promise<WaitDecision | undefined> {
  const { plan, pairs: before } = aboutWait<{ plan: EvidenceRef; pairs: Pairs }>(wait);
  const document = await readPlan(ports, { document: plan });
  const policy = document.policy.stages.shadow;
  const probes = configOf(ports.environment, wait.endpoint).probes;
  const count = Math.min(probes?.perTick ?? 0, policy.pairs - before.sent);
  const pairs = await sendPairs(ports, document, wait, before, count);
  const says =
    `${pairs.sent} pairs: ${pairs.onlyCandidateFailed} failed on the candidate alone, ` +
    `${pairs.onlyBaselineFailed} on the baseline alone, ${pairs.bothFailed} on both`;
  await ports.ledger.noteWait(wait, {
    reference: { ...wait.reference, pairs },
    lastLook: { at: ports.clock.now(), says },
  });
  if (harmShown(pairs, policy)) return stopped('StageFailed', `Shadow: ${says}: harm is proven`);
  if (pairs.sent < policy.pairs) return undefined;
  const path = `releases/${wait.releaseId}/reports/shadow.json`;
  const evidence = await ports.evidence.put(path, `${JSON.stringify({ pairs, says }, null, 2)}\n`, says);
  return stageDone(`Shadow: ${says}`, evidence);
}

/**
 * The same evidence as on live traffic, at a share of one half: it may be looked at after every pair. A pair that both
 * sides fail, or neither, says nothing about the candidate.
 */
export function harmShown(
  { sent, onlyCandidateFailed, onlyBaselineFailed }: Pairs,
  { alpha, toleratedRatio }: Policy['stages']['shadow'],
): boolean {
  const baseline = { requests: sent, events: onlyBaselineFailed };
  const candidate = { requests: sent, events: onlyCandidateFailed };
  const ratio = new RatioMixture(testAgainst(toleratedRatio));
  ratio.add(0, baseline, candidate);
  return ratio.logE >= logBound(alpha);
}

async function sendPairs(
  ports: Ports,
  document: PlanDocument,
  wait: Wait,
  before: Pairs,
  count: number,
): Promise<Pairs> {
  const requests = configOf(ports.environment, wait.endpoint).probes?.requests ?? [];
  const { serving } = ports.workspace('production');
  const failed = async (entity: string, index: number) => {
    const body = requests[index % requests.length] ?? {};
    const clientRequestId = `headgate-${wait.releaseId}-${wait.visit}-${index}`;
    const answer = await serving.probe(wait.endpoint, entity, { body, clientRequestId });
    return answer.code < 200 || answer.code >= 300;
  };
  const outcomes = await Promise.all(
    Array.from({ length: count }, async (_, offset) => {
      const index = before.sent + offset;
      const both = [
        failed(document.baseline.entity, index),
        failed(document.candidate.entity, index),
      ] as const;
      const [baseline, candidate] = await Promise.all(both);
      return { baseline, candidate };
    }),
  );
  const tally = (baseline: boolean, candidate: boolean) =>
    outcomes.filter((one) => one.baseline === baseline && one.candidate === candidate).length;
  return {
    sent: before.sent + count,
    onlyCandidateFailed: before.onlyCandidateFailed + tally(false, true),
    onlyBaselineFailed: before.onlyBaselineFailed + tally(true, false),
    bothFailed: before.bothFailed + tally(true, true),
  };
}
