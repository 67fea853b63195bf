import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { accept } from '../../../src/app/command.ts';
import type { IncidentRecord } from '../../../src/contracts/incident.ts';
import {
  endpoint,
  harmful,
  healthy,
  openStage,
  type PolicyInput,
  type Running,
  type Stage,
} from '../stage.ts';
import { at, type Moment } from './moments.ts';
import { short, untilIntent } from './short-release.ts';

/** From trigger to the accepted restoring write: at most this many calls to Databricks, and this much of our own time. */
const most = { calls: 3, milliseconds: 2_000 };

interface Seen {
  readonly request: object;
  readonly line: string;
  readonly began: number;
  ended: number;
}

/** Requests to the workspace as this process sent them, with the real time that each took. */
function wire(host: string): readonly Seen[] {
  const seen: Seen[] = [];
  const began = (message: unknown) => {
    const { request } = message as { request: { origin: unknown; method: string; path: string } };
    if (String(request.origin) !== host) return;
    const now = performance.now();
    seen.push({ request, line: `${request.method} ${request.path}`, began: now, ended: now });
  };
  const ended = (message: unknown) => {
    const known = seen.find(({ request }) => request === (message as { request: object }).request);
    if (known) known.ended = performance.now();
  };
  subscribe('undici:request:create', began);
  subscribe('undici:request:trailers', ended);
  onTestFinished(() => {
    unsubscribe('undici:request:create', began);
    unsubscribe('undici:request:trailers', ended);
  });
  return seen;
}

const isWrite = (line: string): boolean => line.startsWith('PUT ') && line.endsWith('/config');

interface Trigger {
  readonly after: number;
  readonly began: number;
}

/**
 * What lay between the trigger and the restoring write, less the looks that the platform answered with a refusal.
 * @param underway Writes that were recorded before the trigger and go out after it.
 */
async function latency(
  stage: Stage,
  seen: readonly Seen[],
  trigger: Trigger,
  release: Running,
  underway = 0,
) {
  const since = seen.slice(trigger.after);
  const writes = [...since.keys()].filter((index) => isWrite(since[index]?.line ?? ''));
  const write = writes[underway] ?? -1;
  const before = since.slice(0, write);
  const theirs = before.reduce((sum, { began, ended }) => sum + ended - began, 0);
  const record = await stage.ledger((ledger) => ledger.release(release.releaseId));
  const history = await stage.controller.engine.getExecutionHistory(record?.executionArn ?? '');
  const refused = history.filter((event) =>
    JSON.stringify(event['taskFailedEventDetails'] ?? {}).includes('DatabricksConflict'),
  ).length;
  return {
    found: write >= 0,
    calls: before.length + 1 - refused - underway,
    refused,
    milliseconds: (since[write]?.began ?? Number.NaN) - trigger.began - theirs,
  };
}

/** While our own update is on its way, the state that reads it back is called every 10 s, and heeds a stop then. */
const pollOfReadBack = 10;

/** As the response to an alert gives it, and as people do. */
async function tell(stage: Stage, release: Running, kind: 'abort' | 'rollback' | 'alert'): Promise<void> {
  const { releaseId } = release;
  const command = { commandId: 'the-trigger', releaseId, kind, actor: 'ada', reason: 'enough of it' };
  await stage.clock.busy(() => accept(stage.controller.ports, { ...command, at: stage.clock.now() }));
}

const policy: Partial<PolicyInput> = { soak: { span: '10m' }, holdDeadline: '20m' };

/** Each state in which the candidate may have traffic, by a moment in the middle of it or by standing there. */
const exposed: readonly (readonly [string, { stands: string; share: number } | Moment])[] = [
  ['ShiftTraffic, its write just recorded', { side: 'after', method: 'recordIntent', about: 'shift' }],
  ['VerifyTraffic', { side: 'after', method: 'audit', about: 'ShiftTraffic' }],
  ['Bake', { stands: 'Bake', share: 50 }],
  ['JudgeHealth', { side: 'before', method: 'audit', about: 'JudgeHealth' }],
  ['Promote, its write just recorded', { side: 'after', method: 'recordIntent', about: 'promote' }],
  ['the soak', { stands: 'Bake', share: 100 }],
  ['RetireBaseline', { side: 'after', method: 'registerWait', about: 'RetireBaseline' }],
];
const commands = ['abort', 'rollback', 'alert'] as const;
const cases = exposed.flatMap(([where, how]) => commands.map((command) => ({ where, how, command })));

