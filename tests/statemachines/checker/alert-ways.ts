import type { Machine } from '../../../local/machine/asl-schema.ts';
import type { Finding } from './finding.ts';
import { edgesOf, reachable, tasksOf } from './graph.ts';

/**
 * What the alert response owes besides the rules of every machine: an alert is never lost silently, and being unable to
 * ask or to answer Monte Carlo stands in no response's way.
 */

/** Where any other error of a state leads. */
const refuges: Readonly<Record<string, string>> = {
  // One that cannot be confirmed is attributed all the same: it pauses.
  ReadAlert: 'AttributeAlert',
  AttributeAlert: 'QuarantineAlert',
  ApplyAlert: 'QuarantineAlert',
  CommentAlert: 'QuarantineAlert',
  QuarantineAlert: 'AlertUnanswered',
};

/** The only ways into a state. */
const ways: Readonly<Record<string, readonly string[]>> = {
  AttributeAlert: ['ReadAlert next', 'ReadAlert catch'],
  ApplyAlert: ['AfterAttribution rule'],
  CommentAlert: ['ApplyAlert next'],
  AlertAnswered: ['AfterAttribution rule', 'CommentAlert next'],
  AlertKept: ['QuarantineAlert next'],
  AlertUnanswered: ['QuarantineAlert catch'],
};

export function checkAlertWays(machine: Machine): Finding[] {
  const found: Finding[] = [];
  const edges = edgesOf(machine);
  for (const [state, task] of tasksOf(machine)) {
    const last = task.Catch?.at(-1);
    if (!last?.ErrorEquals.includes('States.ALL'))
      found.push({ check: 'catch', state, says: 'an error that nobody names ends the execution' });
    for (const { ErrorEquals, Next } of task.Catch ?? []) {
      if (Next === refuges[state]) continue;
      const says = `${ErrorEquals.join(', ')} leads to ${Next}, not to ${refuges[state]}`;
      found.push({ check: 'catch', state, says });
    }
  }
  for (const { from, to, kind } of edges) {
    const allowed = ways[to];
    if (allowed !== undefined && !allowed.includes(`${from} ${kind}`))
      found.push({ check: 'order', state: to, says: `is entered from ${from} by its ${kind}` });
  }
  for (const state of Object.keys(machine.States)) {
    const after = edges.filter(({ from }) => from === state).map(({ to }) => to);
    if (after.some((next) => reachable(edges, next).has(state)))
      found.push({ check: 'bounds', state, says: 'comes back to itself: nothing bounds the history' });
  }
  return found;
}
