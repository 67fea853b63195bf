import * as z from 'zod';
import type { EndpointRecord } from './endpoint-record.ts';
import { endpointBody } from './endpoint-view.ts';
import { type FaultKind, type FaultWorld, faultKind } from './fault.ts';
import { isObject, type JsonObject, objectsOf, without } from './json.ts';

const ms = z.number().nonnegative();
/** Absent means any endpoint. */
const onAnyEndpoint = { endpoint: z.string().optional() };
const onEndpoint = { endpoint: z.string(), inMs: ms.default(0) };
const replacement = z.record(z.string(), z.unknown()).optional();

/** Faults of updates, and changes to endpoints that no update of ours asked for. */
export const endpointFaults = {
  updateFails: faultKind(
    'the next update ends in UPDATE_FAILED; the old configuration stays',
    z.strictObject({
      ...onAnyEndpoint,
      afterMs: ms.optional(),
      message: z.string().default('An error occurred while loading the model. No module named features.'),
    }),
    ({ endpoint, afterMs, message }) => ({
      on: 'update',
      endpoint,
      distort: (plan) => ({
        ...plan,
        durationMs: afterMs ?? plan.durationMs,
        ending: { kind: 'fails', message },
      }),
    }),
  ),
  updateCancelled: faultKind(
    'somebody cancels the next update in the Serving UI',
    z.strictObject({ ...onAnyEndpoint, afterMs: ms.optional() }),
    ({ endpoint, afterMs }) => ({
      on: 'update',
      endpoint,
      distort: (plan) => ({
        ...plan,
        durationMs: afterMs ?? Math.round(plan.durationMs / 2),
        ending: { kind: 'cancelled' },
      }),
    }),
  ),
  updateTakes: faultKind(
    'the next update takes this long',
    z.strictObject({ ...onAnyEndpoint, durationMs: ms }),
    ({ endpoint, durationMs }) => ({
      on: 'update',
      endpoint,
      distort: (plan) => ({ ...plan, durationMs }),
    }),
  ),
  staleRead: faultKind(
    'after the next update is accepted, GET shows the endpoint as it was before, for a while',
    z.strictObject({ ...onAnyEndpoint, forMs: ms }),
    ({ endpoint, forMs }) => ({
      on: 'update',
      endpoint,
      distort: (plan) => ({ ...plan, staleMs: forMs }),
    }),
  ),
  spontaneousUpdateFailure: faultKind(
    'platform maintenance marks the endpoint UPDATE_FAILED; nothing else changes',
    z.strictObject(onEndpoint),
    ({ endpoint, inMs }) => ({
      on: 'schedule',
      inMs,
      happen: ({ endpoints }) => {
        const record = endpoints.find(endpoint);
        if (!record || record.pending) return;
        record.configUpdate = 'UPDATE_FAILED';
        record.updatedAt = endpoints.now();
      },
    }),
  ),
  foreignChange: faultKind(
    'somebody else replaces the configuration (by default one more environment variable), at once or as an update',
    z.strictObject({ ...onEndpoint, config: replacement, instant: z.boolean().default(true) }),
    ({ endpoint, inMs, config, instant }) => ({
      on: 'schedule',
      inMs,
      happen: ({ endpoints }) => {
        const record = endpoints.find(endpoint);
        if (!record || record.pending) return;
        endpoints.replaceConfig(endpoint, config ?? withOneMoreVariable(sentConfig(record)), 'somebody-else');
        if (instant) endpoints.finishNow(record);
      },
    }),
  ),
  endpointDeleted: faultKind('somebody deletes the endpoint', z.strictObject(onEndpoint), (given) => ({
    on: 'schedule',
    inMs: given.inMs,
    happen: ({ endpoints }) => {
      if (endpoints.find(given.endpoint)) endpoints.remove(given.endpoint);
    },
  })),
  endpointRecreated: faultKind(
    'somebody deletes the endpoint and creates it again: new id, configuration version 1, ready at once',
    z.strictObject({ ...onEndpoint, config: replacement }),
    ({ endpoint, inMs, config }) => ({
      on: 'schedule',
      inMs,
      happen: (world) => recreate(world, endpoint, config),
    }),
  ),
} as const satisfies Record<string, FaultKind>;

function recreate({ endpoints }: FaultWorld, name: string, config: JsonObject | undefined): void {
  const old = endpoints.find(name);
  if (!old) return;
  const body = { ...old.extra, name, tags: old.tags, config: config ?? sentConfig(old) };
  endpoints.remove(name);
  endpoints.finishNow(endpoints.create(body, 'somebody-else'));
}

/** A configuration that a client could have sent, from what the endpoint shows. */
function sentConfig(record: EndpointRecord): JsonObject {
  const shown = endpointBody({ ...record, stale: undefined }, 0)['config'];
  return isObject(shown) ? without(shown, ['served_models', 'config_version']) : {};
}

function withOneMoreVariable(config: JsonObject): JsonObject {
  const [first, ...others] = objectsOf(config['served_entities']);
  const variables = isObject(first?.['environment_vars']) ? first['environment_vars'] : {};
  const changed = { ...first, environment_vars: { ...variables, CHANGED_BY: 'somebody-else' } };
  return { ...config, served_entities: [changed, ...others] };
}
