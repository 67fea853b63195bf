import { describe, expect, it } from 'vitest';
import { readinessGaps, type Standby } from '../../src/domain/readiness.ts';

const sound: Standby = {
  entity: 'fraud-1',
  version: '1',
  present: true,
  ready: true,
  scaleToZero: false,
  leastConcurrency: 8,
  registered: 'ready',
  updating: false,
};

const causes = (standby: Partial<Standby>, peak?: number) =>
  readinessGaps({ ...sound, ...standby }, peak).map(({ cause }) => cause);

describe('a baseline that could take all traffic back', () => {
  it('is there, READY, awake, large enough, registered, and on an endpoint that takes an update', () => {
    expect(causes({}, 8)).toEqual([]);
  });

  it.each<[string, Partial<Standby>, string]>([
    ['left the endpoint', { present: false }, 'gone'],
    ['is not READY', { ready: false }, 'notReady'],
    ['may fall asleep', { scaleToZero: true }, 'scaleToZero'],
    ['works on fewer requests at once than the peak', { leastConcurrency: 7 }, 'capacity'],
    ['is of a version that is not READY any more', { registered: 'notReady' }, 'versionNotReady'],
    ['is of a version that the registry does not show', { registered: 'hidden' }, 'versionHidden'],
    ['is on an endpoint that is being updated', { updating: true }, 'updating'],
  ])('is none that %s', (_what, standby, cause) => {
    expect(causes(standby, 8)).toEqual([cause]);
  });

  it('is told with every cause at once', () => {
    expect(causes({ ready: false, scaleToZero: true, registered: 'hidden' })).toEqual([
      'notReady',
      'scaleToZero',
      'versionHidden',
    ]);
  });

  it('is judged by its size only where a peak is declared and the workspace says the size', () => {
    expect(causes({ leastConcurrency: 1 })).toEqual([]);
    expect(causes({ leastConcurrency: undefined }, 8)).toEqual([]);
    expect(causes({ leastConcurrency: 1 }, 2)).toEqual(['capacity']);
  });

  it('is not found wanting because the registry gave no answer', () => {
    expect(causes({ registered: 'unknown' })).toEqual([]);
  });
});
