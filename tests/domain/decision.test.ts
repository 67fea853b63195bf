import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Decision, decide } from '../../src/domain/decision.ts';
import type { Plan } from '../../src/domain/plan.ts';
import { after, hours, instant, minutes, percent } from '../../src/domain/units.ts';
import type { Breach, Verdict } from '../../src/domain/verdict.ts';

const plan: Plan = {
  strategy: 'canary',
  steps: [
    { candidate: percent(5), gates: ['errors'], minBake: minutes(10), deadline: hours(3) },
    { candidate: percent(50), gates: ['errors'], minBake: minutes(10), deadline: hours(3) },
  ],
  soak: { gates: ['errors'], span: hours(1) },
};
const soak = plan.steps.length;
const pass: Verdict = { kind: 'pass', proven: ['errors: fine'] };
const fail: Verdict = { kind: 'fail', breached: [{ gate: 'errors', says: 'too many' }] };
const undecided: Verdict = { kind: 'undecided', missing: [{ gate: 'errors', what: 'requests' }] };
const verdicts = fc.constantFrom(pass, fail, undecided);
const since = instant(1_000_000);
const deadline = after(since, hours(3));

const at = (minute: number) => ({ since, deadline, now: after(since, minutes(minute)) });
const minute = fc.nat({ max: 400 });
const step = fc.constantFrom(0, 1, soak);
const policy = fc.constantFrom<'rollback' | 'hold'>('rollback', 'hold');

/** From the worst for the candidate to the best. */
const goodness: Readonly<Record<Decision['kind'], number>> = {
  rollback: 0,
  hold: 1,
  wait: 2,
  advance: 3,
  promote: 3,
  retire: 3,
};

describe('a decision', () => {
  it('never advances and never promotes on undecided evidence', () => {
    fc.assert(
      fc.property(step, minute, policy, (index, now, atDeadline) => {
        const { kind } = decide(plan, index, undecided, at(now), atDeadline);
        expect(['advance', 'promote']).not.toContain(kind);
      }),
    );
  });

  it('rolls back on any failure, at every step, at every time', () => {
    fc.assert(
      fc.property(step, minute, policy, (index, now, atDeadline) => {
        expect(decide(plan, index, fail, at(now), atDeadline)).toEqual({
          kind: 'rollback',
          says: 'too many',
        });
      }),
    );
  });

  it('is never better on a worse verdict', () => {
    fc.assert(
      fc.property(step, minute, policy, (index, now, atDeadline) => {
        const of = (verdict: Verdict) => goodness[decide(plan, index, verdict, at(now), atDeadline).kind];
        expect(of(fail)).toBeLessThanOrEqual(of(undecided));
        expect(of(undecided)).toBeLessThanOrEqual(of(pass));
      }),
    );
  });

  it('tells every breach, and more of them make nothing better', () => {
    const aBreach = fc.record({
      gate: fc.constant('errors'),
      says: fc.constantFrom('slow', 'wrong', 'late'),
    });
    fc.assert(
      fc.property(aBreach, fc.array(aBreach), step, minute, (first: Breach, more: Breach[], index, now) => {
        const verdict: Verdict = { kind: 'fail', breached: [first, ...more] };
        const decision = decide(plan, index, verdict, at(now), 'hold');
        expect(decision.kind).toBe('rollback');
        for (const { says } of [first, ...more]) expect(decision.says).toContain(says);
      }),
    );
  });

  it('waits on a pass until the step has lasted as long as policy says', () => {
    expect(decide(plan, 0, pass, at(9), 'rollback').kind).toBe('wait');
    expect(decide(plan, 0, pass, at(10), 'rollback').kind).toBe('advance');
    expect(decide(plan, 0, pass, at(300), 'rollback').kind).toBe('advance');
  });

  it('promotes from the last step and from no other', () => {
    fc.assert(
      fc.property(step, verdicts, minute, policy, (index, verdict, now, atDeadline) => {
        const { kind } = decide(plan, index, verdict, at(now), atDeadline);
        if (kind === 'promote') expect(index).toBe(1);
        if (kind === 'advance') expect(index).toBe(0);
        if (kind === 'retire') expect(index).toBe(soak);
      }),
    );
    expect(decide(plan, 1, pass, at(10), 'rollback').kind).toBe('promote');
  });

  it('waits while undecided before the deadline, and follows policy from there', () => {
    expect(decide(plan, 0, undecided, at(179), 'rollback').kind).toBe('wait');
    expect(decide(plan, 0, undecided, at(180), 'rollback').kind).toBe('rollback');
    expect(decide(plan, 0, undecided, at(180), 'hold').kind).toBe('hold');
    expect(decide(plan, 0, undecided, at(180), 'hold').says).toContain('requests');
  });

  it('retires the baseline when the soak is over and nothing failed, and not before', () => {
    for (const verdict of [pass, undecided]) {
      expect(decide(plan, soak, verdict, at(59), 'rollback').kind).toBe('wait');
      expect(decide(plan, soak, verdict, at(60), 'rollback').kind).toBe('retire');
    }
    expect(decide(plan, soak, fail, at(60), 'rollback').kind).toBe('rollback');
  });
});
