import jsonata from 'jsonata';
import { expressionIn } from './expression-rules.ts';
import { isJsonObject, type JsonValue } from './json.ts';
import { type Chance, stepFunctionsLibrary } from './jsonata-functions.ts';

export type Variables = Readonly<Record<string, JsonValue>>;

/** What an expression sees. `$states` and the variables are as they were when the state was entered. */
export interface Scope {
  readonly states: Readonly<Record<string, JsonValue>>;
  readonly variables: Variables;
  readonly chance: Chance;
  /** For the error text: "(entered at the event id #7)". */
  readonly state: string;
  readonly enteredEvent: number;
}

/** An expression that failed, gave nothing or gave the wrong type: `States.QueryEvaluationError`. */
export class QueryFailure extends Error {
  override readonly name = 'QueryFailure';
  /** The field, as `Arguments/Payload/version`. */
  readonly location: string;

  constructor(message: string, location: string, options?: ErrorOptions) {
    super(message, options);
    this.location = location;
  }
}

const compiled = new Map<string, jsonata.Expression>();

function compile(source: string): jsonata.Expression {
  let expression = compiled.get(source);
  if (expression === undefined) {
    expression = jsonata(source);
    compiled.set(source, expression);
  }
  return expression;
}

/**
 * A template with each `{% %}` string in it replaced by its value.
 * @param location The field of the state, for the error text.
 * @throws QueryFailure
 */
export async function evaluate(template: JsonValue, scope: Scope, location: string): Promise<JsonValue> {
  if (typeof template === 'string') {
    const source = expressionIn(template);
    return source === undefined ? template : evaluateSource(source, scope, location);
  }
  if (Array.isArray(template)) {
    const items: JsonValue[] = [];
    for (const [index, item] of template.entries()) {
      items.push(await evaluate(item, scope, `${location}[${index}]`));
    }
    return items;
  }
  if (!isJsonObject(template)) return template;
  const fields: [string, JsonValue][] = [];
  for (const [key, item] of Object.entries(template)) {
    fields.push([key, await evaluate(item, scope, `${location}/${key}`)]);
  }
  return Object.fromEntries(fields);
}

async function evaluateSource(source: string, scope: Scope, location: string): Promise<JsonValue> {
  let value: unknown;
  try {
    value = await compile(source).evaluate(undefined, {
      ...stepFunctionsLibrary(scope.chance),
      ...scope.variables,
      states: scope.states,
    });
  } catch (error) {
    throw new QueryFailure(
      `${aboutExpression(source, scope, location)} threw an error during evaluation. ${errorText(error)}`,
      location,
      { cause: error },
    );
  }
  // JSON cannot hold a function or "nothing"; JSONata marks its sequences with hidden properties, which JSON drops.
  const text = typeof value === 'function' || isLambda(value) ? undefined : JSON.stringify(value);
  if (text === undefined) {
    throw new QueryFailure(
      `${aboutExpression(source, scope, location)} returned nothing (undefined).`,
      location,
    );
  }
  return JSON.parse(text);
}

const isLambda = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && '_jsonata_lambda' in value;

const aboutExpression = (source: string, scope: Scope, location: string): string =>
  `${aboutState(scope)} The JSONata expression '${source}' specified for the field '${location}'`;

const aboutState = (scope: Scope): string =>
  `An error occurred while executing the state '${scope.state}' (entered at the event id #${scope.enteredEvent}).`;

function errorText(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error);
  return 'code' in error ? `${error.code}: ${error.message}` : String(error.message);
}

/** A value of the wrong type for its field. */
export function wrongType(value: JsonValue, expected: string, scope: Scope, location: string): QueryFailure {
  return new QueryFailure(
    `${aboutState(scope)} The field '${location}' must be ${expected}, but was ${JSON.stringify(value)}.`,
    location,
  );
}
