import * as z from 'zod';
import { type Answer, type AwsAccess, baseUrl, insistently } from './signed-requests.ts';

/**
 * One service of AWS that speaks its JSON protocol: an operation is a POST with its name in a header. We call six
 * operations of three services; their clients are 55 KiB of a function, and these lines are 1.
 */
export interface JsonService {
  /** @throws ServiceRefusal, or ReleaseError `LedgerUnavailable` when no answer came at all. */
  call(operation: string, input: object): Promise<unknown>;
}

/** The service said no. `name` is the service's own, such as `ExecutionAlreadyExists`. */
export class ServiceRefusal extends Error {
  override readonly name: string;
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

interface Protocol {
  /** In the host's name and in signatures. */
  readonly service: string;
  /** Before the operation in `x-amz-target`. */
  readonly target: string;
  readonly version: '1.0' | '1.1';
}

const protocols = {
  stepFunctions: { service: 'states', target: 'AWSStepFunctions', version: '1.0' },
  eventBridge: { service: 'events', target: 'AWSEvents', version: '1.1' },
  secretsManager: { service: 'secretsmanager', target: 'secretsmanager', version: '1.1' },
} as const satisfies Record<string, Protocol>;

export function jsonService(access: AwsAccess, which: keyof typeof protocols): JsonService {
  const { service, target, version }: Protocol = protocols[which];
  return {
    call: async (operation, input) => {
      const request = {
        service,
        method: 'POST',
        url: `${baseUrl(access, service)}/`,
        headers: {
          'content-type': `application/x-amz-json-${version}`,
          'x-amz-target': `${target}.${operation}`,
        },
        body: Buffer.from(JSON.stringify(input), 'utf8'),
      } as const;
      const answer = await insistently(access, `${service}:${operation}`, request, isThrottled);
      if (answer.code !== 200) throw refusalOf(answer);
      const output = jsonIn(answer);
      if (output === undefined) throw new ServiceRefusal('Unreadable', 'the answer is not JSON');
      return output;
    },
  };
}

/** Throttling comes with 400 here. */
const isThrottled = (answer: Answer): boolean =>
  answer.code === 400 && /Throttl|TooManyRequests|LimitExceeded$/.test(refusalOf(answer).name);

const refusal = z.looseObject({
  __type: z.string().default(''),
  message: z.string().optional(),
  Message: z.string().optional(),
});

/** `com.amazonaws.swf.service.v2.model#ExecutionAlreadyExists`, or the name alone. */
function refusalOf(answer: Answer): ServiceRefusal {
  const parsed = refusal.safeParse(jsonIn(answer));
  const { __type, message, Message } = parsed.success ? parsed.data : { __type: '' };
  const name = __type.split('#').at(-1)?.split(':')[0];
  return new ServiceRefusal(name || `Http${answer.code}`, message ?? Message ?? '');
}

function jsonIn({ bytes }: Answer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
