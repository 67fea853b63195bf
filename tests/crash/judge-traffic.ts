import { isDeepStrictEqual } from 'node:util';
import type { Violation } from './judge.ts';
import type { Seen, Served } from './seen.ts';
import { allowedShares, kinds, longestUpdateMs, speed } from './world.ts';

/** Commands after which a release's version may not rise any more. */
const stops: ReadonlySet<string> = new Set(['rollback', 'alert', 'abort', 'supersede']);

/**
 * A write that was on its way when the stop was accepted may still arrive: within a second of real time, and it takes
 * the simulator an update's time to bring it about. In virtual milliseconds.
 */
const onItsWayMs = longestUpdateMs + 1_000 * speed;

/** What one endpoint served, from its first activation to its last, by the simulator's own word. */
export function judgeTraffic(seen: Seen, served: Served): Violation[] {
  return [...everySplit(seen, served), ...noRiseAfterStop(seen, served), ...theEnd(seen, served)];
}

function everySplit({ promises, ledger }: Seen, { endpoint, activations }: Served): Violation[] {
  const found: Violation[] = [];
  const not = (configVersion: number, says: string) =>
    found.push({ rule: 'traffic-not-allowed', where: `${endpoint}, configuration ${configVersion}`, says });
  const versions = promises.versions.get(endpoint);
  const released = new Set(
    ledger.releases.filter((one) => one.endpoint === endpoint).map(({ version }) => version),
  );
  for (const { configVersion, routes } of activations) {
    const sum = routes.reduce((total, { percentage }) => total + percentage, 0);
    if (sum !== 100) not(configVersion, `shares sum to ${sum}`);
    const exposed = routes.filter(({ percentage }) => percentage > 0);
    if (exposed.length > 2) not(configVersion, `${exposed.length} versions have traffic`);
    if (!exposed.some(({ percentage }) => allowedShares.has(percentage))) {
      not(configVersion, `no step of the policy has ${exposed.map((one) => one.percentage).join(' : ')}`);
    }
    for (const { entityVersion, percentage } of exposed.filter((one) => one.entityVersion !== '1')) {
      const kind = versions?.get(entityVersion);
      if (!released.has(entityVersion)) not(configVersion, `version ${entityVersion} was never in release`);
      if (kind && percentage > kinds[kind].mayServe) {
        not(configVersion, `version ${entityVersion} is ${kind} and had ${percentage} %`);
      }
    }
  }
  return found;
}

function noRiseAfterStop({ ledger }: Seen, { endpoint, activations }: Served): Violation[] {
  const found: Violation[] = [];
  for (const release of ledger.releases) {
    if (release.endpoint !== endpoint || release.intent !== 'release') continue;
    const stop = ledger.commands.find((one) => one.releaseId === release.releaseId && stops.has(one.kind));
    const until = release.endedAt ?? Number.POSITIVE_INFINITY;
    let before = 0;
    for (const { at, routes } of activations) {
      const share = routes.find((one) => one.entityVersion === release.version)?.percentage ?? 0;
      if (stop && share > before && at > stop.at + onItsWayMs && at <= until) {
        const late = `${((at - stop.at) / 1000 / speed).toFixed(1)} s after ${stop.commandId}`;
        found.push({
          rule: 'risen-after-stop',
          where: `${endpoint}, ${release.releaseId}`,
          says: `from ${before} % to ${share} %, ${late} (${stop.kind}) was accepted`,
        });
      }
      before = share;
    }
  }
  return found;
}

/** The endpoint serves exactly the ledger's last good configuration, which is what the last success brought. */
function theEnd(
  { ledger }: Seen,
  { endpoint, activations, configuration, good, champion }: Served,
): Violation[] {
  const found: Violation[] = [];
  const not = (says: string) => found.push({ rule: 'not-last-good', where: endpoint, says });
  const lastGood = ledger.endpoints.find((row) => row.endpoint === endpoint)?.lastGood;
  if (!lastGood) return [{ rule: 'not-last-good', where: endpoint, says: 'has no row in the ledger' }];
  const exposed = activations.at(-1)?.routes.filter(({ percentage }) => percentage > 0) ?? [];
  const served = exposed.map((one) => `${one.servedEntity} (${one.entityVersion}) at ${one.percentage} %`);
  const wanted = `${lastGood.entity} (${lastGood.version}) at 100 %`;
  if (!isDeepStrictEqual(served, [wanted]))
    not(`serves ${served.join(', ')}, and the last good is ${wanted}`);
  const differing = differences(good, configuration);
  if (differing.length > 0)
    not(`its configuration differs from the last good one at ${differing.join(', ')}`);
  const success = ledger.releases
    .filter((one) => one.endpoint === endpoint && ['promoted', 'restored'].includes(one.outcome?.kind ?? ''))
    .sort((a, b) => (a.endedAt ?? 0) - (b.endedAt ?? 0))
    .at(-1);
  if (success && success.version !== lastGood.version) {
    not(`${success.releaseId} succeeded last with version ${success.version}; good is ${lastGood.version}`);
  }
  if (champion !== lastGood.version) {
    const says = `champion names version ${champion}, and the last good is ${lastGood.version}`;
    found.push({ rule: 'alias-astray', where: endpoint, says });
  }
  return found;
}

/** Where the two configurations are not equal, less what the platform writes by itself; empty when they are. */
function differences(wanted: unknown, found: unknown, path = ''): string[] {
  if (own.has(path.replace(/\[\d+\]/g, '[]'))) return [];
  if (typeof wanted !== 'object' || wanted === null || typeof found !== 'object' || found === null) {
    return isDeepStrictEqual(wanted, found) ? [] : [path || 'the whole'];
  }
  const [left, right] = [new Map(Object.entries(wanted)), new Map(Object.entries(found))];
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) =>
    differences(left.get(key), right.get(key), Array.isArray(wanted) ? `${path}[${key}]` : `${path}.${key}`),
  );
}

/** Members that tell of an update or of a deployment, not of what is configured. */
const own: ReadonlySet<string> = new Set([
  '.config_version',
  '.served_models',
  ...['creator', 'creation_timestamp', 'state', 'foundation_model'].map(
    (name) => `.served_entities[].${name}`,
  ),
]);
