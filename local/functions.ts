import { create as approve } from '../functions/approve.ts';
import { create as assessIntegration } from '../functions/assess-integration.ts';
import { create as awaitBaseline } from '../functions/await-baseline.ts';
import { create as bake } from '../functions/bake.ts';
import { create as claimEndpoint } from '../functions/claim-endpoint.ts';
import { create as conclude } from '../functions/conclude.ts';
import { create as deployToStaging } from '../functions/deploy-to-staging.ts';
import { create as evaluate } from '../functions/evaluate.ts';
import { create as hold } from '../functions/hold.ts';
import { create as judgeHealth } from '../functions/judge-health.ts';
import { create as planRelease } from '../functions/plan-release.ts';
import { create as promote } from '../functions/promote.ts';
import { create as recordIncident } from '../functions/record-incident.ts';
import { create as restoreBaseline } from '../functions/restore-baseline.ts';
import { create as retireBaseline } from '../functions/retire-baseline.ts';
import { create as shadow } from '../functions/shadow.ts';
import { create as shiftTraffic } from '../functions/shift-traffic.ts';
import { create as test } from '../functions/test.ts';
import { create as verifyBaseline } from '../functions/verify-baseline.ts';
import { create as verifyStaging } from '../functions/verify-staging.ts';
import { create as verifyTraffic } from '../functions/verify-traffic.ts';
import { create as warmCandidate } from '../functions/warm-candidate.ts';
import type { Ports } from '../src/app/ports/ports.ts';
import type { StateName } from '../src/contracts/states.ts';

type Create = (ports: Ports) => ReturnType<typeof approve>;

/** The shipped handler of each Task state. A state without one does not compile. */
export const stateFunctions: Readonly<Record<StateName, Create>> = {
  ClaimEndpoint: claimEndpoint,
  PlanRelease: planRelease,
  Test: test,
  Evaluate: evaluate,
  AssessIntegration: assessIntegration,
  DeployToStaging: deployToStaging,
  VerifyStaging: verifyStaging,
  Approve: approve,
  WarmCandidate: warmCandidate,
  Shadow: shadow,
  ShiftTraffic: shiftTraffic,
  VerifyTraffic: verifyTraffic,
  Bake: bake,
  JudgeHealth: judgeHealth,
  Hold: hold,
  Promote: promote,
  RetireBaseline: retireBaseline,
  RestoreBaseline: restoreBaseline,
  VerifyBaseline: verifyBaseline,
  AwaitBaseline: awaitBaseline,
  RecordIncident: recordIncident,
  Conclude: conclude,
};
