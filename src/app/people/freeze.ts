import type { FreezeAnswer, FreezeRequest, FreezeView } from '../../contracts/api.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import type { EndpointConfig } from '../../contracts/policy.ts';
import { accept } from '../command.ts';
import { sha256 } from '../digest.ts';
import { findConfig, unknownEndpoint } from '../environment.ts';
import type { EndpointRow, Freeze, ReleaseRecord } from '../ports/ledger.ts';
import type { Ports } from '../ports/ports.ts';
import { startNext } from '../start.ts';
import { brief, inWords } from '../trail.ts';
import { differencesTo } from '../write/configurations.ts';

/** People stop forward movement, on one endpoint or on all of them, and let it go on. The way back is never frozen. */

/** @throws ReleaseError `UnknownEndpoint`; `CommandRejected` for one endpoint that cannot be given back yet. */
export async function freezeEndpoints(ports: Ports, request: FreezeRequest): Promise<FreezeAnswer> {
  const configs = chosen(ports, request.endpoint);
  const endpoints = request.off
    ? await Promise.all(configs.map((config) => lifted(ports, config, request)))
    : await Promise.all(configs.map((config) => stop(ports, config, request)));
  // All endpoints stand before the first release is told: a release that is told moves nothing any more.
  const releases = await Promise.all(
    endpoints.map(({ endpoint }) =>
      request.off ? stillHeld(ports, endpoint) : holdAll(ports, endpoint, request),
    ),
  );
  return { endpoints, releases: releases.flat() };
}

type Endpoint = FreezeAnswer['endpoints'][number];
type Told = FreezeAnswer['releases'][number];

export const freezeView = (freeze: Freeze | null | undefined): FreezeView | null =>
  freeze ? { ...freeze, at: new Date(freeze.at).toISOString() } : null;

function chosen({ environment }: Ports, named: string | undefined): readonly EndpointConfig[] {
  if (named === undefined) return Object.values(environment.endpoints);
  const config = findConfig(environment, named);
  if (config) return [config];
  throw new ReleaseError('UnknownEndpoint', unknownEndpoint(environment, named));
}

async function stop(ports: Ports, { endpoint }: EndpointConfig, asked: FreezeRequest): Promise<Endpoint> {
  const at = ports.clock.now();
  const { actor, reason } = asked;
  const row = await ports.ledger.freeze(endpoint, { kind: 'freeze', by: actor, reason, at });
  const freeze = freezeView(row.freeze);
  if (row.freeze?.kind === 'breakglass') {
    return {
      endpoint,
      freeze,
      says: `stays in the hands of ${row.freeze.by}: nothing is written there at all`,
    };
  }
  await ports.ledger.audit({ at, actor, action: 'Frozen', says: reason, endpoint });
  return { endpoint, freeze, says: 'frozen: nothing moves forward, rollbacks go on' };
}

/** Of all endpoints one that cannot be lifted, or looked at, keeps none of the others frozen. */
async function lifted(ports: Ports, config: EndpointConfig, asked: FreezeRequest): Promise<Endpoint> {
  try {
    return await lift(ports, config, asked);
  } catch (error) {
    if (asked.endpoint !== undefined || !(error instanceof ReleaseError)) throw error;
    const { endpoint } = config;
    // Whether it still is frozen is asked anew: what failed may have come after the lifting.
    const { freeze } = (await ports.ledger.endpoint(endpoint)) ?? {};
    const says = freeze ? `stays as it is (${inWords(error)})` : `no longer frozen, but ${inWords(error)}`;
    return { endpoint, freeze: freezeView(freeze), says: brief(says) };
  }
}

