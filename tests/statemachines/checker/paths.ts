import type { Machine } from '../../../local/machine/asl-schema.ts';
import { intents as allIntents } from '../../../src/domain/release.ts';
import { evaluateTemplate } from './evaluate.ts';
import { changed, type Fact, neededBefore, notInDrill, onAnswer, onEntry, settled } from './facts.ts';
import type { Contracts, Finding } from './finding.ts';
import { type Edge, edgesFrom, isEnd } from './graph.ts';
import { kindsOf } from './kinds.ts';
import { chosen, targetOf } from './values.ts';

/**
 * Safety, on every path. The graph alone cannot tell `Promoted` from `ReleaseRolledBack` behind one Choice, so the
 * machine is walked with what its Choices decide on (intent, decision, outcome, where a hold returns to) and with what
 * has happened so far. All reachable combinations are visited, each once.
 *
 * After the claim there are three ways to end, and no others:
 *  - LeaseLost, straight to ReleaseSuperseded;
 *  - promoted: Promote answered, the soak was judged, RetireBaseline answered, no failure since, not restoring;
 *  - restored: RestoreBaseline was entered, and VerifyBaseline has answered since. That also judges the restore path
 *    itself: from RestoreBaseline on, no way leads to an end but through VerifyBaseline; going on to wait
 *    (AwaitBaseline) or to restore again needs a new VerifyBaseline.
 * A Catch other than LeaseLost, or into Hold (a hold is resumed, its own Catch fails), is a failure, and a failure
 * ends only as restored. A Task without a Catch for States.ALL ends the execution by its error: that is an end too.
 */
interface Node {
  readonly at: string;
  readonly intent: string;
  readonly resume: string;
  readonly outcome: string;
  readonly decision: string;
  readonly holdEnds: string;
  /** Of a plan with two steps; 2 is the soak. */
  readonly step: number;
  readonly done: ReadonlySet<Fact>;
  readonly before: Node | undefined;
}
const keyOf = (node: Node): string =>
  [
    node.at,
    node.intent,
    node.resume,
    node.outcome,
    node.decision,
    node.holdEnds,
    node.step,
    ...[...node.done].sort(),
  ].join('|');

/** Which rule a Choice takes for given values: the same question comes back with every seeded defect. */
const targets = new Map<string, Promise<number | undefined>>();

export interface Walk {
  readonly findings: Finding[];
  /** Combinations of state and history that were visited. */
  readonly visited: number;
}

export async function walkPaths(machine: Machine, contracts: Contracts): Promise<Walk> {
  const found = new Map<string, Finding>();
  const report = (check: 'ends' | 'order', node: Node, state: string, says: string) => {
    const key = `${check} ${state} ${says}`;
    if (!found.has(key)) found.set(key, { check, state, says: `${says}; by way of ${wayTo(node)}` });
  };
  const start: Node = {
    ...{ at: machine.StartAt, intent: '', resume: '', outcome: '', decision: '', holdEnds: '' },
    ...{ step: 0, done: new Set<Fact>(), before: undefined },
  };
  const seen = new Map<string, Node>([[keyOf(start), start]]);
  for (const node of seen.values()) {
    const state = machine.States[node.at];
    if (state === undefined) continue;
    const missing = neededBefore(node.at, node.intent).filter((fact) => !node.done.has(fact));
    if (missing.length > 0) report('order', node, node.at, `entered before ${missing.join(' and ')}`);
    if (node.intent === 'drill' && notInDrill.has(node.at))
      report('order', node, node.at, 'entered by a drill');
    if (isEnd(state)) {
      const says = objectionToEnd(node.at, node, state.Type === 'Succeed');
      if (says !== undefined) report('ends', node, node.at, says);
      continue;
    }
    const edges = edgesFrom(node.at, state);
    if (state.Type === 'Task') {
      const caught = edges.some((edge) => edge.errors.includes('States.ALL'));
      if (!caught && !settled(node.done))
        report('ends', node, node.at, 'an error without a Catch ends the execution');
    }
    for (const edge of edges) {
      if (edge.kind === 'rule' || edge.kind === 'default') continue;
      for (const next of follow(node, edge, await stepAfter(node, edge), contracts)) add(next);
    }
    if (state.Type === 'Choice') {
      const key = [
        JSON.stringify(state),
        node.intent,
        node.resume,
        node.outcome,
        node.decision,
        node.holdEnds,
        node.step,
      ].join('|');
      const choice = targets.get(key) ?? chosen(state, scopeOf(node)).catch(() => undefined);
      targets.set(key, choice);
      const position = await choice;
      const to = position === undefined ? undefined : targetOf(state, position);
      const edge = edges.find(
        (one) => one.to === to && (position ?? -1) === (one.kind === 'rule' ? one.at : -1),
      );
      if (edge === undefined) continue;
      const step = await stepAfter(node, edge);
      for (const next of follow({ ...node, decision: '', holdEnds: '' }, edge, step, contracts)) add(next);
    }
  }
  return { findings: [...found.values()], visited: seen.size };

  function add(next: Node): void {
    const key = keyOf(next);
    if (!seen.has(key)) seen.set(key, next);
  }
}

