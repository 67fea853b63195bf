import type * as z from 'zod';
import { isReleaseError, ReleaseError } from '../contracts/errors.ts';
import { type BusEvent, busEvent, type DataAlertRaised } from '../contracts/events.ts';
import { historyLine } from './alert/incident-history.ts';
import { findConfig } from './environment.ts';
import type { Ports } from './ports/ports.ts';
import type { DataAlertMessage, Delivery, RegistryMessage, Verified } from './ports/webhooks.ts';
import { requestRelease } from './start.ts';

/** Webhooks become events of ours: verified, committed to the ledger, then published; a repeat is one event. */

export interface Receipt {
  readonly http: number;
  readonly body: { readonly outcome: string; readonly says: string };
}

export async function receiveRegistryNews(ports: Ports, delivery: Delivery): Promise<Receipt> {
  return received(
    ports,
    'mlflow',
    () => ports.mlflow.read(delivery),
    (verified) => registryEvent(ports, verified),
  );
}

export async function receiveDataAlert(ports: Ports, delivery: Delivery): Promise<Receipt> {
  return received(
    ports,
    'monte-carlo',
    () => ports.monteCarlo.read(delivery),
    (verified) => alertEvent(ports, verified),
  );
}

type Meaning =
  | { readonly kind: 'event'; readonly event: BusEvent }
  | { readonly kind: 'ignored'; readonly says: string }
  | { readonly kind: 'quarantined'; readonly says: string };

async function received<M>(
  ports: Ports,
  source: string,
  read: () => Promise<Verified<M>>,
  mean: (verified: Verified<M>) => Meaning,
): Promise<Receipt> {
  const audit = (action: string, says: string, onceId?: string) =>
    ports.ledger.audit({ at: ports.clock.now(), actor: source, action, says, ...(onceId ? { onceId } : {}) });
  let verified: Verified<M>;
  let meaning: Meaning;
  try {
    verified = await read();
    meaning = mean(verified);
  } catch (error) {
    if (!isReleaseError(error, 'WebhookRefused')) throw error;
    // One line a minute and reason: whoever can reach the listener must not be able to fill the ledger.
    const minute = Math.floor(ports.clock.now() / 60_000);
    await audit(
      'DeliveryRefused',
      error.message,
      `refused/${source}/${String(error.facts['reason'])}/${minute}`,
    );
    return { http: Number(error.facts['http'] ?? 400), body: { outcome: 'refused', says: error.message } };
  }
  switch (meaning.kind) {
    case 'ignored':
      await audit('DeliveryIgnored', meaning.says, `${source}/${verified.contentDigest}`);
      return { http: 202, body: { outcome: 'ignored', says: meaning.says } };
    case 'quarantined': {
      const quarantineId = `${source}/${verified.contentDigest}`;
      const at = ports.clock.now();
      await ports.ledger.quarantine({
        quarantineId,
        source,
        why: meaning.says,
        message: verified.message,
        at,
      });
      await audit('DeliveryQuarantined', meaning.says, quarantineId);
      await audit(
        'PersonNeeded',
        `a delivery is kept in quarantine: ${meaning.says}`,
        `${quarantineId}/person`,
      );
      return { http: 202, body: { outcome: 'quarantined', says: meaning.says } };
    }
    case 'event': {
      const { event } = meaning;
      const accepted = await ports.ledger.acceptDelivery({
        source,
        ...(verified.deliveryId === undefined ? {} : { deliveryId: verified.deliveryId }),
        contentDigest: verified.contentDigest,
        eventId: event.metadata.eventId,
        event,
        receivedAt: ports.clock.now(),
      });
      if (accepted === 'duplicate') {
        return {
          http: 200,
          body: { outcome: 'duplicate', says: 'This was received before; nothing was started.' },
        };
      }
      const { deliveryId } = verified;
      const as = deliveryId === undefined ? '' : `, delivered as ${deliveryId}`;
      await audit('DeliveryAccepted', `${describe(event)}${as}`, historyOnce(event));
      // The event is safe in the ledger: if publishing fails now, the watcher publishes it.
      await publish(ports, event).catch((error: Error) => audit('PublishDelayed', error.message));
      return { http: 202, body: { outcome: 'accepted', says: describe(event) } };
    }
  }
}

/**
 * Brings committed events to the bus, oldest first; at least once. One that the bus does not take is tried again later
 * and keeps no other back: an alert may stand behind it.
 */
