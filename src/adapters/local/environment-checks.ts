import type { LiveGate } from '../../contracts/gates.ts';
import { type EndpointConfig, endpointSchema, type Policy, policySchema } from '../../contracts/policy.ts';
import type { ConfigurationFault } from './configuration-fault.ts';
import { advice } from './nearest.ts';
import { policyFaults } from './policy-checks.ts';
import { membersOf } from './yaml-source.ts';

/**
 * What no schema can say: names that must exist elsewhere in the file, stages without what they need, and numbers
 * that do not add up. Looks at whatever part of the file is readable, so that all faults are told at once.
 */
export function crossFaults(value: unknown): ConfigurationFault[] {
  const file = membersOf(value);
  const policies = new Map<string, Policy>();
  for (const [name, raw] of Object.entries(membersOf(file['policies']))) {
    const policy = policySchema.safeParse(raw);
    if (policy.success) policies.set(name, policy.data);
  }
  const endpoints = new Map<string, EndpointConfig>();
  for (const [name, raw] of Object.entries(membersOf(file['endpoints']))) {
    const endpoint = endpointSchema.safeParse(raw);
    if (endpoint.success) endpoints.set(name, endpoint.data);
  }
  const roles = Object.keys(membersOf(file['workspaces']));
  return [
    ...targetFaults(roles),
    ...hostFaults(file['workspaces']),
    ...apiFaults(file['intake']),
    ...policyNameFaults(file),
    ...sharedEndpointFaults(endpoints),
    ...(file['environment'] === 'production' ? drillFaults(endpoints) : []),
    ...[...policies].flatMap(([name, policy]) => policyFaults(name, policy)),
    ...[...endpoints].flatMap(([name, endpoint]) => {
      const policy = policies.get(endpoint.policy);
      return policy === undefined ? [] : endpointFaults(name, endpoint, policy, roles);
    }),
  ];
}

/** The role `production` is where a release ends, in whichever environment the controller runs. */
function targetFaults(roles: readonly string[]): ConfigurationFault[] {
  if (roles.includes('production')) return [];
  const what = 'there is no workspace in the role "production", and releases end there';
  return [
    { path: ['workspaces'], what, fix: 'add workspaces.production: the workspace of the endpoints below' },
  ];
}

/** A token must not travel in the clear. */
function hostFaults(workspaces: unknown): ConfigurationFault[] {
  return Object.entries(membersOf(workspaces)).flatMap(([role, raw]) =>
    inClear(membersOf(raw)['host'], ['workspaces', role, 'host']),
  );
}

function apiFaults(intake: unknown): ConfigurationFault[] {
  const { url } = membersOf(membersOf(membersOf(intake)['monteCarlo'])['api']);
  return inClear(url, ['intake', 'monteCarlo', 'api', 'url']);
}

function inClear(address: unknown, path: string[]): ConfigurationFault[] {
  if (typeof address !== 'string' || !URL.canParse(address)) return [];
  const { protocol, hostname } = new URL(address);
  if (protocol !== 'http:' || ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) return [];
  const what = 'plain http would send credentials in the clear';
  return [{ path, what, fix: 'use https; http is for 127.0.0.1 only' }];
}

function policyNameFaults(file: Readonly<Record<string, unknown>>): ConfigurationFault[] {
  const known = Object.keys(membersOf(file['policies']));
  return Object.entries(membersOf(file['endpoints'])).flatMap(([name, raw]) => {
    const policy = membersOf(raw)['policy'];
    if (typeof policy !== 'string' || policy === '' || known.includes(policy)) return [];
    const what = `"${policy}" is no policy here`;
    return [{ path: ['endpoints', name, 'policy'], what, fix: advice(policy, known) }];
  });
}

/** A schedule that would never do anything. */
function drillFaults(endpoints: ReadonlyMap<string, EndpointConfig>): ConfigurationFault[] {
  return [...endpoints].flatMap(([name, { drill }]) => {
    if (drill.every === undefined || drill.inProduction) return [];
    const what = 'no drill begins by itself in production unless it is allowed there';
    const fix = 'set drill.inProduction: true, or take drill.every out';
    return [{ path: ['endpoints', name, 'drill', 'every'], what, fix }];
  });
}

/** One endpoint has one owner, and so has an alias. */
function sharedEndpointFaults(endpoints: ReadonlyMap<string, EndpointConfig>): ConfigurationFault[] {
  const faults: ConfigurationFault[] = [];
  const byEndpoint = new Map<string, string>();
  const byAlias = new Map<string, string>();
  for (const [name, { endpoint, model, alias }] of endpoints) {
    const other = byEndpoint.get(endpoint);
    if (other !== undefined) {
      const what = `"${endpoint}" already belongs to "${other}"`;
      faults.push({
        path: ['endpoints', name, 'endpoint'],
        what,
        fix: 'map one registry name to an endpoint',
      });
    }
    byEndpoint.set(endpoint, other ?? name);
    if (alias === undefined) continue;
    const owner = byAlias.get(`${model}@${alias}`);
    if (owner !== undefined) {
      const what = `alias "${alias}" of ${model} already follows "${owner}"`;
      faults.push({
        path: ['endpoints', name, 'alias'],
        what,
        fix: 'leave it out here, or use another alias',
      });
    }
    byAlias.set(`${model}@${alias}`, owner ?? name);
  }
  return faults;
}

