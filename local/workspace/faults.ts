import { endpointFaults } from './endpoint-faults.ts';
import type { UpdatePlan } from './endpoint-record.ts';
import {
  type FaultKind,
  type FaultOrder,
  type FaultWorld,
  faultOrderSchema,
  type Strike,
  type WireAnswer,
} from './fault.ts';
import { type Chance, chance } from './random.ts';
import { invalidParameter } from './refusal.ts';
import { wireFaults } from './wire-faults.ts';

/** Every fault by name. A new one is a new entry of one of these tables. */
export const faultKinds: Readonly<Record<string, FaultKind>> = { ...wireFaults, ...endpointFaults };

export type FaultName = keyof typeof wireFaults | keyof typeof endpointFaults;

interface Armed {
  readonly id: string;
  readonly name: string;
  readonly strike: Strike;
  readonly method: string | undefined;
  readonly path: RegExp;
  readonly after: boolean;
  readonly probability: number;
  readonly draws: Chance;
  skip: number;
  left: number;
}

/** Installed faults. Each has a seeded stream of its own, so one fault never changes when another strikes. */
export class Faults {
  readonly #seed: number;
  #armed: Armed[] = [];
  #count = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** @returns the fault's id. @throws Refusal 400 for an unknown name or a wrong parameter. */
  install(given: FaultOrder, world: FaultWorld): string {
    const parsed = faultOrderSchema.safeParse(given);
    if (!parsed.success) throw invalidParameter(`Not a fault: ${parsed.error.message}`);
    const order = parsed.data;
    const kind = Object.hasOwn(faultKinds, order.name) ? faultKinds[order.name] : undefined;
    if (!kind) {
      throw invalidParameter(
        `There is no fault '${order.name}'; there are ${Object.keys(faultKinds).join(', ')}.`,
      );
    }
    const strike = armed(kind, order.name, order.parameters);
    const id = `fault-${++this.#count}`;
    if (strike.on === 'schedule') {
      world.endpoints.schedule(world.endpoints.now() + strike.inMs, () => strike.happen(world));
      return id;
    }
    this.#armed.push({
      id,
      name: order.name,
      strike,
      method: order.match.method?.toUpperCase(),
      path: pathPattern(order.match.path ?? '/**'),
      after: order.after,
      probability: order.probability,
      draws: chance(this.#seed, id),
      skip: order.skip,
      left: order.times === 'always' ? Number.POSITIVE_INFINITY : order.times,
    });
    return id;
  }

  remove(id: string): boolean {
    const before = this.#armed.length;
    this.#armed = this.#armed.filter((fault) => fault.id !== id);
    return this.#armed.length < before;
  }

  /** The faults that can still strike. */
  waiting(): { id: string; name: string; left: number | 'always' }[] {
    return this.#armed.map(({ id, name, left }) => ({
      id,
      name,
      left: Number.isFinite(left) ? left : 'always',
    }));
  }

  /** The fault that spoils this request, if one does. The first installed one wins. */
  onRequest(method: string, path: string): { after: boolean; answer: WireAnswer } | undefined {
    for (const fault of this.#armed) {
      const { strike } = fault;
      if (strike.on !== 'request' || (fault.method !== undefined && fault.method !== method)) continue;
      if (fault.path.test(path) && this.#strikes(fault)) {
        return { after: fault.after, answer: strike.answer };
      }
    }
    return undefined;
  }

  /** `plan` as the waiting update faults leave it; several may strike one update. */
  distort(endpoint: string, plan: UpdatePlan): UpdatePlan {
    let distorted = plan;
    for (const fault of [...this.#armed]) {
      const { strike } = fault;
      if (strike.on !== 'update' || (strike.endpoint !== undefined && strike.endpoint !== endpoint)) continue;
      if (this.#strikes(fault)) distorted = strike.distort(distorted);
    }
    return distorted;
  }

  #strikes(fault: Armed): boolean {
    if (fault.skip > 0) {
      fault.skip--;
      return false;
    }
    if (fault.probability < 1 && fault.draws.uniform() >= fault.probability) return false;
    if (--fault.left <= 0) this.#armed = this.#armed.filter((other) => other !== fault);
    return true;
  }
}

function armed(kind: FaultKind, name: string, parameters: unknown): Strike {
  try {
    return kind.arm(parameters);
  } catch (error) {
    throw invalidParameter(
      `The parameters of fault '${name}' are wrong: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** `*` stays within one segment of the path, `**` crosses them. */
function pathPattern(glob: string): RegExp {
  const source = glob
    .split(/(\*\*|\*)/)
    .map((part) => {
      if (part === '**') return '.*';
      return part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
  return new RegExp(`^${source}$`);
}
