import { sha256 } from '../../app/digest.ts';
import type { WaitKey } from '../../app/ports/ledger.ts';
import type { ledgerTable } from '../../contracts/ledger-table.ts';

/** Where an item lies: its partition, and its place in that. */
export type Key = Readonly<Record<(typeof ledgerTable)['partitionKey' | 'sortKey'], string>>;

const key = (pk: string, sk: string): Key => ({ pk, sk });

/** DynamoDB takes 2,048 bytes as `pk` and 1,024 as `sk`; at most three parts of 240 bytes and their marks fit. */
const longestPart = 240;

/**
 * One part of a key. Encoded, so that no `#` within it is taken for a mark; what is too long is known by its digest.
 * So is what has half of a surrogate pair: UTF-8 has the same bytes for each half, so the digest is of UTF-16.
 */
function part(id: string): string {
  if (!id.isWellFormed()) return `sha256-utf16-${sha256(Buffer.from(id, 'utf16le'))}`;
  const encoded = encodeURIComponent(id);
  return encoded.length <= longestPart ? encoded : `sha256-${sha256(id)}`;
}

const joined = (...ids: readonly string[]) => ids.map(part).join('#');
/** Numbers that sort as text does: 16 digits hold every safe integer. */
const inOrder = (order: number) => String(order).padStart(16, '0');
const ofRelease = (releaseId: string) => `RELEASE#${part(releaseId)}`;

/** Partitions that list something. */
export const listOf = {
  endpoints: 'ENDPOINT',
  unclosedWaits: 'UNCLOSED',
  releases: 'RELEASES',
  liveReleases: 'LIVE',
  unpublished: 'UNPUBLISHED',
  quarantined: 'QUARANTINE',
  audit: 'AUDIT',
  release: ofRelease,
} as const;

export const keyOf = {
  endpoint: (endpoint: string) => key(listOf.endpoints, part(endpoint)),
  release: (releaseId: string) => key(ofRelease(releaseId), 'ROW'),
  command: (releaseId: string, order: number) => key(ofRelease(releaseId), `COMMAND#${inOrder(order)}`),
  commandId: (commandId: string) => key(`COMMAND#${part(commandId)}`, 'ID'),
  wait: ({ releaseId, state, visit }: WaitKey) =>
    key(ofRelease(releaseId), `WAIT#${joined(state, String(visit))}`),
  unclosedWait: ({ releaseId, state, visit }: WaitKey) =>
    key(listOf.unclosedWaits, joined(releaseId, state, String(visit))),
  listedRelease: (
    list: string,
    { endpoint, version, releaseId }: Record<'endpoint' | 'version' | 'releaseId', string>,
  ) => key(list, joined(endpoint, version, releaseId)),
  delivery: (eventId: string) => key(`DELIVERY#${part(eventId)}`, 'ROW'),
  deliveryId: (source: string, id: string) => key(`DELIVERED#${joined(source, id)}`, 'ID'),
  content: (source: string, digest: string) => key(`CONTENT#${joined(source, digest)}`, 'ID'),
  unpublished: (eventId: string) => key(listOf.unpublished, part(eventId)),
  quarantined: (quarantineId: string) => key(listOf.quarantined, part(quarantineId)),
  audit: (order: number) => key(listOf.audit, inOrder(order)),
  auditOfRelease: (releaseId: string, order: number) => key(ofRelease(releaseId), `AUDIT#${inOrder(order)}`),
  once: (onceId: string) => key(`ONCE#${part(onceId)}`, 'ID'),
  arrivals: key('COUNTER', 'ARRIVALS'),
} as const;

/** What the `sk` of every item begins with that is listed under these first parts. */
export const beginningWith = (...ids: readonly string[]): string =>
  ids.length === 0 ? '' : `${joined(...ids)}#`;
export const commandsBegin = 'COMMAND#';
export const auditsBegin = 'AUDIT#';
