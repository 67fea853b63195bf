import * as fc from 'fast-check';
import type { StateName } from '../../src/contracts/states.ts';
import { resumable, type VariableName } from '../../src/contracts/variables.ts';
import { intents } from '../../src/domain/release.ts';

/** Hand-written arbitraries of what states hand to each other; a test proves that the contracts accept them all. */
const text = (min: number, max: number) => fc.string({ unit: 'grapheme', minLength: min, maxLength: max });
const word = (max: number) => fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/).map((name) => name.slice(0, max));

export const anEvidenceRef = fc.record({
  ref: word(512),
  digest: fc.stringMatching(/^[0-9a-f]{64}$/),
  summary: text(0, 40),
});

export const aRelease = fc.record({
  releaseId: word(80),
  endpoint: word(63),
  model: fc.constantFrom('prod.fraud.scorer', 'main.rank.home'),
  version: fc.integer({ min: 1, max: 9_999 }).map(String),
  intent: fc.constantFrom(...intents),
});

export const aLease = fc.record({ endpoint: word(63), epoch: fc.nat() });

export const aPlan = fc.record({
  document: anEvidenceRef,
  shares: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 99 }),
});

export const anExposure = fc.array(
  fc.record({
    step: fc.integer({ min: 0, max: 99 }),
    candidate: fc.integer({ min: 1, max: 100 }),
    from: fc.nat(),
    until: fc.option(fc.nat()),
  }),
  { maxLength: 5 },
);

export const aFailure = fc.record({
  error: fc.constantFrom('StageFailed', 'States.Timeout', 'EvidenceAgainst'),
  cause: text(0, 60),
});

export const anOutcomeOf = (...kinds: readonly string[]) =>
  fc.record({ kind: fc.constantFrom(...kinds), says: text(0, 60) });

export const outcomeKinds = [
  ...(['promoted', 'restored', 'rolledBack', 'rejected', 'superseded', 'observed'] as const),
] as const;
/** How a release can end that went through the restore. */
export const undoneKinds = ['restored', 'rolledBack', 'rejected', 'superseded', 'observed'] as const;
export const decisionKinds = ['advance', 'promote', 'retire', 'rollback', 'hold'] as const;

const aDecision = fc.record({ kind: fc.constantFrom(...decisionKinds), says: text(0, 60) });
const aShare = fc.integer({ min: 0, max: 100 });
const done = fc.record({ says: text(0, 60), evidence: fc.option(anEvidenceRef) });

export const variableArbitraries: Readonly<Record<VariableName, fc.Arbitrary<unknown>>> = {
  release: aRelease,
  lease: aLease,
  plan: aPlan,
  step: fc.integer({ min: 0, max: 99 }),
  exposure: anExposure,
  visit: fc.nat({ max: 10_000 }),
  snapshot: anEvidenceRef,
  decision: aDecision,
  failure: aFailure,
  resume: fc.constantFrom(...resumable),
  outcome: anOutcomeOf(...outcomeKinds),
};

/** What each state answers (of a wait: what its token's success carries). */
export const outputArbitraries: Readonly<Record<StateName, fc.Arbitrary<unknown>>> = {
  ClaimEndpoint: fc.record({ release: aRelease, lease: aLease }),
  PlanRelease: fc.record({ plan: aPlan }),
  Test: done,
  Evaluate: done,
  AssessIntegration: done,
  DeployToStaging: done,
  VerifyStaging: done,
  Approve: done,
  WarmCandidate: done,
  Shadow: done,
  ShiftTraffic: fc.record({ candidate: aShare }),
  VerifyTraffic: fc.record({ candidate: aShare, exposure: anExposure }),
  Bake: fc.record({ snapshot: anEvidenceRef }),
  JudgeHealth: fc.record({ decision: aDecision, certificate: anEvidenceRef, exposure: anExposure }),
  Hold: fc.oneof(
    fc.constant({ next: 'resume' }),
    fc.record({ next: fc.constant('judge'), snapshot: anEvidenceRef }),
  ),
  Promote: fc.record({ candidate: fc.constant(100), exposure: anExposure }),
  RetireBaseline: done,
  RestoreBaseline: fc.record({ wrote: fc.boolean() }),
  VerifyBaseline: fc.record({ baseline: fc.constant(100) }),
  AwaitBaseline: done,
  RecordIncident: fc.record({ outcome: anOutcomeOf(...undoneKinds), incident: anEvidenceRef }),
  Conclude: fc.record({ outcome: anOutcomeOf(...outcomeKinds) }),
};

/** The machine's input. */
export const aStartRequest = fc.record(
  {
    releaseId: word(80),
    endpoint: word(63),
    version: fc.integer({ min: 1, max: 9_999 }).map(String),
    intent: fc.constantFrom(...intents),
  },
  { requiredKeys: ['endpoint', 'intent'] },
);

/** What a Catch sees; a Cause may be missing. */
export const anErrorOutput = (names: readonly string[]) =>
  fc.record({ Error: fc.constantFrom(...names), Cause: text(0, 60) }, { requiredKeys: ['Error'] });

/** All variables at once, as the machine holds them: `step` is at most the number of shares (then the soak runs). */
export const someVariables = fc
  .tuple(fc.record(variableArbitraries), aPlan, fc.constantFrom('first', 'last', 'soak'))
  .map(([all, plan, where]): Record<string, unknown> => {
    const last = plan.shares.length - 1;
    return { ...all, plan, step: where === 'first' ? 0 : where === 'last' ? last : last + 1 };
  });
