import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../src/app/ports/clock.ts';
import type { Ports } from '../src/app/ports/ports.ts';
import { type FunctionName, functionTimeoutS } from '../src/contracts/functions.ts';
import { after, type Instant, seconds } from '../src/domain/units.ts';
import type { DrivenClock } from './clock.ts';

/** The handler that is running, and when Lambda would end it. */
const running = new AsyncLocalStorage<{ readonly name: FunctionName; readonly until: Instant }>();

/**
 * Lambda ends a function at its time-out. In one process nothing can: the machine gives a handler up that goes on
 * unheard. So from then on nothing that it calls does anything, and what it had recorded as about to be written
 * arrives by then or never (see `longestHandler`).
 */
export function within<T>(clock: DrivenClock, name: FunctionName, work: () => Promise<T>): Promise<T> {
  // Handlers work in real time: where the clock runs faster, their time is stretched by as much.
  const life = seconds(functionTimeoutS(name) * Math.max(clock.epoch.speed, 1));
  return running.run({ name, until: after(clock.now(), life) }, work);
}

/** The clock as handlers have it: a pause between two attempts does not outlive them. */
export function mortalClock<C extends Clock>(clock: C): C {
  return bounded(clock, clock, ['sleep']);
}

/** `ports` as handlers have them. */
export function mortalPorts(ports: Ports): Ports {
  const { clock } = ports;
  const parts = ['serving', 'jobs', 'registry', 'requests'] as const;
  return {
    ...ports,
    clock: mortalClock(clock),
    ledger: bounded(ports.ledger, clock),
    evidence: bounded(ports.evidence, clock),
    machine: bounded(ports.machine, clock),
    bus: bounded(ports.bus, clock),
    workspace: (role) => {
      const workspace = ports.workspace(role);
      const bound = parts.map((part) => [part, bounded<object>(workspace[part], clock)] as const);
      return { ...workspace, ...Object.fromEntries(bound) };
    },
  };
}

/** `target` whose functions (those of `only`, where given) refuse a caller whose time is over. */
function bounded<T extends object>(target: T, clock: Clock, only?: readonly string[]): T {
  return new Proxy(target, {
    get: (object, key) => {
      const member: unknown = Reflect.get(object, key, object);
      if (typeof member !== 'function' || (only && !only.includes(String(key)))) {
        return typeof member === 'function' ? member.bind(object) : member;
      }
      return (...given: unknown[]): unknown => {
        refuseTheDead(clock);
        const answer: unknown = Reflect.apply(member, object, given);
        // A pause may end after the life that began it.
        if (key !== 'sleep' || !(answer instanceof Promise)) return answer;
        return answer.then(() => refuseTheDead(clock));
      };
    },
  });
}

function refuseTheDead(clock: Clock): void {
  const life = running.getStore();
  if (life === undefined || clock.now() < life.until) return;
  // By the name that Step Functions gives it, which every Lambda task retries.
  const error = new Error(`${life.name} ran out of its time`);
  error.name = 'Sandbox.Timedout';
  throw error;
}