async function lift(ports: Ports, { endpoint }: EndpointConfig, asked: FreezeRequest): Promise<Endpoint> {
  const row = await ports.ledger.endpoint(endpoint);
  if (!row?.freeze) return { endpoint, freeze: null, says: 'was not frozen' };
  const keep = row.freeze.kind === 'breakglass' ? await notGivenBack(ports, row) : undefined;
  if (keep !== undefined) return staysFrozen(asked, row, keep);
  const now = await ports.ledger.freeze(endpoint, { lifts: row.freeze });
  if (now.freeze) {
    const came = `${now.freeze.kind} by ${now.freeze.by} (${now.freeze.reason || 'no reason given'}) came meanwhile`;
    return staysFrozen(asked, now, `stays as it is: ${came}; whoever lifts that has to have seen it`);
  }
  const says = `${row.freeze.kind} by ${row.freeze.by} lifted: ${asked.reason || 'no reason given'}`;
  await ports.ledger.audit({
    at: ports.clock.now(),
    actor: asked.actor,
    action: 'FreezeLifted',
    says,
    endpoint,
  });
  await startNext(ports, endpoint);
  return { endpoint, freeze: null, says: 'no longer frozen' };
}

/** @throws ReleaseError `CommandRejected` where just this endpoint was asked for. */
function staysFrozen(asked: FreezeRequest, { endpoint, freeze }: EndpointRow, why: string): Endpoint {
  if (asked.endpoint !== undefined) throw new ReleaseError('CommandRejected', `${endpoint} ${why}`);
  return { endpoint, freeze: freezeView(freeze), says: why };
}

/**
 * Why an endpoint that a person took cannot be given back yet: what it serves now would count as somebody's unwanted
 * change at once, and policy may say that such a change is undone.
 */
async function notGivenBack(ports: Ports, { endpoint, lastGood }: EndpointRow): Promise<string | undefined> {
  if (lastGood === null) return undefined;
  const seen = await ports.workspace('production').serving.observe(endpoint);
  const gaps = await differencesTo(ports, lastGood, seen);
  if (gaps.length === 0) return undefined;
  return `is not as Headgate knows it to be good (${gaps.join('; ')}): \`headgate adopt ${endpoint}\` takes it as it is, then lift the freeze`;
}

async function holdAll(ports: Ports, endpoint: string, asked: FreezeRequest): Promise<Told[]> {
  const running = await ports.ledger.releases({ endpoint, phase: 'running' });
  const queued = await ports.ledger.releases({ endpoint, phase: 'queued' });
  const told = running.map(async (release) => {
    if (release.intent === 'rollback') return toldOf(release, 'a rollback goes on');
    const at = ports.clock.now();
    const { releaseId } = release;
    const { actor } = asked;
    const commandId = `freeze-${sha256([releaseId, actor, at].join('\n')).slice(0, 24)}`;
    const reason = `${endpoint} is frozen: ${asked.reason}`;
    try {
      const row = await accept(ports, { commandId, releaseId, kind: 'hold', actor, reason, at });
      return toldOf(release, row.says || 'is held at its next step');
    } catch (error) {
      // It ended meanwhile, or can take no more commands; the freeze itself keeps it from moving forward.
      if (!(error instanceof ReleaseError)) throw error;
      return toldOf(release, error.message);
    }
  });
  return [
    ...(await Promise.all(told)),
    ...queued.map((release) => toldOf(release, 'waits in the queue until the freeze is lifted')),
  ];
}

/** Lifting a freeze moves nothing by itself: a person who held a release resumes it. */
async function stillHeld(ports: Ports, endpoint: string): Promise<Told[]> {
  const running = await ports.ledger.releases({ endpoint, phase: 'running' });
  const told = running.map(async (release) => {
    const waits = await ports.ledger.unclosedWaits(release.releaseId);
    const held = waits.some((wait) => wait.kind === 'hold' && wait.phase === 'open');
    return held ? [toldOf(release, `is still held: \`headgate resume ${release.releaseId}\``)] : [];
  });
  return (await Promise.all(told)).flat();
}

const toldOf = ({ releaseId, endpoint, version }: ReleaseRecord, says: string): Told => ({
  releaseId,
  endpoint,
  version,
  says,
});
