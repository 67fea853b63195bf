import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blameOf,
  type Circumstances,
  isClosed,
  responseTo,
  type Subject,
} from '../../src/domain/attribution.ts';
import { hours, instant } from '../../src/domain/units.ts';

const at = instant(1_700_000_000_000);
const later = (ms: number) => instant(at + ms);
const none = { tables: [], rules: [] };
const confirmed: Circumstances = {
  blame: 'candidate',
  subject: { kind: 'running', requestedAt: at, serves: null },
  raisedAt: later(1_000),
  unconfirmed: null,
  closedBefore: false,
  inHandsOf: null,
  now: later(2_000),
  rollbackWindow: hours(24),
};
const promoted = { kind: 'promoted', requestedAt: at, endedAt: later(1_000) } as const;

const aSubject: fc.Arbitrary<Subject> = fc.oneof(
  fc.constant<Subject>({ kind: 'none' }),
  fc.constant<Subject>({ kind: 'goingBack' }),
  fc.constant<Subject>({ kind: 'running', requestedAt: at, serves: null }),
  fc.constant<Subject>({ kind: 'running', requestedAt: later(2_000), serves: promoted }),
  fc.constant<Subject>(promoted),
);
const anyCase: fc.Arbitrary<Circumstances> = fc.record({
  blame: fc.constantFrom('candidate' as const, 'bothSides' as const),
  subject: aSubject,
  raisedAt: fc.option(fc.integer({ min: -5_000, max: 5_000 }).map(later)),
  unconfirmed: fc.option(fc.constant('nobody could be asked')),
  closedBefore: fc.boolean(),
  inHandsOf: fc.option(fc.constant('ada')),
  now: fc.integer({ min: 0, max: 200_000_000 }).map(later),
  rollbackWindow: fc.constantFrom(hours(0), hours(24)),
});

describe('whose doing an incident is', () => {
  const watched = {
    tables: ['prod:features.transactions'],
    rules: ['own-rule'],
    upstream: { tables: ['prod:raw.payments'], rules: ['upstream-rule'] },
  };

  it.each([
    ['transactions', 'candidate'],
    ['features.transactions', 'candidate'],
    ['PROD:Features.Transactions', 'candidate'],
    ['raw.payments', 'bothSides'],
    ['other.transactions', undefined],
    ['weather', undefined],
  ])('of the table %s: %s', (table, blame) => {
    expect(blameOf({ tables: [table], rules: [] }, watched)).toBe(blame);
  });

  it('of a rule: by its id', () => {
    expect(blameOf({ tables: [], rules: ['own-rule'] }, watched)).toBe('candidate');
    expect(blameOf({ tables: [], rules: ['upstream-rule'] }, watched)).toBe('bothSides');
    expect(blameOf({ tables: [], rules: ['OWN-RULE'] }, watched)).toBeUndefined();
  });

  it('blames no version where it hits both lists', () => {
    expect(blameOf({ tables: ['transactions', 'payments'], rules: [] }, watched)).toBe('bothSides');
    expect(blameOf({ tables: ['transactions'], rules: ['upstream-rule'] }, watched)).toBe('bothSides');
  });

  it('concerns nobody who watches nothing', () => {
    expect(blameOf({ tables: ['a'], rules: ['b'] }, { ...none, upstream: none })).toBeUndefined();
  });
});

describe('the response to an incident', () => {
  it('rolls back a release that is alone to blame for a confirmed incident of its own time', () => {
    expect(responseTo(confirmed)).toMatchObject({ kind: 'rollBack', person: false });
    expect(responseTo({ ...confirmed, raisedAt: at })).toMatchObject({ kind: 'rollBack' });
  });

  it.each<[string, Partial<Circumstances>]>([
    ['could not be confirmed', { unconfirmed: 'nobody could be asked' }],
    ['was raised before the release was requested', { raisedAt: instant(at - 1) }],
    ['is of unknown age', { raisedAt: null }],
    ['people had closed before', { closedBefore: true }],
  ])('pauses a release for one that %s, and asks for a person', (_why, more) => {
    expect(responseTo({ ...confirmed, ...more })).toMatchObject({ kind: 'pause', person: true });
    expect(responseTo({ ...confirmed, subject: promoted, ...more })).toMatchObject({
      kind: 'none',
      person: true,
    });
  });

  it('pauses a release for one that hits both sides, whoever confirms it', () => {
    fc.assert(
      fc.property(anyCase, (facts) => {
        const subject = { kind: 'running', requestedAt: at, serves: null } as const;
        const response = responseTo({ ...facts, blame: 'bothSides', subject, inHandsOf: null });
        expect(response).toMatchObject({ kind: 'pause', person: facts.closedBefore });
      }),
    );
  });

  it('ends a release without traffic that bars the way back from what serves, and asks for a person', () => {
    const newest = { kind: 'running', requestedAt: later(1_500), serves: promoted } as const;
    const barred = { ...confirmed, subject: newest };
    expect(responseTo(barred)).toMatchObject({
      kind: 'rollBack',
      person: true,
      why: expect.stringContaining('headgate rollback'),
    });
    expect(responseTo({ ...barred, raisedAt: instant(at - 1) })).toMatchObject({
      kind: 'pause',
      person: true,
    });
    // What serves was promoted long ago: then it is the candidate's, or nobody's.
    const now = later(1_001 + hours(24));
    expect(responseTo({ ...barred, now })).toMatchObject({ kind: 'pause', person: true });
    expect(responseTo({ ...barred, now, raisedAt: now })).toMatchObject({ kind: 'rollBack', person: false });
  });

  it('touches nothing where a person has the endpoint by breakglass, and tells who', () => {
    fc.assert(
      fc.property(anyCase, (facts) => {
        const response = responseTo({ ...facts, inHandsOf: 'grace' });
        expect(response).toMatchObject({ kind: 'none', person: true, why: expect.stringContaining('grace') });
      }),
    );
  });

  it('undoes a promotion until its rollback window is over, and not a moment longer', () => {
    const undo = (now: number) => responseTo({ ...confirmed, subject: promoted, now: later(now) }).kind;
    expect(undo(1_000 + hours(24))).toBe('undoPromotion');
    expect(undo(1_001 + hours(24))).toBe('none');
  });

  it('undoes nothing that is not to blame, confirmed and raised after the request', () => {
    fc.assert(
      fc.property(anyCase, (facts) => {
        const { kind } = responseTo(facts);
        if (kind !== 'rollBack' && kind !== 'undoPromotion') return;
        expect(facts.blame).toBe('candidate');
        expect(facts.unconfirmed).toBeNull();
        expect(facts.closedBefore).toBe(false);
        expect(facts.inHandsOf).toBeNull();
        expect(facts.raisedAt).toBeGreaterThanOrEqual(at);
      }),
      { numRuns: 1_000 },
    );
  });

  it('touches nothing where nothing runs and nothing was promoted, and never what is on its way back', () => {
    fc.assert(
      fc.property(anyCase, fc.constantFrom('none' as const, 'goingBack' as const), (facts, kind) => {
        expect(responseTo({ ...facts, subject: { kind } }).kind).toBe('none');
      }),
    );
  });
});

it.each(['fixed', 'EXPECTED', 'No_Action_Needed', 'false_positive'])('%s closes an incident', (feedback) => {
  expect(isClosed(feedback)).toBe(true);
});

it.each(['investigating', 'work_in_progress', 'no_status', 'constructor', '', undefined])(
  '%s leaves it open',
  (feedback) => {
    expect(isClosed(feedback)).toBe(false);
  },
);
