import { describe, expect, it } from 'vitest';
import type { Exposure } from '../../src/app/judge.ts';
import type { Ports } from '../../src/app/ports/ports.ts';
import { baseRuns } from './base-runs.ts';
import type { Handlers } from './controller.ts';
import { withoutPart } from './mutate.ts';
import type { Found } from './node.ts';
import { type Planted, replay, shrunk } from './replay.ts';
import { Search } from './search.ts';
import { shippedMachines } from './surroundings.ts';

/** What the explorer makes of a product with a bug: it is found, and its trace leads there again. */

/** The smallest seed of the first violation of the kind, and its steps. */
async function search(runName: string, invariant: string, planted: Planted) {
  const run = baseRuns.find(({ name }) => name === runName);
  if (!run) throw new RangeError(runName);
  let first: Found | undefined;
  const one = new Search(run, {
    ...planted,
    budget: 1,
    onFound: (found) => {
      if (found.invariant === invariant) first ??= found;
    },
    stop: () => first !== undefined,
  });
  await one.explore();
  if (!first) return { found: undefined, trace: '', healthy: undefined };
  const seed = await shrunk(first, planted);
  const { lines } = await replay(seed, planted);
  const { violations } = await replay(seed);
  return {
    found: first,
    trace: lines.join('\n'),
    healthy: violations.some((other) => other.invariant === invariant),
  };
}

/** A handler that takes its word for the endpoint's. */
const believes = (answer: (input: Input, now: number) => object): Handlers['VerifyTraffic'] =>
  ((ports: Ports) => async (event: unknown) =>
    answer(event as Input, ports.clock.now())) as unknown as Handlers['VerifyTraffic'];

interface Input {
  readonly step: number;
  readonly exposure: readonly Exposure[];
}

describe('a planted bug is found, with a trace that shows it and that the shipped product does not break', () => {
  it('VerifyTraffic that answers without looking at the endpoint', async () => {
    const VerifyTraffic = believes(({ step, exposure }, from) => ({
      candidate: 10,
      exposure: [...exposure, { step, candidate: 10, from, until: null }],
    }));
    const { found, trace, healthy } = await search('good', 'what is judged was observed', {
      instead: { VerifyTraffic },
    });
    expect(found?.says).toBe('Bake judges 10 % while fraud-prod serves 0 %');
    expect(trace).toMatch(/VerifyTraffic(.|\n)*Bake(.|\n)*!! what is judged was observed/);
    expect(healthy).toBe(false);
  }, 60_000);

  it('VerifyBaseline that calls the restore done without looking at the endpoint', async () => {
    const VerifyBaseline = believes(() => ({ baseline: 100 }));
    const { found, trace, healthy } = await search('bad', 'final means that the baseline serves', {
      instead: { VerifyBaseline },
    });
    expect(found?.says).toBe('rolledBack, while fraud-prod serves the candidate 10 %');
    expect(trace).toMatch(
      /RestoreBaseline(.|\n)*VerifyBaseline(.|\n)*!! final means that the baseline serves/,
    );
    expect(healthy).toBe(false);
  }, 60_000);

  it('a state machine that undoes a release for a passing trouble', async () => {
    const release = withoutPart(shippedMachines().release, ['States', 'PlanRelease', 'Retry', 0]);
    const { found, trace, healthy } = await search('good', 'what passes changes no outcome', {
      machines: { release },
    });
    expect(found?.says).toContain('rejected instead of release 2 promoted');
    expect(trace).toMatch(/PlanRelease {3}<== /);
    expect(healthy).toBe(false);
  }, 60_000);
});
