import { readFileSync } from 'node:fs';
import type { Delivery } from '../../../src/app/ports/webhooks.ts';
import { instant } from '../../../src/domain/units.ts';
import { signedByMonteCarlo } from '../../scenarios/deliveries.ts';
import type { Place } from './setting.ts';

/**
 * Monte Carlo's published payloads, word for word but for what names the incident and what it is about: the rest of
 * the text stays as it is, numbers such as 49.0 too, because the vendor signs how Python prints it.
 */

const published = (name: string) =>
  readFileSync(new URL(`../../fixtures/monte-carlo/${name}.json`, import.meta.url), 'utf8');
const anomaly = published('anomaly');
const customRule = published('custom-rule');

export const kinds = {
  'own table': (place: Place) => onTable(place.table),
  'own rule': (place: Place) => onRule(place.rule),
  'upstream table': (place: Place) => onTable(place.upstreamTable),
  'upstream rule': (place: Place) => onRule(place.upstreamRule),
  /** Hits what the candidate makes, and what feeds every version. */
  'both sides': (place: Place) =>
    replaced(onRule(place.rule), '"table_name":null', `"table_name":"${place.upstreamTable}"`),
  unmapped: () => anomaly,
  'unknown type': (place: Place) =>
    replaced(onTable(place.table), '"open_anomaly_incident"', '"open_freshness_incident_v9"'),
} as const satisfies Record<string, (place: Place) => string>;
export type Kind = keyof typeof kinds;

/** The published texts abbreviate some ids; these stand in them as they are printed. */
const incidentIds = ['f83867b6-8f25-428b-807c-08518f63384c', 'f83867b6-...'];

/** @param feedback what people said of the incident, as an update of it tells */
export function payload(place: Place, kind: Kind, incident: string, feedback?: string): string {
  const text = incidentIds.reduce((body, id) => body.replaceAll(id, incident), kinds[kind](place));
  if (!text.includes(`"incident_id":"${incident}"`)) throw new RangeError(`${kind} names no incident`);
  if (feedback === undefined) return text;
  return replaced(text, '{"account"', `{"alert_feedback":"${feedback}","account"`);
}

export const signed = (body: string, secret: string): Delivery =>
  signedByMonteCarlo(body, instant(Date.now()), secret);

const onTable = (table: string) => replaced(anomaly, '"table_name":"artemis"', `"table_name":"${table}"`);
const onRule = (rule: string) => replaced(customRule, '"uuid":"0c8e06aa-..."', `"uuid":"${rule}"`);

/** @throws RangeError when the published text does not hold what is to be replaced: nothing would have been changed. */
function replaced(text: string, what: string, by: string): string {
  if (!text.includes(what)) throw new RangeError(`the published payload does not hold ${what}`);
  return text.replace(what, by);
}
