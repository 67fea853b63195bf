import * as z from 'zod';
import { sha256 } from '../../app/digest.ts';
import { type DataAlertMessage, refusal } from '../../app/ports/webhooks.ts';

/** The two `type`s whose payload is published. */
const knownTypes: ReadonlySet<string> = new Set([
  'open_anomaly_incident',
  'open_custom_rule_anomaly_incident',
]);

/** At most 2,000 characters. */
const linkForm = /^https:\/\/\S{1,1992}$/;
// The lengths are those of the bus event that an alert becomes: what is longer goes to quarantine, not half-way.
const text = z.string().max(512).nullish();
const id = z.string().max(256).nullish();
const rule = z
  .object({ uuid: id, comparisons: z.array(z.object({ full_table_id: text })).nullish() })
  .nullish();
/** Where people stand with the alert; sent at the top level or inside of the payload. */
const standing = { alert_feedback: text, declared_alert_severity: text };

const details = z.object({
  account: z.object({ id }).nullish(),
  payload: z.object({
    group_id: text,
    url: z.string().nullish(),
    // The published samples disagree on where the rule stands.
    rule,
    event_list: z.array(z.object({ table_name: text, rule })).nullish(),
    ...standing,
  }),
  ...standing,
});
type Details = z.output<typeof details>;

const anyType = z.object({ type: z.string().min(1) });
const incident = z.object({ payload: z.object({ incident_id: z.string().min(1) }) });
/** In characters, of a type and of an incident's id: the bus event's bounds, as above. */
const longestName = 128;
/** The signature does not tell an object from a text that spells it in Python: a text here is a forgery. */
const notForged = z.object({ account: z.looseObject({}).nullish() });

/** What came of a document: the message, and a digest that is equal for the same news delivered again. */
export interface ReadAlert {
  readonly message: DataAlertMessage;
  readonly contentDigest: string;
}

/**
 * @param document The signed document as plain objects.
 * @param signed The text under the signature; it identifies a message that names no incident.
 * @throws ReleaseError `WebhookRefused` when it has no `type`, or is of a known type and names no incident.
 */
export function readAlert(document: unknown, signed: string): ReadAlert {
  const { type } = parse(anyType, document);
  const named = incident.safeParse(document).data?.payload.incident_id;
  if (!knownTypes.has(type)) return unknown(type, signed, named);
  parse(notForged, document);
  const incidentId = parse(incident, document).payload.incident_id;
  const parsed = details.safeParse(document);
  // Rightly signed and about an incident, but its details have changed their shape: a refusal would lose it, since
  // the vendor does not promise to send again. It goes to quarantine with the types that we do not know.
  if (!parsed.success || incidentId.length > longestName) return unknown(type, signed, incidentId);
  const message = alert(type, incidentId, parsed.data);
  const { tables, ruleIds, feedback = null, severity = null } = message;
  return {
    message,
    // With tables and rules: an update that adds a table to an incident is news.
    contentDigest: digest([
      'alert',
      message.incidentId,
      type,
      feedback,
      severity,
      [...tables].sort(),
      [...ruleIds].sort(),
    ]),
  };
}

function parse<Output>(schema: z.ZodType<Output>, document: unknown): Output {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join('.') || 'the body').join(', ');
  throw refusal('malformed', `The body is not a Monte Carlo message: see ${where}.`);
}

const unknown = (type: string, signed: string, incidentId: string | undefined): ReadAlert => ({
  message: {
    kind: 'unknown',
    type: type.slice(0, longestName),
    ...(incidentId === undefined || incidentId.length > longestName ? {} : { incidentId }),
  },
  contentDigest: digest(['unknown', signed]),
});

function alert(type: string, incidentId: string, { account, payload, ...top }: Details) {
  const events = payload.event_list ?? [];
  const rules = [...events.map((event) => event.rule), payload.rule];
  const comparisons = rules.flatMap((each) => each?.comparisons ?? []);
  const feedback = said(top.alert_feedback) ?? said(payload.alert_feedback);
  const severity = said(top.declared_alert_severity) ?? said(payload.declared_alert_severity);
  return {
    kind: 'alert',
    incidentId,
    type,
    tables: distinct([
      ...events.map((event) => event.table_name),
      ...comparisons.map((comparison) => comparison.full_table_id),
    ]),
    ruleIds: distinct(rules.map((each) => each?.uuid)),
    ...(payload.group_id ? { groupId: payload.group_id } : {}),
    // It is shown to people as a link.
    ...(payload.url && linkForm.test(payload.url) ? { url: payload.url } : {}),
    ...(severity === undefined ? {} : { severity }),
    ...(feedback === undefined ? {} : { feedback }),
    ...(account?.id ? { account: account.id } : {}),
  } as const satisfies DataAlertMessage;
}

/** At the top level the text "None" has the signature of null, so the two must mean the same. */
const said = (value: string | null | undefined): string | undefined =>
  value === 'None' || value === '' ? undefined : (value ?? undefined);

const distinct = (values: readonly (string | null | undefined)[]): readonly string[] => [
  ...new Set(values.filter((value): value is string => typeof value === 'string' && value !== '')),
];

function digest(parts: readonly unknown[]): string {
  return sha256(JSON.stringify(parts));
}
