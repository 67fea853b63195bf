import { describe, expect, it } from 'vitest';
import {
  commandRequest,
  endpointView,
  freezeRequest,
  startRequest,
  timelineEntry,
} from '../../src/contracts/api.ts';

describe('a request to the controller', () => {
  it('is for a release unless it says otherwise', () => {
    expect(startRequest.parse({ endpoint: 'fraud', version: '2', actor: 'ada' })).toEqual({
      endpoint: 'fraud',
      version: '2',
      actor: 'ada',
      intent: 'release',
    });
  });

  it('may leave out a reason', () => {
    expect(commandRequest.parse({ kind: 'abort', actor: 'ada' }).reason).toBe('');
  });

  it.each<[string, object]>([
    ['nobody', { endpoint: 'fraud' }],
    ['an empty actor', { endpoint: 'fraud', actor: '' }],
    ['an actor of 129 characters', { endpoint: 'fraud', actor: 'a'.repeat(129) }],
    ['no endpoint', { actor: 'ada' }],
    ['a version of 33 characters', { endpoint: 'fraud', actor: 'ada', version: '2'.repeat(33) }],
    ['an unknown intent', { endpoint: 'fraud', actor: 'ada', intent: 'delete' }],
    ['a field that nobody knows', { endpoint: 'fraud', actor: 'ada', force: true }],
  ])('to start is refused with %s', (_, request) => {
    expect(startRequest.safeParse(request).success).toBe(false);
  });

  it.each<[string, object]>([
    ['a kind for machines only', { kind: 'supersede', actor: 'ada' }],
    ['nobody', { kind: 'abort' }],
    ['a novel as reason', { kind: 'abort', actor: 'ada', reason: 'x'.repeat(2_001) }],
  ])('to command is refused with %s', (_, request) => {
    expect(commandRequest.safeParse(request).success).toBe(false);
  });
});

describe('a request to freeze', () => {
  it('says why, unless it lifts a freeze', () => {
    expect(freezeRequest.safeParse({ actor: 'ada' }).success).toBe(false);
    expect(freezeRequest.parse({ actor: 'ada', reason: 'quarter end' })).toEqual({
      off: false,
      reason: 'quarter end',
      actor: 'ada',
    });
    expect(freezeRequest.parse({ actor: 'ada', off: true, endpoint: 'fraud' })).toMatchObject({ reason: '' });
  });

  it.each(['headgate', 'mlflow', 'monte-carlo', 'headgate serve'])('comes from no %s', (actor) => {
    expect(freezeRequest.safeParse({ actor, off: true }).success).toBe(false);
    expect(commandRequest.safeParse({ actor, kind: 'resume' }).success).toBe(false);
  });
});

describe('an answer of the controller', () => {
  it('gives times in ISO 8601 only', () => {
    const entry = { order: 1, actor: 'a', action: 'b', says: '', endpoint: null, releaseId: null };
    expect(timelineEntry.safeParse({ ...entry, at: '2026-01-05T09:00:00.000Z' }).success).toBe(true);
    expect(timelineEntry.safeParse({ ...entry, at: 1_767_603_600_000 }).success).toBe(false);
  });

  it('says of an endpoint what is not known as null, never by leaving it out', () => {
    const view = {
      endpoint: 'fraud-prod',
      model: 'prod.ml.fraud',
      phase: 'notAdopted',
      servingVersion: null,
      lastGoodVersion: null,
      release: null,
      queued: [],
      drill: null,
      freeze: null,
      drift: null,
      needs: [],
    };
    expect(endpointView.parse(view)).toEqual(view);
    const { servingVersion: _gone, ...lacking } = view;
    expect(endpointView.safeParse(lacking).success).toBe(false);
  });
});