function objectionToEnd(end: string, node: Node, success: boolean): string | undefined {
  const { done } = node;
  if (!done.has('claimed')) return success ? 'a success without a claim' : undefined;
  const from = node.before;
  // A LeaseLost catch is marked by the walk: it hands over no outcome and changes no fact.
  if (end === 'ReleaseSuperseded' && from?.at !== 'AfterConclude') return undefined;
  if (!settled(done)) return 'ends with the traffic neither promoted nor restored and verified';
  if (done.has('failed') && !done.has('restoring')) return 'ends after a failure without RestoreBaseline';
  // It claims neither: where nothing may be written, Conclude says so whatever came before.
  if (end === 'Observed') return undefined;
  if (done.has('restoring') === (end === 'Promoted'))
    return done.has('restoring') ? 'says promoted after a restore' : 'denies a promotion';
  return undefined;
}

/** The nodes behind an edge: one for every value that the edge may give to what Choices decide on. */
function follow(node: Node, edge: Edge, step: number, contracts: Contracts): Node[] {
  const answered = edge.kind === 'next';
  let done = answered ? onAnswer(edge.from, node.done) : node.done;
  const isCatch = edge.kind === 'catch';
  if (isCatch && edge.errors.join() === 'LeaseLost' && edge.to !== 'ReleaseSuperseded')
    done = changed(done, ['failed']);
  else if (isCatch && edge.errors.join() !== 'LeaseLost' && edge.to !== 'Hold' && done.has('claimed'))
    done = changed(done, ['failed']);
  // Any other error into ReleaseSuperseded would be an end without a restore: send it through the rule for ends.
  const at = edge.to;
  const notLease = isCatch && edge.errors.join() !== 'LeaseLost' && at === 'ReleaseSuperseded';
  const before: Node = notLease ? { ...node, at: 'AfterConclude', before: node } : node;
  done = onEntry(at, done);
  const resume = edge.assign['resume'];
  const fixed = { at, done, before, step, resume: typeof resume === 'string' ? resume : node.resume };
  const intents = edge.from === 'ClaimEndpoint' && answered ? [...allIntents] : [node.intent];
  const decisions =
    'decision' in edge.assign ? kindsOf(contracts, edge, 'decision', 'kind') : [node.decision];
  const ends =
    edge.from === 'Hold' && answered ? kindsOf(contracts, edge, undefined, 'next') : [node.holdEnds];
  return intents.flatMap((intent) =>
    decisions.flatMap((decision) =>
      ends.flatMap((holdEnds) =>
        outcomesOf(edge, node, contracts).map((outcome) => ({
          ...fixed,
          intent,
          decision,
          holdEnds,
          outcome,
        })),
      ),
    ),
  );
}

function outcomesOf(edge: Edge, node: Node, contracts: Contracts): string[] {
  const outcome = edge.assign['outcome'];
  if (outcome === undefined) return [node.outcome];
  // Its promise, held by a test of the handler: what it was given, or that nothing was written.
  if (edge.from === 'Conclude') return [node.outcome, 'observed'];
  const kind =
    typeof outcome === 'object' && outcome !== null && 'kind' in outcome ? outcome.kind : undefined;
  return typeof kind === 'string' ? [kind] : kindsOf(contracts, edge, 'outcome', 'kind');
}

/** A step beyond the soak is counted as the first such one, which no condition can tell from the next. */
async function stepAfter(node: Node, edge: Edge): Promise<number> {
  if (!('step' in edge.assign)) return node.step;
  const step = await evaluateTemplate(edge.assign['step'], scopeOf(node)).catch(() => node.step);
  return typeof step === 'number' ? Math.min(step, shares.length + 1) : node.step;
}

const shares: readonly number[] = [10, 50];

const scopeOf = (node: Node) => ({
  states: {
    input: { next: node.holdEnds, snapshot: {} },
    context: { Execution: { Id: '', Name: '' } },
  },
  variables: {
    release: { intent: node.intent },
    decision: { kind: node.decision, says: '' },
    outcome: { kind: node.outcome, says: '' },
    resume: node.resume,
    step: node.step,
    visit: 0,
    exposure: [],
    plan: { shares },
  },
});

function wayTo(node: Node): string {
  const way: string[] = [];
  for (let one: Node | undefined = node; one !== undefined; one = one.before) way.unshift(one.at);
  return way.length > 12
    ? `${way.slice(0, 2).join(' > ')} > … > ${way.slice(-9).join(' > ')}`
    : way.join(' > ');
}