describe('from a trigger to the accepted restoring write', () => {
  it.each(cases)('at most 3 calls and 2 s of ours: $command in $where', async ({ how, command }) => {
    const stage = await openStage(short(policy));
    const seen = wire(stage.workspace.host);
    let trigger: Trigger | undefined;
    const release = await stage.register(healthy);
    const pull = async () => {
      trigger = { after: seen.length, began: performance.now() };
      await tell(stage, release, command);
    };
    if ('stands' in how) {
      await stage.until(release, how.stands, how.share);
      await pull();
    } else at(stage, how, pull);
    const view = await stage.end(release);

    expect(view.outcome?.kind).toBe('rolledBack');
    if (!trigger) throw new RangeError('The moment never came.');
    const underway = 'method' in how && how.method === 'recordIntent' ? 1 : 0;
    const measured = await latency(stage, seen, trigger, release, underway);
    expect(measured).toMatchObject({ found: true });
    expect(measured.calls).toBeGreaterThanOrEqual(2);
    expect(measured.calls).toBeLessThanOrEqual(most.calls);
    // While the platform refuses, virtual time passes in jumps whose real length says nothing.
    if (measured.refused === 0) expect(measured.milliseconds).toBeLessThan(most.milliseconds);
    const [record] = await stage.files<IncidentRecord>(release, '/incident.json');
    expect(record?.trigger).toMatchObject({ kind: command });
    expect(record?.databricksCalls).toBe(2);
    // An update of routes takes 20 s, and one that is refused is sent again every 4 s at most.
    expect(record?.acceptedSeconds).toBeLessThanOrEqual(20 + 4 + 1);
    const apart = (record?.acceptedSeconds ?? Number.NaN) - (record?.platformRefusedSeconds ?? 0);
    expect(apart).toBeLessThanOrEqual(measured.refused === 0 ? 0 : pollOfReadBack);
  });

  it('at most 3 calls and 2 s of ours: evidence at the look that decides', async () => {
    const stage = await openStage(short(policy));
    const seen = wire(stage.workspace.host);
    let trigger: Trigger | undefined;
    const moment: Moment = { side: 'before', method: 'decideWait', about: 'Bake' };
    at(stage, moment, async () => {
      trigger = { after: seen.length, began: performance.now() };
    });
    const release = await stage.register(harmful);
    expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
    if (!trigger) throw new RangeError('The moment never came.');
    const measured = await latency(stage, seen, trigger, release);
    expect(measured).toMatchObject({ found: true, calls: 2, refused: 0 });
    expect(measured.milliseconds).toBeLessThan(most.milliseconds);
  });

  it('at most 3 calls and 2 s of ours: a hold that nobody ended, at the tick after its deadline', async () => {
    const stage = await openStage(short(heldSoon));
    const seen = wire(stage.workspace.host);
    const release = await stage.register(healthy);
    await stage.until(release, 'Hold');
    const held = await stage.ledger((ledger) => ledger.unclosedWaits(release.releaseId));
    const deadline = held[0]?.deadline ?? Number.NaN;
    // The watcher's looks before the deadline are its own; from the deadline on every call counts.
    await stage.pass(deadline - stage.clock.now() - 1);
    const trigger = { after: seen.length, began: performance.now() };
    expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
    const measured = await latency(stage, seen, trigger, release);
    expect(measured).toMatchObject({ found: true, refused: 0 });
    expect(measured.calls).toBeLessThanOrEqual(most.calls);
  });
});

/** Nothing is proven at such a ratio within the step's time. */
const heldSoon: Partial<PolicyInput> = {
  strategy: { kind: 'canary', steps: [{ candidate: 50, minBake: '1m', deadline: '3m' }] },
  gates: [{ name: 'errors', kind: 'errors', harmfulRatio: 1.01, ceiling: 0.0011 }],
  // A look is due at every tick, at the one of the deadline too.
  evidence: { every: '1s', window: '1m', lag: '0s' },
  atDeadline: 'hold',
  holdDeadline: '5m',
};

describe('an update of ours that locks the endpoint', () => {
  it('is followed by the restoring write within 5 s of its end', async () => {
    const stage = await openStage(short(policy));
    // The first one warms the candidate.
    await stage.workspace.installFault({
      name: 'updateTakes',
      parameters: { endpoint, durationMs: 100_000 },
      skip: 1,
    });
    const release = await stage.register(healthy);
    await untilIntent(stage, 'shift');
    await tell(stage, release, 'abort');
    await stage.end(release);
    const { activations } = await stage.workspace.truth(endpoint);
    const unlocked = activations.find(({ routes }) =>
      routes.some((route) => route.entityVersion === release.version && route.percentage === 50),
    );
    const [record] = await stage.files<IncidentRecord>(release, '/incident.json');
    expect(record?.refusals[0]?.says).toContain('DatabricksConflict');
    expect((record?.acceptedAt ?? Number.NaN) - (unlocked?.at ?? 0)).toBeLessThanOrEqual(5_000);
  });
});

describe('an expired token', () => {
  it('costs the restore a new token and no round of the machine', async () => {
    const stage = await openStage(short({ ...policy, soak: { span: '3h' } }));
    const seen = wire(stage.workspace.host);
    const release = await stage.register(healthy);
    await stage.until(release, 'Bake', 100);
    // Refused before its time: the client still holds the token for good.
    await stage.workspace.installFault({
      name: 'emptyBody',
      parameters: { code: 401 },
      match: { path: `/api/2.0/serving-endpoints/${endpoint}` },
    });
    const trigger = { after: seen.length, began: performance.now() };
    await tell(stage, release, 'abort');
    await stage.end(release);
    const [record] = await stage.files<IncidentRecord>(release, '/incident.json');
    expect(record).toMatchObject({ refusals: [], acceptedSeconds: 0, databricksCalls: 2 });
    const lines = seen.slice(trigger.after).map(({ line }) => line);
    const write = lines.findIndex((line) => line.startsWith('PUT '));
    expect(lines.slice(0, write)).toEqual([
      `GET /api/2.0/serving-endpoints/${endpoint}`,
      'POST /oidc/v1/token',
      `GET /api/2.0/serving-endpoints/${endpoint}`,
    ]);
    const { entered } = await stage.journey(release);
    expect(entered.filter((state) => state === 'RestoreBaseline')).toHaveLength(1);
  });
});
