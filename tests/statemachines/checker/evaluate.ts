import jsonata from 'jsonata';

/** What an expression sees: `$states` and the variables. */
export interface Scope {
  readonly states: Readonly<Record<string, unknown>>;
  readonly variables: Readonly<Record<string, unknown>>;
}

const compiled = new Map<string, jsonata.Expression>();

/** The JSONata between `{%` and `%}`, or undefined for a plain string. */
export const sourceOf = (text: string): string | undefined => /^\{%([\s\S]*)%\}$/.exec(text)?.[1]?.trim();

/**
 * A template with its expressions replaced by their values. Written apart from the engine's own evaluation, so that one
 * may find the other's error.
 * @throws Error when an expression fails or gives nothing; the message names the place.
 */
export async function evaluateTemplate(template: unknown, scope: Scope, place = ''): Promise<unknown> {
  if (typeof template === 'string') {
    const source = sourceOf(template);
    return source === undefined ? template : evaluateSource(source, scope, place);
  }
  if (Array.isArray(template)) {
    return Promise.all(template.map((item, at) => evaluateTemplate(item, scope, `${place}[${at}]`)));
  }
  if (typeof template !== 'object' || template === null) return template;
  const fields: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(template)) {
    fields[key] = await evaluateTemplate(item, scope, place === '' ? key : `${place}.${key}`);
  }
  return fields;
}

async function evaluateSource(source: string, scope: Scope, place: string): Promise<unknown> {
  let expression = compiled.get(source);
  let value: unknown;
  try {
    expression ??= jsonata(source);
    compiled.set(source, expression);
    value = await expression.evaluate(undefined, {
      ...scope.variables,
      states: scope.states,
      eval: undefined,
    });
  } catch (error) {
    const says = typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
    throw new Error(`${place}: '${source}' fails: ${says}`, { cause: error });
  }
  const text = typeof value === 'function' ? undefined : JSON.stringify(value);
  if (text === undefined) throw new Error(`${place}: '${source}' gives nothing (undefined)`);
  return JSON.parse(text);
}
