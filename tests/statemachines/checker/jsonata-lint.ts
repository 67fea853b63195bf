import jsonata from 'jsonata';
import { sourceOf } from './evaluate.ts';

/** Where an expression stands decides which members of `$states` it may read. */
export type Place = 'arguments' | 'afterTask' | 'catch' | 'choice' | 'constant';

export interface Lint {
  /** Variables that the expression reads, without `$states`. */
  readonly reads: readonly string[];
  readonly objections: readonly string[];
}

/**
 * Logic stays out of JSONata: it routes and renames. So the dialect is a list of what is allowed, not of what is
 * refused: paths from a variable, literals, these operators, `a ? b : c`, and two functions without side effect. With
 * that, $eval is out, and so are $random, $uuid, $now and $millis: a replay gives the same values.
 */
const operators = new Set(['=', '!=', '<', '<=', '>', '>=', 'and', 'or', 'in', '+']);
const functions = new Set(['exists', 'count']);

const members: Readonly<Record<Place, readonly string[]>> = {
  arguments: ['input', 'context'],
  afterTask: ['input', 'context', 'result'],
  catch: ['input', 'context', 'errorOutput'],
  choice: ['input', 'context'],
  constant: [],
};

type Node = Readonly<Record<string, unknown>>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;
const nodes = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : []);

/** Reads every string of a template. Nothing outside this file knows the shape of JSONata's syntax tree. */
export function lintTemplate(template: unknown, place: Place, hasToken = false): Lint {
  const reads: string[] = [];
  const objections: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === 'string') lintText(value, place, hasToken, reads, objections);
    else if (isNode(value)) Object.values(value).forEach(visit);
  };
  visit(template);
  return { reads: [...new Set(reads)], objections };
}

function lintText(
  text: string,
  place: Place,
  hasToken: boolean,
  reads: string[],
  objections: string[],
): void {
  const source = sourceOf(text);
  if (source === undefined) {
    if (/\{%|%\}/.test(text))
      objections.push(`'${text}' is half an expression: {% and %} enclose the whole string`);
    return;
  }
  const object = (says: string) => objections.push(`'${source}': ${says}`);
  if (place === 'constant') object('must be a constant here');
  if (source.includes('"')) object('strings stand in single quotes');
  if (/\?\?|\?:/.test(source)) object('?? and ?: are not in JSONata 2.0, which Step Functions runs');
  let tree: unknown;
  try {
    tree = jsonata(source).ast();
  } catch (error) {
    object(`is no JSONata: ${isNode(error) ? error['message'] : error}`);
    return;
  }
  walk(tree);

  function walk(node: unknown): void {
    if (!isNode(node)) return;
    switch (node['type']) {
      case 'string':
      case 'number':
      case 'value':
        return;
      case 'variable':
        walkPath([node]);
        return;
      case 'path':
        walkPath(nodes(node['steps']));
        if (['group', 'predicate', 'stages'].some((key) => key in node)) object('a path only names fields');
        return;
      case 'binary':
        if (!operators.has(String(node['value']))) object(`the operator ${node['value']} is not allowed`);
        [node['lhs'], node['rhs']].forEach(walk);
        return;
      case 'unary':
        if (node['value'] !== '[') object(`${node['value']} is not allowed before a value`);
        nodes(node['expressions']).forEach(walk);
        return;
      case 'block':
        nodes(node['expressions']).forEach(walk);
        return;
      case 'condition':
        [node['condition'], node['then'], node['else']].forEach(walk);
        return;
      case 'function': {
        const name = isNode(node['procedure']) ? String(node['procedure']['value']) : '';
        if (!functions.has(name)) object(`the function $${name} is not allowed`);
        nodes(node['arguments']).forEach(walk);
        return;
      }
      default:
        object(`${node['type']} is not allowed`);
    }
  }

  function walkPath(steps: readonly Node[]): void {
    const [root, ...fields] = steps;
    const names = fields.map((step) => String(step['value']));
    if (root?.['type'] !== 'variable' || root['value'] === '' || root['value'] === '$') {
      object('a path starts from a variable or from $states; there is no context value');
      return;
    }
    if (fields.some((step) => step['type'] !== 'name' || 'stages' in step || 'predicate' in step)) {
      object('a path only names fields');
    }
    if (root['value'] !== 'states') {
      reads.push(String(root['value']));
      return;
    }
    const [member, inner, last] = names;
    if (member === undefined || !members[place].includes(member)) {
      object(`$states.${member ?? ''} has no value here`);
    } else if (member === 'context') {
      const known = ['Execution.Id', 'Execution.Name', ...(hasToken ? ['Task.Token'] : [])];
      if (!known.includes(`${inner}.${last}`))
        object(`$states.context.${inner}.${last} has no value or no use here`);
    }
  }
}
