import { describe, expect, it } from 'vitest';
import type { PlanDocument } from '../../src/app/plan-document.ts';
import type { Ports } from '../../src/app/ports/ports.ts';
import { claimed, inEmergency, observesOnly } from '../../src/app/release-mode.ts';
import type { Intent } from '../../src/domain/release.ts';
import { instant } from '../../src/domain/units.ts';
import { outcomeKinds } from '../support/arbitraries.ts';
import { documentOf, environmentWith, portsAtHand } from './ports-at-hand.ts';

type Mode = PlanDocument['mode'];
const now = instant(0);

/** A release that was planned in one mode while the configuration says another by now. */
async function given(
  { planned, configured }: { planned?: Mode; configured: Mode },
  intent: Intent = 'release',
) {
  const environment = environmentWith();
  const { fraud } = environment.endpoints;
  if (fraud) fraud.mode = configured;
  const document = { ...documentOf(), ...(planned ? { mode: planned } : {}) };
  const release = { ...document.release, intent };
  const bare = portsAtHand({ now, environment });
  const ports: Ports = { ...bare, evidence: { ...bare.evidence, get: async () => JSON.stringify(document) } };
  await ports.ledger.addRelease({ ...release, generation: 1, requestedBy: 'ada', requestedAt: now });
  const plan = { ref: `releases/${release.releaseId}/plan.json`, digest: 'a'.repeat(64), summary: '' };
  if (planned) await ports.ledger.attachFile(release.releaseId, plan);
  return { ports, release };
}

describe('the mode of a release', () => {
  it.each<[Mode | undefined, Mode, boolean]>([
    ['act', 'observe', false],
    ['observe', 'act', true],
    [undefined, 'act', false],
    [undefined, 'observe', true],
  ])('planned %s and configured %s by now: observes only is %s', async (planned, configured, observes) => {
    const { ports, release } = await given({ configured, ...(planned ? { planned } : {}) });
    expect(await observesOnly(ports, release)).toBe(observes);
  });

  it('of a plan from before there were modes is to act', async () => {
    const { ports, release } = await given({ planned: 'act', configured: 'observe' });
    const { mode: _none, ...old } = documentOf();
    const evidence = { ...ports.evidence, get: async () => JSON.stringify(old) };
    expect(await observesOnly({ ...ports, evidence }, release)).toBe(false);
  });
});

describe('what is claimed at the end', () => {
  it.each(outcomeKinds)('is %s, as it was decided, where Headgate acts', async (kind) => {
    const { ports, release } = await given({ planned: 'act', configured: 'act' });
    const outcome = { kind, says: 'because' };
    expect(await claimed(ports, release, outcome)).toEqual(outcome);
  });

  it.each(outcomeKinds)('is nothing where it only observes, although %s was decided', async (kind) => {
    const { ports, release } = await given({ planned: 'observe', configured: 'observe' });
    const end = await claimed(ports, release, { kind, says: 'because' });
    expect(end.kind).toBe(kind === 'superseded' ? 'superseded' : 'observed');
    expect(end.says).toContain('because');
    // Conclude runs twice when its answer was lost.
    expect(await claimed(ports, release, end)).toEqual(end);
  });

  it('is that a release was refused, where it was before its plan; and nothing for a rollback', async () => {
    const refused = await given({ configured: 'observe' });
    const outcome = { kind: 'rejected', says: 'PolicyInvalid' } as const;
    expect(await claimed(refused.ports, refused.release, outcome)).toEqual(outcome);
    const back = await given({ configured: 'observe' }, 'rollback');
    const end = await claimed(back.ports, back.release, { kind: 'restored', says: '' });
    expect(end.kind).toBe('observed');
  });
});

describe('the policy in an emergency', () => {
  it('keeps every stage that is no comparison, and holds for a person what is undecided', () => {
    const { policy } = documentOf({ atDeadline: 'rollback' });
    const followed = inEmergency(policy, { by: 'ada', reason: 'version 1 is down' });
    expect(followed.atDeadline).toBe('hold');
    const { evaluate, shadow, approve, ...others } = followed.stages;
    const { evaluate: _e, shadow: _s, approve: _a, ...same } = policy.stages;
    expect(others).toEqual(same);
    expect([evaluate.enabled, shadow.enabled, approve.enabled]).toEqual([false, false, true]);
    expect(followed.gates).toEqual(policy.gates);
    expect(followed.soak).toEqual(policy.soak);
  });
});
