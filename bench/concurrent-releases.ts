import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualClock } from '../local/clock.ts';
import { type Controller, openController } from '../local/compose.ts';
import { type EnvironmentConfig, environmentSchema } from '../src/contracts/policy.ts';
import { instant } from '../src/domain/units.ts';
import { Databricks } from './databricks.ts';

/** What one batch of releases cost; all figures for all of them together. */
export interface Batch {
  readonly releases: number;
  /** Milliseconds on the wall, and of the process's own work: user and system. */
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly calls: number;
  readonly transitions: number;
  /** From the first webhook to the last end. */
  readonly virtualMs: number;
  /** What is not as it should be; empty when every release ended as promoted and serves alone. */
  readonly lost: readonly string[];
}

const secret = 'the-registry-secret-of-the-benchmark';

/**
 * `count` endpoints get a healthy version each, at one moment: a signed registry webhook, then the whole shipped way
 * over the shipped handlers, on the embedded engine, in virtual time. Stages before traffic are off by policy.
 */
export async function releaseConcurrently(count: number): Promise<Batch> {
  const clock = new VirtualClock(instant(Date.parse('2026-01-05T09:00:00Z')));
  const workspace = new Databricks(() => clock.now());
  const names = Array.from({ length: count }, (_, index) => `score-${index + 1}`);
  for (const name of names) workspace.addEndpoint(name, modelOf(name));
  const data = mkdtempSync(join(tmpdir(), 'headgate-bench-'));
  const fetched = globalThis.fetch;
  globalThis.fetch = workspace.fetch;
  const troubles: string[] = [];
  const controller = openController({
    clock,
    data,
    environment: environmentOf(names),
    secrets: { read: async (reference) => (reference === 'env:MLFLOW' ? secret : 'a-secret') },
    onTrouble: (where, says) => troubles.push(`${where}: ${says}`),
  });
  try {
    for (const name of names) await clock.busy(() => controller.operations.adopt(name, 'bench'));
    const calls = workspace.calls;
    const [wall, cpu, virtual] = [performance.now(), process.cpuUsage(), clock.now()];
    const ended = await Promise.all(names.map((name) => release(controller, clock, name)));
    const spent = process.cpuUsage(cpu);
    const wallMs = performance.now() - wall;
    const virtualMs = clock.now() - virtual;
    const lost = await clock.busy(() => lostIn(controller, workspace, names));
    return {
      releases: count,
      wallMs,
      cpuMs: (spent.user + spent.system) / 1000,
      calls: workspace.calls - calls,
      transitions: ended.reduce((total, one) => total + one, 0),
      virtualMs,
      lost: [...lost, ...troubles],
    };
  } finally {
    await controller.close();
    globalThis.fetch = fetched;
    rmSync(data, { recursive: true, force: true });
  }
}

/** @returns how many events the execution's history has at its end */
async function release(controller: Controller, clock: VirtualClock, name: string): Promise<number> {
  const answer = await controller.receive('mlflow', newsOf(name, clock.now()));
  if (answer.http !== 202) throw new Error(`${name}: the webhook was answered ${JSON.stringify(answer)}`);
  const [record] = await clock.busy(() => controller.ports.ledger.releases({ endpoint: name }));
  if (!record?.executionArn) throw new Error(`${name}: the webhook started nothing`);
  await controller.engine.settled(record.executionArn);
  return (await controller.engine.getExecutionHistory(record.executionArn)).length;
}

async function lostIn(
  { ports, engine }: Controller,
  workspace: Databricks,
  names: readonly string[],
): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    const releases = await ports.ledger.releases({ endpoint: name });
    const outcomes = releases.map(({ outcome }) => outcome?.kind ?? 'none').join(', ');
    if (outcomes !== 'promoted') found.push(`${name}: ended as ${outcomes}: ${releases[0]?.outcome?.says}`);
    const serving = JSON.stringify(workspace.serving(name));
    if (serving !== '{"2":100}') found.push(`${name}: serves ${serving}`);
  }
  const running = await engine.listExecutions({ status: 'RUNNING' });
  if (running.length > 0) found.push(`${running.length} executions run on`);
  return found;
}

const modelOf = (name: string) => `prod.ml.${name}`;

/** MLflow's signature: `v1,` + base64(HMAC-SHA256(secret, `{id}.{unix seconds}.{body}`)). */
function newsOf(name: string, now: number) {
  const body = JSON.stringify({
    entity: 'model_version',
    action: 'created',
    timestamp: new Date(now).toISOString(),
    data: { name, version: '2', source: 'dbfs:/models/2', run_id: null, tags: {}, description: null },
  });
  const [id, seconds] = [`news-${name}`, String(Math.floor(now / 1000))];
  const mac = createHmac('sha256', secret).update(`${id}.${seconds}.${body}`).digest('base64');
  return {
    headers: {
      'content-type': 'application/json',
      'x-mlflow-delivery-id': id,
      'x-mlflow-timestamp': seconds,
      'x-mlflow-signature': `v1,${mac}`,
    },
    body: new TextEncoder().encode(body),
    receivedAt: instant(now),
  };
}

const off = { enabled: false, why: 'not part of the benchmark' };

function environmentOf(names: readonly string[]): EnvironmentConfig {
  const endpoint = (name: string) => ({
    model: modelOf(name),
    endpoint: name,
    policy: 'quick',
    warehouse: '0123456789abcdef',
    callers: 'prod.serving.caller_requests',
    alias: 'champion',
    hiddenFields: 'none' as const,
  });
  return environmentSchema.parse({
    environment: 'production',
    workspaces: {
      production: {
        host: 'https://bench.example.com',
        credentials: { kind: 'oauth', clientId: 'env:ID', clientSecret: 'env:SECRET' },
      },
    },
    endpoints: Object.fromEntries(names.map((name) => [name, endpoint(name)])),
    policies: {
      quick: {
        strategy: {
          kind: 'canary',
          steps: [
            { candidate: 5, minBake: '2m', deadline: '3h' },
            { candidate: 50, minBake: '2m', deadline: '3h' },
          ],
        },
        gates: [{ name: 'errors', kind: 'errors' }],
        soak: { span: '5m' },
        evidence: { every: '1m', window: '1m', lag: '0s' },
        stages: {
          test: off,
          evaluate: off,
          assess: off,
          stage: off,
          verifyStaging: off,
          approve: off,
          shadow: off,
        },
      },
    },
    intake: { mlflow: { secrets: ['env:MLFLOW'] } },
    tick: '15s',
  });
}
