import { type HttpDouble, httpDouble } from './http-double.ts';
import { credentials } from './signature-v4.ts';

const services = {
  stepFunctions: 'states',
  eventBridge: 'events',
  secretsManager: 'secretsmanager',
} as const;

/** What an operation answers: an object, or the name of the service's refusal with what it says. */
export type Act = (
  operation: string,
  input: Record<string, unknown>,
) => object | readonly [refusal: string, says: string];

/** A service that speaks the JSON protocol, and how a client of the SDK is told to use it. */
export async function jsonDouble(which: keyof typeof services, act: Act) {
  const double: HttpDouble = await httpDouble(services[which], ({ headers, body }) => {
    const [, operation = ''] = String(headers['x-amz-target']).split('.');
    const said = act(operation, JSON.parse(body.toString('utf8')));
    if (!Array.isArray(said)) return { code: 200, body: JSON.stringify(said) };
    const [name, message] = said;
    return { code: 400, body: JSON.stringify({ __type: `com.amazonaws.model#${name}`, message }) };
  });
  const { region, endpoint } = double.access;
  // The pauses of the SDK's second attempts are real time.
  const setting = {
    region,
    endpoint: endpoint ?? '',
    credentials,
    maxAttempts: 1,
  };
  return { ...double, setting };
}