export async function publishDeliveries(ports: Ports): Promise<void> {
  const failures: unknown[] = [];
  for (const row of await ports.ledger.unpublishedDeliveries()) {
    try {
      await publish(ports, busEvent.parse(row.event));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/**
 * The bus may deliver and the response break all the same, so an alert is brought again until its response marks it: the
 * same response while that runs, and another one when it broke.
 */
async function publish(ports: Ports, event: BusEvent): Promise<void> {
  await ports.bus.publish(event);
  if (event.type !== 'DataAlertRaised') await ports.ledger.markPublished(event.metadata.eventId);
}

/** A registered version of a model that the configuration knows becomes a release; any other is audited. */
export async function onVersionRegistered(ports: Ports, event: BusEvent): Promise<void> {
  if (event.type !== 'ModelVersionRegistered') return;
  const { model, version } = event.data;
  const actor = event.metadata.source;
  if (!findConfig(ports.environment, model)) {
    const says = `no endpoint is configured for model "${model}": version ${version} is ignored`;
    const onceId = `unmapped/${event.metadata.eventId}`;
    return ports.ledger.audit({ at: ports.clock.now(), actor, action: 'VersionIgnored', says, onceId });
  }
  await requestRelease(ports, { named: model, version, intent: 'release', actor, from: 'registry' });
}

function registryEvent(ports: Ports, { message, contentDigest }: Verified<RegistryMessage>): Meaning {
  switch (message.kind) {
    case 'ignored':
      return { kind: 'ignored', says: `${message.entity}.${message.action} starts nothing` };
    case 'versionRegistered': {
      const { model, version } = message;
      const metadata = { eventId: `mlflow-${contentDigest.slice(0, 32)}`, at: iso(ports), source: 'mlflow' };
      return {
        kind: 'event',
        event: checked({ type: 'ModelVersionRegistered', metadata, data: { model, version } }),
      };
    }
  }
}

function alertEvent(ports: Ports, { message, contentDigest }: Verified<DataAlertMessage>): Meaning {
  switch (message.kind) {
    case 'unknown':
      return { kind: 'quarantined', says: `alert type "${message.type}" is not known` };
    case 'alert': {
      const {
        incidentId,
        type: alertType,
        tables,
        ruleIds: rules,
        url,
        feedback,
        severity,
        groupId,
      } = message;
      const metadata = { eventId: `mc-${contentDigest.slice(0, 32)}`, at: iso(ports), source: 'monte-carlo' };
      const data = {
        incidentId,
        alertType,
        tables: tables.map((table) => inGroup(table, groupId)),
        rules: [...rules],
        ...(url ? { url } : {}),
        ...(feedback === undefined ? {} : { feedback }),
        ...(severity === undefined ? {} : { severity }),
      };
      const parsed = busEvent.safeParse({ type: 'DataAlertRaised', metadata, data });
      // Rightly signed and understood, but larger than what we carry: a refusal would lose it.
      return parsed.success
        ? { kind: 'event', event: parsed.data }
        : { kind: 'quarantined', says: `incident ${incidentId.slice(0, 128)}: ${firstIssue(parsed.error)}` };
    }
  }
}

/** A bare table name belongs to the alert's group, `database:schema`. */
function inGroup(table: string, groupId: string | undefined): string {
  return groupId === undefined || /[.:]/.test(table) ? table : `${groupId}.${table}`;
}

const iso = (ports: Ports) => new Date(ports.clock.now()).toISOString();

function checked(event: BusEvent): BusEvent {
  const parsed = busEvent.safeParse(event);
  if (parsed.success) return parsed.data;
  throw new ReleaseError('WebhookRefused', firstIssue(parsed.error), { facts: { http: 400 } });
}

function firstIssue({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join('.')}: ${issue?.message}`;
}

/** By it the news of an incident are found again. */
function historyOnce(event: BusEvent): string | undefined {
  return event.type === 'DataAlertRaised' ? historyLine(event) : undefined;
}

function describe(event: BusEvent): string {
  switch (event.type) {
    case 'ModelVersionRegistered':
      return `${event.data.model} version ${event.data.version} was registered`;
    case 'DataAlertRaised':
      return `incident ${event.data.incidentId} (${event.data.alertType}) ${standingOf(event.data)}`;
  }
}

/** A first message has neither; an update may have one, the other or both. */
function standingOf({ feedback, severity }: DataAlertRaised['data']): string {
  if (feedback === undefined && severity === undefined) return 'was raised';
  return `was updated: ${[feedback, severity].filter((said) => said !== undefined).join(', ')}`;
}
