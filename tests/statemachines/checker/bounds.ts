import * as z from 'zod';
import type { Machine, State } from '../../../local/machine/asl-schema.ts';
import type { Contracts, Finding } from './finding.ts';
import { type Edge, edgesOf, reachable, tasksOf } from './graph.ts';

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const MAX_EVENTS = 25_000;
export const MAX_PAYLOAD_BYTES = 262_144;
/** As many steps as a plan may have. */
const STEPS = 99;

export interface EventBound {
  /** Events of the longest release without a hold: all steps, every retry of every state used up, then a restore. */
  readonly worst: number;
  /** Events of one hold with every retry used up; a person or a deadline stands behind each. */
  readonly perHold: number;
  /** Events of one further round of AwaitBaseline, in which it waits until the baseline is observed. */
  readonly perAwait: number;
}

/**
 * Entered and Exited; per attempt of a task Scheduled, Started, and its end, and Submitted where it waits for a token.
 * Retriers count apart, so all of them can be used up in one visit.
 */
export function eventsOfVisit(state: State): number {
  if (state.Type === 'Succeed' || state.Type === 'Fail') return 2;
  if (state.Type === 'Choice' || state.Type === 'Pass' || state.Type === 'Wait') return 2;
  const attempts = 1 + (state.Retry ?? []).reduce((sum, retrier) => sum + retrier.MaxAttempts, 0);
  return 2 + attempts * (state.Resource.endsWith('.waitForTaskToken') ? 4 : 3);
}

/** Loops of the machine: a canary step (bounded by the plan), a hold, and AwaitBaseline (both by deadlines and people). */
export function eventBound(machine: Machine): EventBound {
  const states = new Map(Object.entries(machine.States));
  const events = (name: string): number => {
    const state = states.get(name);
    return state === undefined ? 0 : eventsOfVisit(state);
  };
  // Without holds and waits for the baseline, what can come back to itself is the loop over the steps.
  const inLoop = loopOf(edgesOf(machine), 'ShiftTraffic', ['Hold', 'AwaitBaseline']);
  const soak = [...inLoop].filter((name) => name !== 'ShiftTraffic' && name !== 'VerifyTraffic');
  let worst = 1;
  for (const name of states.keys()) {
    if (name === 'Hold' || name === 'AfterHold') continue;
    const isStep = inLoop.has(name) && name !== 'Promote';
    worst += events(name) * (isStep ? STEPS : 1);
  }
  // The soak bakes and judges once more; VerifyBaseline comes again after AwaitBaseline.
  for (const name of soak.filter((one) => one !== 'Promote')) worst += events(name);
  const perAwait = events('AwaitBaseline') + events('VerifyBaseline');
  return { worst: worst + events('VerifyBaseline'), perHold: events('Hold') + events('AfterHold'), perAwait };
}

function loopOf(edges: readonly Edge[], through: string, avoided: readonly string[]): Set<string> {
  const forth = reachable(edges, through, avoided);
  return new Set([...forth].filter((name) => reachable(edges, name, avoided).has(through)));
}

type Schema = Readonly<Record<string, unknown>>;
const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

/**
 * Largest JSON text of a schema, in bytes. A character takes at most 6 (an escape as \u0007; three in UTF-8 else), a
 * safe integer 17, any other number 25. Infinity when something has no maximum.
 */
export function maxBytes(schema: unknown): number {
  if (!isSchema(schema)) return Number.POSITIVE_INFINITY;
  if (Array.isArray(schema['enum']))
    return Math.max(...schema['enum'].map((one) => JSON.stringify(one).length));
  if ('const' in schema) return JSON.stringify(schema['const']).length;
  for (const key of ['anyOf', 'oneOf']) {
    const branches = schema[key];
    if (Array.isArray(branches)) return Math.max(...branches.map(maxBytes));
  }
  switch (schema['type']) {
    case 'string': {
      const fixed = /^\^\[0-9a-f\]\{(\d+)\}\$$/.exec(String(schema['pattern']))?.[1];
      if (fixed !== undefined) return 2 + Number(fixed);
      return typeof schema['maxLength'] === 'number' ? 2 + 6 * schema['maxLength'] : Number.POSITIVE_INFINITY;
    }
    case 'integer':
      return 17;
    case 'number':
      return 25;
    case 'boolean':
      return 5;
    case 'null':
      return 4;
    case 'array': {
      const count = schema['maxItems'];
      return typeof count === 'number'
        ? 2 + count * (1 + maxBytes(schema['items']))
        : Number.POSITIVE_INFINITY;
    }
    case 'object': {
      if (schema['additionalProperties'] !== false || !isSchema(schema['properties']))
        return Number.POSITIVE_INFINITY;
      return Object.entries(schema['properties']).reduce(
        (sum, [key, value]) => sum + key.length + 4 + maxBytes(value),
        2,
      );
    }
    default:
      return Number.POSITIVE_INFINITY;
  }
}

/** The Lambda integration's wrapping of an answer: version, status code and the response's headers. */
const WRAPPING_BYTES = 2_048;

export interface PayloadBound {
  readonly state: string;
  readonly input: number;
  readonly output: number;
}

export const payloadBounds = (contracts: Contracts): PayloadBound[] =>
  Object.entries(contracts.states).map(([state, contract]) => ({
    state,
    input: maxBytes(z.toJSONSchema(contract.input, { reused: 'inline' })),
    output: maxBytes(z.toJSONSchema(contract.output, { reused: 'inline' })) + WRAPPING_BYTES,
  }));

export function checkBounds(machine: Machine, contracts: Contracts): Finding[] {
  const found: Finding[] = [];
  const { worst } = eventBound(machine);
  if (worst >= MAX_EVENTS)
    found.push({
      check: 'bounds',
      state: '',
      says: `${worst} history events at worst; AWS ends an execution at ${MAX_EVENTS}`,
    });
  const tasks = new Set(tasksOf(machine).map(([name]) => name));
  for (const bound of payloadBounds(contracts).filter(({ state }) => tasks.has(state))) {
    for (const side of ['input', 'output'] as const) {
      if (bound[side] <= MAX_PAYLOAD_BYTES) continue;
      const size = Number.isFinite(bound[side]) ? `${bound[side]} bytes` : 'no maximum';
      found.push({ check: 'bounds', state: bound.state, says: `${side} has ${size} by its contract` });
    }
  }
  return found;
}
