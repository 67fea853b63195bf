import { judgeTraffic } from './judge-traffic.ts';
import type { Seen } from './seen.ts';

/** Something that must not be: what, and where to look. */
export interface Violation {
  readonly rule:
    | 'delivery-lost'
    | 'delivery-without-effect'
    | 'command-lost'
    | 'command-unsettled'
    | 'start-lost'
    | 'release-unended'
    | 'release-ended-twice'
    | 'execution-unended'
    | 'wait-unclosed'
    | 'endpoint-unclosed'
    | 'trail-gap'
    | 'store-broken'
    | 'not-last-good'
    | 'alias-astray'
    | 'traffic-not-allowed'
    | 'risen-after-stop';
  readonly where: string;
  readonly says: string;
}

/** Everything that the run promises, from what is left at its end. Nothing here asks a process or a clock. */
export function judge(seen: Seen): Violation[] {
  return [
    ...deliveries(seen),
    ...commands(seen),
    ...endings(seen),
    ...standing(seen),
    ...trail(seen),
    ...seen.served.flatMap((served) => judgeTraffic(seen, served)),
  ];
}

const violation = (rule: Violation['rule'], where: string, says: string): Violation => ({
  rule,
  where,
  says,
});

/** What was answered 2xx is in the ledger, went out, and became what it should. */
function deliveries({ promises, ledger }: Seen): Violation[] {
  const found: Violation[] = [];
  const releases = new Set(ledger.releases.map((one) => `${one.endpoint}/${one.version}/${one.intent}`));
  const byId = new Map(
    ledger.deliveries.map((row) => [`${row.source}/${row.deliveryId ?? row.event.data['incidentId']}`, row]),
  );
  const traces = JSON.stringify([
    ledger.commands.map(({ commandId }) => commandId),
    ledger.quarantine.map(({ quarantineId }) => quarantineId),
    // Its acceptance is a line too, and is no effect: only the answer counts.
    ledger.audit
      .filter(({ entry }) => ['AlertAnswered', 'AlertAttributed'].includes(entry.action))
      .map(({ entry }) => entry.says),
  ]);
  for (const promised of promises.deliveries) {
    const name = `${promised.source}/${promised.deliveryId ?? promised.incident}`;
    const row = byId.get(name);
    const where = `${promised.endpoint}, delivery ${name}`;
    if (!row) found.push(violation('delivery-lost', where, `answered 2xx (${promised.outcome}), not there`));
    const { version, incident } = promised;
    if (version !== undefined && !releases.has(`${promised.endpoint}/${version}/release`)) {
      found.push(violation('delivery-without-effect', where, `version ${version} has no release`));
    }
    if (incident !== undefined && !traces.includes(incident)) {
      found.push(
        violation('delivery-without-effect', where, 'neither a command, nor kept for people, nor answered'),
      );
    }
  }
  for (const row of ledger.deliveries.filter(({ published }) => published !== 1)) {
    const where = `delivery ${row.source}/${row.deliveryId}`;
    found.push(violation('delivery-without-effect', where, 'committed, and never published'));
  }
  return found;
}

/** Every accepted command ended, as applied or with a reason. */
function commands({ promises, ledger }: Seen): Violation[] {
  const known = new Map(ledger.commands.map((row) => [row.commandId, row]));
  const lost = promises.commands
    .filter(({ commandId, withdrawn }) => !withdrawn && !known.has(commandId))
    .map((one) =>
      violation('command-lost', `${one.releaseId}, ${one.commandId}`, `${one.kind} was accepted`),
    );
  // Who superseded or alerted has no answer to show; the trail has a line of each, by the command's id.
  const untraced = ledger.audit.flatMap(({ onceId, entry }) => {
    const [, commandId] = onceId?.split('/CommandAccepted/') ?? [];
    return commandId === undefined || known.has(commandId)
      ? []
      : [violation('command-lost', `${entry.releaseId}, ${commandId}`, `the trail says "${entry.says}"`)];
  });
  const unsettled = ledger.commands
    .filter(({ phase, says }) => phase === 'pending' || says === '')
    .map((row) =>
      violation('command-unsettled', `${row.releaseId}, ${row.commandId}`, `${row.kind} is ${row.phase}`),
    );
  return [...lost, ...untraced, ...unsettled];
}

/** Every release that began has one outcome, in its record, in the trail and in the machine. */
function endings({ promises, ledger, executions }: Seen): Violation[] {
  const found: Violation[] = [];
  const concluded = new Map<string, number>();
  for (const { entry } of ledger.audit) {
    if (entry.action !== 'Conclude' || entry.releaseId === undefined) continue;
    concluded.set(entry.releaseId, (concluded.get(entry.releaseId) ?? 0) + 1);
  }
  const known = new Set(ledger.releases.map(({ releaseId }) => releaseId));
  for (const releaseId of promises.starts.filter((one) => !known.has(one))) {
    found.push(
      violation('start-lost', releaseId, 'its start was answered 2xx, and there is no such release'),
    );
  }
  for (const { releaseId, phase, outcome } of ledger.releases) {
    if (phase !== 'ended' || outcome === null)
      found.push(violation('release-unended', releaseId, `is ${phase}`));
    const ends = concluded.get(releaseId) ?? 0;
    if (ends > 1) found.push(violation('release-ended-twice', releaseId, `Conclude stands ${ends} times`));
  }
  for (const { name, status } of executions.filter((one) => one.status === 'RUNNING')) {
    found.push(violation('execution-unended', name, `is ${status}`));
  }
  return found;
}

/** Nothing is left standing or owned. */
function standing({ ledger, integrity }: Seen): Violation[] {
  return [
    ...ledger.waits
      .filter(({ phase }) => phase !== 'closed')
      .map((wait) => violation('wait-unclosed', `${wait.releaseId}, ${wait.state}`, `is ${wait.phase}`)),
    ...ledger.endpoints
      .filter(({ phase }) => phase !== 'closed')
      .map((row) => violation('endpoint-unclosed', row.endpoint, `is ${row.phase}`)),
    ...integrity
      .filter((says) => says !== 'ok')
      .map((says, index) => violation('store-broken', index === 0 ? 'the ledger' : 'the machine', says)),
  ];
}

/** Orders 1, 2, 3, ...: a line that was written is never gone, and none is written twice. */
function trail({ ledger }: Seen): Violation[] {
  return ledger.audit.flatMap(({ seq }, index) => {
    const before = index === 0 ? 0 : (ledger.audit[index - 1]?.seq ?? 0);
    return seq === before + 1 ? [] : [violation('trail-gap', `order ${seq}`, `follows order ${before}`)];
  });
}
