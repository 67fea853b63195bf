import { describe, expect, it } from 'vitest';
import { hours, minutes } from '../../src/domain/units.ts';
import { type Certificate, type Incident, recomputed } from './certificates.ts';
import { endpoint, harmful, healthy, openStage, type PolicyInput } from './stage.ts';

describe('live evidence', () => {
  /** Nothing is proven at such a rate: each side fails as often as the other, and far above the ceiling. */
  const undecidable = (atDeadline: 'rollback' | 'hold') =>
    ({
      strategy: { kind: 'canary', steps: [{ candidate: 5, minBake: '5m', deadline: '10m' }] },
      gates: [{ name: 'errors', kind: 'errors', harmfulRatio: 1.2, ceiling: 0.0011 }],
      atDeadline,
      holdDeadline: '40m',
    }) satisfies Partial<PolicyInput>;

  it('against a bad version at 5 % rolls it back, with a certificate and an incident that add up', async () => {
    const stage = await openStage();
    const release = await stage.register(harmful);
    const view = await stage.end(release);
    expect(view.outcome?.kind).toBe('rolledBack');
    expect(await stage.shares(release.version)).toEqual([0, 5, 0]);
    expect(await stage.serving()).toEqual({ 1: 100 });
    expect(await stage.alias()).toBe('1');

    const certificates = await stage.files<Certificate>(release, '/certificates/');
    expect(certificates.map((one) => one.decision.kind)).toEqual(['rollback']);
    const [certificate] = certificates;
    if (!certificate) throw new RangeError('There is no certificate.');
    expect(recomputed(certificate)).toEqual(certificate.gates);
    expect(certificate.gates[0]?.verdict).toBe('fail');

    const [incident] = await stage.files<Incident>(release, '/incident.json');
    expect(incident).toMatchObject({ error: 'EvidenceAgainst', trigger: { kind: 'evidence' } });
    const { activations, served } = await stage.workspace.truth(endpoint);
    const shares = activations.map(({ at, routes }) => ({
      at,
      share: routes.find((one) => one.entityVersion === release.version)?.percentage,
    }));
    const back = shares.findLast((one) => one.share === 0);
    // What is told as observed was not told before it was true, and not long after.
    expect(incident?.baselineObservedAt).toBeGreaterThanOrEqual(back?.at ?? Number.POSITIVE_INFINITY);
    expect(incident?.baselineObservedAt).toBeLessThanOrEqual((back?.at ?? 0) + 30_000);
    expect(incident?.rollbackSeconds).toBe(
      ((incident?.baselineObservedAt ?? 0) - (incident?.triggeredAt ?? 0)) / 1000,
    );
    expect(incident?.rollbackSeconds).toBeLessThanOrEqual(60);
    const truth = served.find((one) => one.entityVersion === release.version);
    expect(truth?.errors).toBeGreaterThan(0);
    expect(incident?.served).toMatchObject({
      candidateRequests: truth?.requests,
      candidateErrors: truth?.errors,
    });
    const actions = incident?.timeline.map((line) => line.action) ?? [];
    expect(actions.indexOf('TrafficObserved')).toBeLessThan(actions.indexOf('JudgeHealth'));
    expect(actions.indexOf('JudgeHealth')).toBeLessThan(actions.indexOf('RestoreBegan'));
    expect(actions.indexOf('RestoreBegan')).toBeLessThan(actions.indexOf('BaselineObserved'));
    const times = incident?.timeline.map((line) => line.at) ?? [];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('that turns bad in the soak puts the baseline and the alias back', async () => {
    const stage = await openStage({ policy: { soak: { span: '2h' } } });
    const late = { ...healthy, changes: [{ fromPercent: 100, afterMs: minutes(1), errorRate: 0.5 }] };
    const release = await stage.register(late);
    await stage.until(release, 'Bake', 100);
    expect(await stage.alias()).toBe(release.version);
    expect((await stage.end(release)).outcome?.kind).toBe('rolledBack');
    expect(await stage.serving()).toEqual({ 1: 100 });
    expect(await stage.alias()).toBe('1');
  });

  it('that decides nothing until the deadline rolls back', async () => {
    const stage = await openStage({ policy: undecidable('rollback') });
    const release = await stage.register(healthy);
    const view = await stage.end(release);
    expect(view.outcome?.kind).toBe('rolledBack');
    expect(view.why).toMatch(/^undecided at the deadline: /);
    const [certificate] = await stage.files<Certificate>(release, '/certificates/');
    expect(certificate?.gates[0]?.verdict).toBe('undecided');
    expect(await stage.serving()).toEqual({ 1: 100 });
  });

  it('that decides nothing until the deadline holds where policy says so, and harm still ends the hold', async () => {
    const stage = await openStage({ policy: undecidable('hold') });
    const release = await stage.register(healthy);
    const held = await stage.until(release, 'Hold');
    expect(held).toMatchObject({
      phase: 'held',
      candidateShare: 5,
      why: expect.stringContaining('undecided at the deadline'),
      next: expect.stringContaining('headgate abort'),
    });
    await stage.pass(minutes(20));
    expect((await stage.view(release)).phase).toBe('held');
    await stage.workspace.setBehaviour('prod.ml.fraud', Number(release.version), {
      ...healthy,
      errorRate: 0.5,
    });
    const ended = await stage.end(release);
    expect(ended.outcome?.kind).toBe('rolledBack');
    expect(ended.why).toMatch(/errors: .*harm is proven/);
    const certificates = await stage.files<Certificate>(release, '/certificates/');
    expect(certificates.map((one) => one.decision.kind)).toEqual(['hold', 'rollback']);
    for (const one of certificates) expect(recomputed(one)).toEqual(one.gates);
  });

  it('that decides nothing is rolled back where nobody ends the hold', async () => {
    const stage = await openStage({ policy: undecidable('hold') });
    const release = await stage.register(healthy);
    await stage.until(release, 'Hold');
    const since = stage.clock.now();
    const ended = await stage.end(release);
    expect(ended.outcome?.kind).toBe('rolledBack');
    expect(ended.why).toContain('DeadlinePassed');
    expect(stage.clock.now() - since).toBeGreaterThan(minutes(38));
    expect(await stage.serving()).toEqual({ 1: 100 });
  });

  const latency: Partial<PolicyInput> = {
    gates: [{ name: 'latency', kind: 'latency-slo', sloMs: 300, quantile: 0.95 }],
  };
  const slow = { median: 400, sigma: 0.5 };

  it('of a candidate that alone is slower than promised rolls it back', async () => {
    const stage = await openStage({ policy: latency });
    const release = await stage.register({ ...healthy, latencyMs: slow });
    const view = await stage.end(release);
    expect(view.outcome?.kind).toBe('rolledBack');
    expect(view.why).toMatch(/latency: .*above 300 ms.*harm is proven/);
    expect(await stage.shares(release.version)).toEqual([0, 5, 0]);
  });

  it('of an hour in which both sides are slow rolls nothing back', async () => {
    const stage = await openStage({ policy: latency });
    const release = await stage.register({ ...healthy, latencyMs: slow });
    await stage.workspace.setBehaviour('prod.ml.fraud', 1, { ...healthy, latencyMs: slow });
    await stage.until(release, 'Bake', 5);
    await stage.pass(hours(1));
    expect(await stage.view(release)).toMatchObject({ phase: 'running', state: 'Bake', candidateShare: 5 });
    expect(await stage.shares(release.version)).toEqual([0, 5]);
  });
});
