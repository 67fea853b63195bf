import type { Mishap } from './fakes/serving.ts';

/** What may go wrong, as plain data: a seed is a list of these with the step that each befalls. */
export type Fault =
  /** The process ends at a call of its own; `seen` is what the machine is told of it. */
  | { readonly kind: 'die'; readonly call: number; readonly seen: string }
  /** The process stands at a call and may go on; `sent`: that call is on its way and lands alone. */
  | { readonly kind: 'zombie'; readonly call: number; readonly sent: boolean; readonly seen: string }
  /** A call is answered with an error, before or after its effect. */
  | { readonly kind: 'port'; readonly call: number; readonly error: string; readonly effect: boolean }
  | { readonly kind: 'mishap'; readonly call: number; readonly mishap: Mishap }
  /** Something happens beside the controller. */
  | { readonly kind: 'event'; readonly event: EventName };

/** A zombie goes on. It belongs to the fault that made it, and costs none. */
export interface Thaw {
  readonly kind: 'thaw';
  /** Which of those that stand; the first when absent. */
  readonly nth?: number;
}

export const eventNames = [
  'alert',
  'abort',
  'rollback',
  'hold',
  'register',
  'start',
  'stop',
  'redrive',
  'staleToken',
  'foreignTraffic',
  'foreignField',
  'duplicate',
  'late',
  'lost',
  'reorder',
  'noApproval',
  'noTicks',
] as const;
export type EventName = (typeof eventNames)[number];

export type Choice = Fault | Thaw;
