import jsonata from 'jsonata';

/** Where in a state an expression stands, and so what it may ask of `$states`. */
export interface Place {
  /** `$states.result`: a Task's Output and Assign, once the task has answered. */
  readonly hasAnswer: boolean;
  /** `$states.errorOutput`: a Catch's Output and Assign. */
  readonly hasError: boolean;
  /** `$states.context.Task`: the Arguments of a task with a token. */
  readonly hasToken: boolean;
}

const OPEN = '{%';
const CLOSE = '%}';

/** The JSONata between `{%` and `%}`, or undefined for a plain string. */
export function expressionIn(text: string): string | undefined {
  return text.startsWith(OPEN) && text.endsWith(CLOSE) && text.length >= 4
    ? text.slice(2, -2).trim()
    : undefined;
}

/** A tree of the parser; its own types leave out half of the fields, so nodes are walked as plain objects. */
type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/**
 * What is wrong with a string of the definition, or undefined. Refused: half-open delimiters, JSONata syntax errors,
 * `$eval`, `$`, `$$` and bare field names where there is no context value, and members of `$states` out of place.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
export function objectionTo(text: string, place: Place): string | undefined {
  const trimmed = text.trim();
  const source = expressionIn(text);
  if (source === undefined) {
    return trimmed.startsWith(OPEN) || trimmed.endsWith(CLOSE)
      ? 'a JSONata string starts with {% and ends with %}, with nothing outside of them'
      : undefined;
  }
  if (source === '') return 'the JSONata expression is empty';
  let tree: unknown;
  try {
    tree = jsonata(source).ast();
  } catch (error) {
    return `JSONata: ${isNode(error) ? `${error['code']} ${error['message']}` : error}`;
  }
  return objectionIn(tree, place, false);
}

function objectionIn(node: unknown, place: Place, inContext: boolean): string | undefined {
  if (Array.isArray(node))
    return firstObjection(
      node.map((child) => [child, inContext]),
      place,
    );
  if (!isNode(node)) return undefined;
  const own = objectionToNode(node, place, inContext);
  if (own !== undefined) return own;
  if (node['type'] === 'path' && Array.isArray(node['steps'])) {
    const [first, ...rest] = node['steps'];
    const others = Object.entries(node)
      .filter(([key]) => key !== 'steps')
      .map(([, value]) => value);
    return firstObjection(
      [
        [first, inContext],
        [rest, true],
        [others, true],
      ],
      place,
    );
  }
  // What filters, groups, sorts or maps has a context value of its own; so does a function's body.
  const ownContext = new Set([
    'predicate',
    'stages',
    'group',
    'body',
    'terms',
    'pattern',
    'update',
    'delete',
  ]);
  return firstObjection(
    Object.entries(node).map(([key, value]) => [value, inContext || ownContext.has(key)]),
    place,
  );
}

function firstObjection(parts: readonly (readonly [unknown, boolean])[], place: Place): string | undefined {
  for (const [part, inContext] of parts) {
    const objection = objectionIn(part, place, inContext);
    if (objection !== undefined) return objection;
  }
  return undefined;
}

function objectionToNode(node: Node, place: Place, inContext: boolean): string | undefined {
  if (node['type'] === 'variable') {
    if (node['value'] === 'eval') return '$eval is not available in Step Functions; $parse reads JSON';
    if (!inContext && node['value'] === '') return '$ has no value at the top of an expression';
    if (node['value'] === '$') return '$$ has no value in Step Functions';
  }
  if (node['type'] === 'name' && !inContext) {
    return `the field name ${node['value']} has no value at the top of an expression; write $states.input.${node['value']}`;
  }
  return node['type'] === 'path' && Array.isArray(node['steps'])
    ? objectionToPath(node['steps'], place)
    : undefined;
}

function objectionToPath(steps: readonly unknown[], place: Place): string | undefined {
  const [root, member, inner] = steps.map((step) =>
    isNode(step) && (step['type'] === 'name' || step['type'] === 'variable') ? step['value'] : undefined,
  );
  if (root !== 'states' || !isNode(steps[0]) || steps[0]['type'] !== 'variable') return undefined;
  switch (member) {
    case 'input':
    case undefined:
      return undefined;
    case 'context':
      return inner === 'Task' && !place.hasToken
        ? '$states.context.Task exists only in the Arguments of a task with .waitForTaskToken'
        : undefined;
    case 'result':
      return place.hasAnswer ? undefined : "$states.result exists only in a Task's Output and Assign";
    case 'errorOutput':
      return place.hasError ? undefined : "$states.errorOutput exists only in a Catch's Output and Assign";
    default:
      return `$states has no member ${member}`;
  }
}
