import type { Operations } from '../../src/app/operations.ts';
import type { BreakglassAnswer, EndpointView, ReleaseView, TimelineEntry } from '../../src/contracts/api.ts';
import type { OutcomeKind } from '../../src/domain/release.ts';

export const aRelease: ReleaseView = {
  releaseId: 'fraud-prod-2-abc',
  endpoint: 'fraud-prod',
  model: 'prod.ml.fraud',
  version: '2',
  intent: 'release',
  requestedBy: 'ada',
  requestedAt: '2026-11-21T08:49:43.000Z',
  phase: 'running',
  state: 'Bake',
  candidateShare: 5,
  outcome: null,
  endedAt: null,
  why: 'the step bakes',
  next: 'the judge looks in 60 s',
  files: [],
  needs: [],
};

export function ended(kind: OutcomeKind, release: ReleaseView = aRelease): ReleaseView {
  return {
    ...release,
    phase: 'ended',
    state: null,
    candidateShare: null,
    outcome: { kind, says: `it was ${kind}` },
    endedAt: '2026-11-21T11:49:43.000Z',
    files: [{ ref: 'releases/r/certificate.json', digest: 'a'.repeat(64), summary: 'certificate' }],
  };
}

export const anEndpoint: EndpointView = {
  endpoint: 'fraud-prod',
  model: 'prod.ml.fraud',
  phase: 'forward',
  servingVersion: '1',
  lastGoodVersion: '1',
  release: aRelease,
  queued: ['3'],
  freeze: null,
  drift: null,
  needs: [],
  drill: null,
};

export function anEntry(order: number, says: string): TimelineEntry {
  return {
    order,
    at: `2026-11-21T08:50:0${order % 10}.000Z`,
    actor: 'judge',
    action: 'JudgeHealth',
    says,
    endpoint: 'fraud-prod',
    releaseId: aRelease.releaseId,
  };
}

export const aBreakglass: BreakglassAnswer = {
  endpoint: 'fraud-prod',
  version: '1',
  entity: 'fraud-1',
  verifiedAt: '2026-11-21T08:00:00.000Z',
  request: {
    method: 'PUT',
    url: 'https://prod.example.com/api/2.0/serving-endpoints/fraud-prod/config',
    body: { served_entities: [{ name: 'fraud-1' }], note: "it's fine" },
  },
  took: { epoch: 5, release: 'fraud-prod-2-abc', quietAt: '2026-11-21T09:02:30.000Z' },
};

/** Operations that answer as told, and remember what they were asked. */
export function scriptedOperations(answers: Partial<Operations> = {}): {
  readonly operations: Operations;
  readonly asked: readonly (readonly unknown[])[];
} {
  const asked: unknown[][] = [];
  const usual: Operations = {
    start: async () => ({ release: aRelease, began: 'started' }),
    endpoints: async () => [anEndpoint],
    release: async () => aRelease,
    releases: async () => [aRelease],
    why: async () => [aRelease],
    timeline: async () => [],
    command: async () => ({ commandId: 'c1', phase: 'pending', says: 'obeyed at the next look' }),
    drill: async () => ({ release: aRelease, began: 'started' }),
    adopt: async () => ({ ...anEndpoint, phase: 'closed', release: null, queued: [] }),
    freeze: async () => ({ endpoints: [], releases: [] }),
    breakglass: async () => aBreakglass,
    audit: async () => [],
    needs: async () => [],
  };
  const chosen = { ...usual, ...answers };
  const note =
    <A extends unknown[], R>(name: string, act: (...given: A) => R) =>
    (...given: A): R => {
      asked.push([name, ...given]);
      return act(...given);
    };
  return {
    asked,
    operations: {
      start: note('start', chosen.start),
      endpoints: note('endpoints', chosen.endpoints),
      release: note('release', chosen.release),
      releases: note('releases', chosen.releases),
      why: note('why', chosen.why),
      timeline: note('timeline', chosen.timeline),
      command: note('command', chosen.command),
      adopt: note('adopt', chosen.adopt),
      freeze: note('freeze', chosen.freeze),
      breakglass: note('breakglass', chosen.breakglass),
      audit: note('audit', chosen.audit),
      needs: note('needs', chosen.needs),
      drill: note('drill', chosen.drill),
    },
  };
}
