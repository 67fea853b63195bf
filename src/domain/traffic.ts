import { type Percent, percent } from './units.ts';

/** Which served entity gets which share of an endpoint's requests. Shares are integers that sum to 100. */
export type Traffic = Readonly<Record<string, Percent>>;

/**
 * @param shares Percent by served entity; entities at 0 % are kept, because a warm entity at 0 % is part of the truth.
 * @throws RangeError when a share is no percentage or the sum is not 100.
 */
export function traffic(shares: Readonly<Record<string, number>>): Traffic {
  const checked = Object.fromEntries(
    Object.entries(shares).map(([entity, share]) => [entity, percent(share)]),
  );
  const sum = Object.values(checked).reduce((total, share) => total + share, 0);
  if (sum !== 100) throw new RangeError(`Traffic shares sum to 100, not ${sum}: ${describeTraffic(shares)}.`);
  return checked;
}

/** All of it on one entity, except `share` percent on another. */
export function split(baseline: string, candidate: string, share: Percent): Traffic {
  return traffic({ [baseline]: 100 - share, [candidate]: share });
}

export function shareOf(shares: Traffic, entity: string): Percent {
  // Own names only: an entity may be called `constructor`.
  return (Object.hasOwn(shares, entity) ? shares[entity] : undefined) ?? percent(0);
}

/** Entities with a share above 0, in the order given. */
export function entitiesWithTraffic(shares: Traffic): string[] {
  return Object.keys(shares).filter((entity) => shareOf(shares, entity) > 0);
}

/** Whether both route every request alike; an entity at 0 % and an absent one are the same to a request. */
export function sameTraffic(a: Traffic, b: Traffic): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => shareOf(a, name) === shareOf(b, name));
}

export function describeTraffic(shares: Readonly<Record<string, number>>): string {
  return Object.entries(shares)
    .map(([entity, share]) => `${entity} ${share} %`)
    .join(', ');
}