function endpointFaults(
  name: string,
  endpoint: EndpointConfig,
  policy: Policy,
  roles: readonly string[],
): ConfigurationFault[] {
  return [...stageFaults(name, endpoint, policy, roles), ...evidenceFaults(name, endpoint, policy)];
}

/** A stage that is on needs the workspace it works in and the thing it runs. */
function stageFaults(
  name: string,
  endpoint: EndpointConfig,
  { stages }: Policy,
  roles: readonly string[],
): ConfigurationFault[] {
  const needs = [
    { stage: 'test', role: 'test', key: ['jobs', 'test'], given: endpoint.jobs.test },
    { stage: 'evaluate', role: 'evaluate', key: ['jobs', 'evaluate'], given: endpoint.jobs.evaluate },
    { stage: 'stage', role: 'staging', key: ['stagingEndpoint'], given: endpoint.stagingEndpoint },
    {
      stage: 'verifyStaging',
      role: 'staging',
      key: ['jobs', 'verifyStaging'],
      given: endpoint.jobs.verifyStaging,
    },
    { stage: 'shadow', role: undefined, key: ['probes'], given: endpoint.probes },
  ] as const;
  return needs.flatMap(({ stage, role, key, given }) => {
    if (!stages[stage].enabled) return [];
    const off = `switch the stage off (policies.${endpoint.policy}.stages.${stage}: {enabled: false, why: ...})`;
    const faults: ConfigurationFault[] = [];
    if (given === undefined) {
      const what = `is missing, and stage "${stage}" of policy "${endpoint.policy}" is on`;
      faults.push({ path: ['endpoints', name, ...key], what, fix: `add it, or ${off}` });
    }
    if (role !== undefined && !roles.includes(role)) {
      const what = `stage "${stage}" of policy "${endpoint.policy}" is on, and there is no workspace "${role}"`;
      faults.push({ path: ['endpoints', name, 'policy'], what, fix: `add workspaces.${role}, or ${off}` });
    }
    return faults;
  });
}

/** Somebody must be able to count: an incomplete log would hide exactly the failures that matter. */
function evidenceFaults(name: string, endpoint: EndpointConfig, policy: Policy): ConfigurationFault[] {
  const at = (...key: string[]) => ['endpoints', name, ...key];
  const faults: ConfigurationFault[] = [];
  if (policy.evidence.source === 'payloadTable') {
    if (endpoint.payloadTable === undefined) {
      const what = `is missing, and policy "${endpoint.policy}" takes its evidence from it`;
      faults.push({
        path: at('payloadTable'),
        what,
        fix: 'add it, or set evidence.source: callers in the policy',
      });
    } else if (
      !endpoint.payloadTable.complete &&
      policy.gates.some(({ kind }) => ofFailures.includes(kind))
    ) {
      const what = 'failed requests may be missing here, so no errors can be counted from it';
      const fix = `set evidence.source: callers in policy "${endpoint.policy}", or make the table complete`;
      faults.push({ path: at('payloadTable', 'complete'), what, fix });
    }
  } else if (endpoint.callers === undefined) {
    const what = `is missing, and policy "${endpoint.policy}" takes its evidence from the callers`;
    faults.push({
      path: at('callers'),
      what,
      fix: "name the callers' request log, or set evidence.source: payloadTable in the policy",
    });
  }
  const queried = policy.evidence.source === 'payloadTable' ? endpoint.payloadTable : endpoint.callers;
  if (queried !== undefined && endpoint.warehouse === undefined) {
    const what = 'is missing, and evidence is read by SQL';
    faults.push({ path: at('warehouse'), what, fix: 'add the id of a SQL warehouse' });
  }
  return [...faults, ...scoreFaults(name, endpoint, policy)];
}

const ofFailures: readonly LiveGate['kind'][] = ['errors', 'client-errors', 'throttled'];

/** Scores do not come with requests: a gate that judges them needs the table that holds them. */
function scoreFaults(name: string, endpoint: EndpointConfig, policy: Policy): ConfigurationFault[] {
  return policy.gates.flatMap((gate, index): ConfigurationFault[] => {
    const path = ['policies', endpoint.policy, 'gates', index];
    if (policy.evidence.stickyClient !== undefined && byShare.includes(gate.kind)) {
      const what = `gate "${gate.name}" goes by the configured share, and clients that stick to a side do not`;
      return [{ path, what, fix: 'leave it out, or leave evidence.stickyClient out' }];
    }
    if (gate.kind === 'quality' && gate.pairing === 'unpaired') {
      const what = `gate "${gate.name}" compares scores of live requests, and a release has none: no source gives them`;
      return [
        { path: [...path, 'pairing'], what, fix: 'score the same inputs on both sides (pairing: paired)' },
      ];
    }
    const table =
      gate.kind === 'threshold' ? 'readings' : pairedKinds.includes(gate.kind) ? 'pairs' : undefined;
    if (table === undefined || endpoint.scores?.[table] !== undefined) return [];
    const what = `is missing, and gate "${gate.name}" of policy "${endpoint.policy}" judges what is in it`;
    return [
      { path: ['endpoints', name, 'scores', table], what, fix: 'name the table, or leave the gate out' },
    ];
  });
}

const byShare: readonly LiveGate['kind'][] = ['sample-ratio', 'throughput'];
const pairedKinds: readonly LiveGate['kind'][] = ['quality', 'correlation'];
