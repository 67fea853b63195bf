import * as z from 'zod';
import type { UpdatePlan } from './endpoint-record.ts';
import type { Endpoints } from './endpoints.ts';

/** What a wire fault answers in place of the real answer; `reset` cuts the connection. */
export type WireAnswer =
  | { readonly kind: 'reset' }
  | {
      readonly kind: 'answer';
      readonly httpCode: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    };

/** Where a fault strikes. */
export type Strike =
  /** Instead of the answer to a matching request, before or after its effect. */
  | { readonly on: 'request'; readonly answer: WireAnswer }
  /** On the next accepted update of an endpoint. */
  | {
      readonly on: 'update';
      readonly endpoint: string | undefined;
      readonly distort: (plan: UpdatePlan) => UpdatePlan;
    }
  /** By itself, `inMs` after it was installed. */
  | { readonly on: 'schedule'; readonly inMs: number; readonly happen: (world: FaultWorld) => void };

/** What a fault that happens by itself may touch. */
export interface FaultWorld {
  readonly endpoints: Endpoints;
}

/** A named fault: `arm` reads its parameters and says where it will strike. */
export interface FaultKind {
  readonly says: string;
  arm(parameters: unknown): Strike;
}

/** A fault kind from a schema of its parameters; a wrong parameter is refused when the fault is installed. */
export function faultKind<S extends z.ZodType>(
  says: string,
  parameters: S,
  strike: (given: z.output<S>) => Strike,
): FaultKind {
  return { says, arm: (given) => strike(parameters.parse(given)) };
}

export const faultOrderSchema = z.strictObject({
  name: z.string(),
  parameters: z.record(z.string(), z.unknown()).default({}),
  /** Wire faults only. `path` may hold `*` (within one segment) and `**` (anything). */
  match: z.strictObject({ method: z.string().optional(), path: z.string().optional() }).default({}),
  /** How often it strikes before it is spent. */
  times: z.union([z.number().int().positive(), z.literal('always')]).default(1),
  /** How many matching occasions pass unharmed first. */
  skip: z.number().int().nonnegative().default(0),
  /** Wire faults only: true lets the request have its effect and spoils only the answer. */
  after: z.boolean().default(false),
  /** Strikes each remaining occasion with this chance, drawn from the fault's own seeded stream. */
  probability: z.number().min(0).max(1).default(1),
});

export type FaultOrder = z.input<typeof faultOrderSchema>;
