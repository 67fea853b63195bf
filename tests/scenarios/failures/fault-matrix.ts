import type { FaultOrder } from '../../../local/workspace/fault.ts';
import { endpoint } from '../stage.ts';

/** Where a release talks to the workspace, and what may go wrong there. */

export interface Place {
  readonly name: string;
  readonly match: { readonly method: string; readonly path: string };
  /** Matching calls of an undisturbed release that come before the one in question. */
  readonly skip?: number;
  /** Only from the intent of this purpose on; from the beginning when absent. */
  readonly from?: string;
  /** The version is a bad one: the way back is what is disturbed. */
  readonly back?: true;
  /** A stage before traffic is on. */
  readonly stages?: true;
  /** Accepted updates of any endpoint before the one in question; absent where nothing is updated. */
  readonly update?: { readonly endpoint: string; readonly skip: number };
}

const production = `/api/2.0/serving-endpoints/${endpoint}`;
const configuration = { method: 'PUT', path: `${production}/config` };
const put = (name: string, skip: number, more: Partial<Place> = {}): Place => ({
  name,
  match: configuration,
  skip,
  update: { endpoint, skip },
  ...more,
});

export const places: readonly Place[] = [
  { name: 'version GET', match: { method: 'GET', path: '/api/2.1/unity-catalog/models/*/versions/*' } },
  { name: 'endpoint GET in plan', match: { method: 'GET', path: production } },
  { name: 'endpoint GET while warming', match: { method: 'GET', path: production }, from: 'warm' },
  { name: 'endpoint GET after the shift', match: { method: 'GET', path: production }, from: 'shift' },
  { name: 'endpoint GET in promotion', match: { method: 'GET', path: production }, from: 'promote' },
  { name: 'endpoint GET at the end', match: { method: 'GET', path: production }, from: 'retire' },
  {
    name: 'endpoint GET on the way back',
    match: { method: 'GET', path: production },
    from: 'traffic',
    back: true,
  },
  {
    name: 'run-now POST',
    match: { method: 'POST', path: '/api/2.2/jobs/run-now' },
    stages: true,
  },
  { name: 'run GET', match: { method: 'GET', path: '/api/2.2/jobs/runs/get' }, stages: true },
  { name: 'output GET', match: { method: 'GET', path: '/api/2.2/jobs/runs/get-output' }, stages: true },
  {
    name: 'staging PUT',
    match: { method: 'PUT', path: '/api/2.0/serving-endpoints/fraud-staging/config' },
    stages: true,
    update: { endpoint: 'fraud-staging', skip: 0 },
  },
  put('warm PUT', 0),
  { name: 'probe POST', match: { method: 'POST', path: '/serving-endpoints/**' }, stages: true },
  put('shift PUT', 1),
  { name: 'SQL POST', match: { method: 'POST', path: '/api/2.0/sql/statements' } },
  { name: 'SQL GET', match: { method: 'GET', path: '/api/2.0/sql/statements/*' } },
  put('promote PUT', 2),
  { name: 'alias PUT', match: { method: 'PUT', path: '/api/2.1/unity-catalog/models/*/aliases/*' } },
  {
    name: 'version GET in promotion',
    match: { method: 'GET', path: '/api/2.1/unity-catalog/models/*/versions/*' },
    skip: 3,
  },
  put('retire PUT', 3),
  put('restore traffic PUT', 2, { back: true }),
  put('restore configuration PUT', 3, { back: true }),
  {
    name: 'alias GET on the way back',
    match: { method: 'GET', path: '/api/2.1/unity-catalog/models/*/aliases/*' },
    back: true,
  },
];

export interface Mishap {
  readonly name: string;
  /** A release must take this in its stride: it ends as if nothing had happened. */
  readonly passing: boolean;
  /** The fault at a place; undefined where it does not fit. */
  at(place: Place): FaultOrder | undefined;
}

const wire =
  (name: string, order: Partial<FaultOrder> = {}, fits: (place: Place) => boolean = () => true) =>
  (place: Place): FaultOrder | undefined =>
    fits(place) ? { name, match: place.match, skip: place.skip ?? 0, ...order } : undefined;

const update =
  (name: string, parameters: Record<string, unknown> = {}) =>
  ({ update: which }: Place): FaultOrder | undefined =>
    which && { name, parameters: { endpoint: which.endpoint, ...parameters }, skip: which.skip };

const writes = ({ match }: Place) => match.method === 'PUT';

/** Many: more than the client's patience of 20 s and several retries of the machine; the last ones outlast both. */
export const mishaps: readonly Mishap[] = [
  { name: 'throttled', passing: true, at: wire('throttled', { parameters: { retryAfter: 2 } }) },
  { name: 'throttled x60', passing: false, at: wire('throttled', { times: 60 }) },
  { name: 'unavailable', passing: true, at: wire('unavailable') },
  {
    name: 'unavailable x60',
    passing: false,
    at: wire('unavailable', { times: 60, parameters: { retryAfter: 9 } }),
  },
  { name: 'internal error', passing: true, at: wire('internalError') },
  { name: 'reset before', passing: true, at: wire('connectionReset') },
  { name: 'reset after', passing: true, at: wire('connectionReset', { after: true }) },
  { name: 'HTML after', passing: true, at: wire('htmlError', { after: true }) },
  {
    name: 'empty 200 after',
    passing: true,
    at: wire('emptyBody', { after: true, parameters: { code: 200 } }),
  },
  { name: 'conflict', passing: true, at: wire('conflict', {}, writes) },
  { name: 'update fails', passing: false, at: update('updateFails') },
  { name: 'update cancelled', passing: false, at: update('updateCancelled') },
  { name: 'slow update', passing: false, at: update('updateTakes', { durationMs: 20 * 60_000 }) },
  { name: 'stale read', passing: true, at: update('staleRead', { forMs: 50_000 }) },
];

export interface Cell {
  readonly place: Place;
  readonly mishap: Mishap;
  readonly order: FaultOrder;
}

export const cells: readonly Cell[] = places.flatMap((place) =>
  mishaps.flatMap((mishap) => {
    const order = mishap.at(place);
    return order ? [{ place, mishap, order }] : [];
  }),
);
