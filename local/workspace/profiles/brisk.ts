import type { WorkspaceProfile } from '../profile.ts';
import { fraudProfile } from './fraud.ts';

const aMoment = { min: 50, max: 150 };
const atOnce = { min: 0, max: 0 };

/**
 * The shipped profile for runs in real time: jobs and statements take a moment, an update is there at the next look,
 * and so many people call that a gate is proven within seconds.
 */
export const briskProfile: WorkspaceProfile = {
  ...fraudProfile,
  name: 'brisk',
  endpoints: (fraudProfile.endpoints ?? []).map(({ traffic, ...endpoint }) =>
    // 300 requests a second at a share of 25 % are 75 for the candidate: 1,000 of them in a quarter of a minute.
    traffic ? { ...endpoint, traffic: { perSecond: 300 } } : endpoint,
  ),
  jobs: (fraudProfile.jobs ?? []).map((job) => ({ ...job, duration: aMoment })),
  timings: {
    trafficUpdate: atOnce,
    newEntity: atOnce,
    statement: aMoment,
    payloadDelay: aMoment,
    jobQueue: atOnce,
  },
};
