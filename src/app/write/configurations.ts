import { isReleaseError, ReleaseError } from '../../contracts/errors.ts';
import type { EvidenceRef } from '../../domain/evidence.ts';
import type { Lease } from '../../domain/lease.ts';
import { canonicalJson } from '../digest.ts';
import { configIfAny } from '../environment.ts';
import type { EndpointRow, GoodConfiguration } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import type { Configuration, ObservedEndpoint } from '../ports/workspace.ts';

/** Configurations as the write verb keeps them: whole, by reference, compared with what is observed. */

export function targetOf(row: EndpointRow): GoodConfiguration {
  if (row.target) return row.target;
  throw new ReleaseError('NoLastGood', `${row.endpoint}: no verified configuration to go back to`);
}

export async function configurationOf(ports: Ports, reference: EvidenceRef): Promise<Configuration> {
  return JSON.parse(await ports.evidence.get(reference)) as Configuration;
}

/** Null when there is no such endpoint any more. */
export async function observedOrGone(ports: Ports, endpoint: string): Promise<ObservedEndpoint | null> {
  try {
    return await ports.workspace('production').serving.observe(endpoint);
  } catch (error) {
    if (isReleaseError(error, 'DatabricksNotFound')) return null;
    throw error;
  }
}

/** Where an endpoint is not as `good`, as paths in words. */
export async function differencesTo(
  ports: Ports,
  good: GoodConfiguration,
  seen: ObservedEndpoint,
): Promise<readonly string[]> {
  const configuration = await configurationOf(ports, good.configuration);
  return ports.workspace('production').serving.differences(configuration, seen.configuration);
}

/**
 * Where an endpoint is like none of the `known` configurations: the differences to the first of them, or [] where it is
 * like one. @param ours The entity that this release added.
 */
export async function strangeTo(
  ports: Ports,
  known: readonly EvidenceRef[],
  seen: ObservedEndpoint,
  ours: string,
): Promise<readonly string[]> {
  const { serving } = ports.workspace('production');
  let first: readonly string[] = [];
  for (const reference of known) {
    const gaps = serving.differences(await configurationOf(ports, reference), seen.configuration, ours);
    if (gaps.length === 0) return [];
    if (first.length === 0) first = gaps;
  }
  return first;
}

/** The whole configuration as a good one: what it serves, and the snapshot to go back to. */
export async function keepGood(
  ports: Ports,
  seen: ObservedEndpoint,
  entity: string,
): Promise<GoodConfiguration> {
  const served = seen.entities.find((one) => one.name === entity);
  if (!served)
    throw new ReleaseError('DatabricksAnswerUnreadable', `${seen.endpoint}: no served entity ${entity}`);
  const text = canonicalJson(seen.configuration);
  const path = `endpoints/${seen.endpoint}/configurations/good-${served.version}.json`;
  const configuration = await ports.evidence.put(path, text, `${entity} at 100 %`);
  return { configuration, entity, version: served.version, verifiedAt: ports.clock.now() };
}

/** Fields that the workspace does not show are sent with every write, as the configuration declares them. */
export function hiddenFields(ports: Ports, lease: Lease): { hidden?: Readonly<Record<string, unknown>> } {
  const hidden = configIfAny(ports.environment, lease.endpoint)?.hiddenFields;
  return hidden === undefined || hidden === 'none' ? {} : { hidden };
}

/** What is about to be written, or was found before it. */
export async function keep(
  ports: Ports,
  row: EndpointRow,
  name: string,
  desired: Configuration,
): Promise<EvidenceRef> {
  const path = `endpoints/${row.endpoint}/configurations/epoch-${row.epoch}-${name}.json`;
  return ports.evidence.put(path, canonicalJson(desired), name);
}

/** Whether the update in progress brings `desired`. */
export async function onItsWay(
  ports: Ports,
  seen: ObservedEndpoint,
  desired: EvidenceRef,
  ours?: string,
): Promise<boolean> {
  const { pending } = seen;
  if (pending === null) return false;
  // What is pending shows entities and routes only; the rest of the configuration is not part of the question.
  const asked = Object.entries(await configurationOf(ports, desired)).filter(([key]) => key in pending);
  return (
    ports.workspace('production').serving.differences(Object.fromEntries(asked), pending, ours).length === 0
  );
}
