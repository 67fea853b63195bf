import { describe, expect, it } from 'vitest';
import {
  powerDocument,
  powerInBrief,
  powerWarnings,
  refuseUndecidable,
  trafficOf,
} from '../../src/app/power-report.ts';
import { policySchema } from '../../src/contracts/policy.ts';
import { aPolicy, type PolicyInput } from './ports-at-hand.ts';

const policyOf = (more: Partial<PolicyInput> = {}) => policySchema.parse({ ...aPolicy, ...more });
const oneStep = (candidate: number): Partial<PolicyInput> => ({
  strategy: { kind: 'canary', steps: [{ candidate, deadline: '2h' }] },
  gates: [{ name: 'errors', kind: 'errors' }],
});
const quiet = trafficOf('rate=10/min,errors=0.5%');

describe('traffic in words', () => {
  it('is read in the units that it says', () => {
    expect(trafficOf('rate=16/s,errors=0.5%,p95=180ms')).toEqual({ rate: 16, errors: 0.005, p95: 180 });
    expect(
      trafficOf('rate=30/min, errors=0%, clientErrors=2%, throttled=0.1%, p95=0.2s, p50=80ms, slow=1.5%'),
    ).toEqual({ rate: 0.5, errors: 0, clientErrors: 0.02, throttled: 0.001, p95: 200, p50: 80, slow: 0.015 });
    expect(trafficOf('rate=360/h,errors=1%,pairs=30/min,pairSd=0.15,score=0.8,scoreSd=0.2')).toEqual({
      rate: 0.1,
      errors: 0.01,
      pairs: 0.5,
      pairSd: 0.15,
      score: 0.8,
      scoreSd: 0.2,
    });
  });

  it.each([
    ['rate=16/s', 'errors is missing: write errors=0.5%'],
    ['errors=1%', 'rate is missing: write rate=16/s'],
    ['rate=16,errors=1%', 'rate: a pace is a number above 0 for each s, min or h, such as 16/s or 10/min'],
    ['rate=0/s,errors=1%', 'rate: a pace is a number above 0'],
    ['rate=16/s,errors=0.005', 'errors: a percentage from 0 to below 100 with its sign, such as 0.5%'],
    ['rate=16/s,errors=100%', 'errors: a percentage from 0 to below 100'],
    ['rate=16/s,errors=1%,p95=180', 'p95: a latency above 0 with ms or s, such as 180ms'],
    ['rate=16/s,errors=1%,p95=180ms,p50=200ms', 'p50: the median lies below p95'],
    ['rate=16/s,errors=1%,pairSd=2', 'pairSd: a number from 0 to 1, such as 0.15'],
    ['rate=16/s,error=1%', 'there is no "error" in it; known are rate, errors, clientErrors'],
    ['rate=16/s,errors=1%,errors=2%', '"errors" is there twice'],
    ['16/s', '"16/s" is not of the form key=value'],
    ['', '"" is not of the form key=value'],
  ])('is refused where it cannot be read: %s', (text, says) => {
    expect(() => trafficOf(text)).toThrow(
      expect.objectContaining({ name: 'PolicyInvalid', message: expect.stringContaining(says) }),
    );
    expect(() => trafficOf(text)).toThrow(/Write it like rate=16\/s,errors=0\.5%,p95=180ms\.$/);
  });
});

describe('the report of a policy', () => {
  it('promotes at least 80 % of healthy releases within 3 hours by the shipped kind of plan', () => {
    const steps = [5, 10, 25, 50].map((candidate) => ({ candidate, minBake: '15m', deadline: '2h' }));
    const report = powerDocument(
      policyOf({ strategy: { kind: 'canary', steps } }),
      trafficOf('rate=16/s,errors=0.5%,p95=180ms'),
      'a test',
    );
    expect(report.plan.within3h).toBeGreaterThan(0.95);
    expect(powerWarnings(report)).toEqual([]);
    expect(powerInBrief(report)).toMatch(
      /^a healthy release is through by its deadlines with \d+ %, within 3 hours with \d+ %$/,
    );
  });

  it('uses the budget, window and lag of the policy', () => {
    const busy = trafficOf('rate=1000/s,errors=0.5%');
    const of = (more: Partial<PolicyInput>) =>
      powerDocument(policyOf({ ...oneStep(50), ...more }), busy, 'a test').steps[0]?.gates[0]?.clears.medianS;
    expect(of({})).toBe(4 * 60);
    expect(of({ evidence: { lag: '10m', window: '5m' } })).toBe(20 * 60);
  });

  it('refuses a release only where the policy says so, and only for what is undecidable', () => {
    const undecidable = powerDocument(policyOf(oneStep(1)), quiet, 'a test');
    expect(() => refuseUndecidable({ power: 'warn' }, undecidable)).not.toThrow();
    expect(() => refuseUndecidable({ power: 'refuse' }, undecidable)).toThrow(
      expect.objectContaining({
        name: 'PolicyInvalid',
        message: expect.stringMatching(/power: refuse.*errors at 1 %: a deadline of/),
      }),
    );
    const fine = powerDocument(policyOf(oneStep(50)), trafficOf('rate=16/s,errors=0.5%'), 'a test');
    expect(() => refuseUndecidable({ power: 'refuse' }, fine)).not.toThrow();
  });

  it('warns of each gate by its step, with what would decide it', () => {
    const [warning, advice] = powerWarnings(powerDocument(policyOf(oneStep(1)), quiet, 'a test'));
    expect(warning).toMatch(
      /^1 %, errors: undecidable, a healthy version passes by the deadline with 0 %; what would decide it: /,
    );
    expect(advice).toMatch(/one step at 50 %/);
  });
});
