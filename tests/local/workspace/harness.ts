import { afterEach } from 'vitest';
import { VirtualClock } from '../../../local/clock.ts';
import type { WorkspaceProfile } from '../../../local/workspace/profile.ts';
import { fraudProfile } from '../../../local/workspace/profiles/fraud.ts';
import { startWorkspace, type Workspace } from '../../../local/workspace/workspace.ts';
import { instant, millis } from '../../../src/domain/units.ts';

export const start = Date.parse('2026-03-02T09:00:00Z');
export const minute = 60_000;
export const hour = 60 * minute;
export const warehouseId = '0123456789abcdef';
export const serving = '/api/2.0/serving-endpoints';

/** Any JSON, read by path: tests know what they expect. */
type Json = ReturnType<typeof JSON.parse>;

export interface Answer {
  readonly code: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Json;
}

export interface Rig {
  readonly clock: VirtualClock;
  readonly workspace: Workspace;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  sql(statement: string, extra?: Record<string, unknown>): Promise<(string | null)[][]>;
  pass(ms: number): Promise<void>;
  /** The configuration of an endpoint as a client would send it back. */
  configOf(endpoint: string): Promise<Json>;
}

const open: Workspace[] = [];
afterEach(async () => {
  for (const workspace of open.splice(0)) await workspace.close();
});

/** A workspace that is closed after the test. */
export async function rig(profile: Partial<WorkspaceProfile> = {}, seed = 7): Promise<Rig> {
  const clock = new VirtualClock(instant(start));
  const workspace = await startWorkspace({ clock, seed, profile: { ...fraudProfile, ...profile } });
  open.push(workspace);

  const call: Rig['call'] = (method, path, body, headers) =>
    clock.busy(async () => {
      const answer = await fetch(`${workspace.host}${path}`, {
        method,
        headers: { authorization: `Bearer ${workspace.token}`, ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await answer.text();
      const isJson = answer.headers.get('content-type')?.includes('json');
      return {
        code: answer.status,
        headers: answer.headers,
        text,
        json: isJson ? JSON.parse(text) : undefined,
      };
    });

  return {
    clock,
    workspace,
    call,
    pass: (ms) => clock.sleep(millis(ms)),
    sql: async (statement, extra) => {
      const { json, text } = await call('POST', '/api/2.0/sql/statements', {
        warehouse_id: warehouseId,
        statement,
        wait_timeout: '50s',
        ...extra,
      });
      if (json?.status?.state !== 'SUCCEEDED') throw new Error(text);
      return json.result.data_array ?? [];
    },
    configOf: async (endpoint) => {
      const { json } = await call('GET', `${serving}/${endpoint}`);
      const { served_models: _twin, config_version: _version, ...config } = json.config;
      return config;
    },
  };
}

/** A second entity beside the first, with the given share. */
export function withCandidate(config: Json, version: string, share: number): Json {
  const [baseline] = config.served_entities;
  const [route] = config.traffic_config.routes;
  const name = `fraud-${version}`;
  return {
    ...config,
    served_entities: [baseline, { ...baseline, name, entity_version: version }],
    traffic_config: {
      ...config.traffic_config,
      routes: [
        { ...route, traffic_percentage: 100 - share },
        { served_entity_name: name, traffic_percentage: share },
      ],
    },
  };
}

/** Puts version 2 beside the baseline of `fraud-prod`, and waits until it serves. */
export async function canary(
  { call, configOf, pass, workspace }: Rig,
  share: number,
  behaviour = {},
): Promise<void> {
  await workspace.registerVersion('prod.ml.fraud', { behaviour });
  await call('PUT', `${serving}/fraud-prod/config`, withCandidate(await configOf('fraud-prod'), '2', share));
  await pass(12 * minute);
}

/** A configuration change of `fraud-prod` that deploys nothing. */
export const update = async ({ call, configOf }: Rig, note = 'changed') =>
  call('PUT', `${serving}/fraud-prod/config`, { ...(await configOf('fraud-prod')), capture_note: note });
