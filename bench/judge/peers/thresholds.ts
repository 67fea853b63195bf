import type { WindowCounts } from '../../../src/domain/evidence.ts';
import type { Peer } from './peer.ts';

const LEAST_SUCCESS = 0.99;

/** Share of the candidate's requests without error in one window; undefined without requests. */
function success({ candidate }: WindowCounts): number | undefined {
  if (!candidate || candidate.requests === 0) return undefined;
  return 1 - candidate.errors / candidate.requests;
}

/**
 * Argo Rollouts' analysis: one measurement a window; the run fails when more than `failureLimit` measurements failed
 * and succeeds after `count` of them. A measurement without data is inconclusive and counts for neither.
 */
export const argo: Peer = {
  name: 'argo-threshold',
  standing: 'listed',
  rule: 'success of a minute >= 99 %, failureLimit 3, count 60',
  start() {
    let [failed, measured] = [0, 0];
    return {
      look(window) {
        const rate = success(window);
        if (rate === undefined) return 'none';
        measured += 1;
        if (rate < LEAST_SUCCESS) failed += 1;
        if (failed > 3) return 'rollback';
        return measured >= 60 ? 'promote' : 'none';
      },
    };
  },
};

/**
 * Flagger's canary: a check each interval; failed checks add up over the whole analysis, and at the threshold it rolls
 * back. Each good check moves traffic on; after maxWeight / stepWeight of them it promotes.
 */
export const flagger: Peer = {
  name: 'flagger-threshold',
  standing: 'listed',
  rule: 'request-success-rate >= 99 % each minute, threshold 10, 10 steps',
  start() {
    let [failed, good] = [0, 0];
    return {
      look(window) {
        const rate = success(window);
        if (rate === undefined) return 'none';
        if (rate < LEAST_SUCCESS) failed += 1;
        else good += 1;
        if (failed >= 10) return 'rollback';
        return good >= 10 ? 'promote' : 'none';
      },
    };
  },
};
