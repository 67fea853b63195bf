import { describe, expect, it } from 'vitest';
import { incidentPage } from '../../src/app/incident-page.ts';
import type { IncidentRecord } from '../../src/contracts/incident.ts';

const noon = Date.parse('2026-01-05T12:00:00Z');

const record: IncidentRecord = {
  schema: 'headgate.incident/v1',
  release: {
    releaseId: 'rel-1',
    endpoint: 'fraud-prod',
    model: 'prod.ml.fraud',
    version: '2',
    intent: 'release',
  },
  outcome: { kind: 'rolledBack', says: 'abort by ada: enough' },
  error: 'ReleaseInterrupted',
  trigger: { kind: 'abort', actor: 'ada', reason: 'enough', url: null },
  triggeredAt: noon,
  acceptedAt: noon + 40_000,
  baselineObservedAt: noon + 61_000,
  finalAt: noon + 90_000,
  acceptedSeconds: 40,
  rollbackSeconds: 61,
  platformRefusedSeconds: 38,
  databricksCalls: 2,
  refusals: [{ from: noon + 1_000, until: noon + 39_000, says: 'DatabricksThrottled: 429' }],
  served: {
    ...{ candidateRequests: 120, candidateErrors: 61, baselineRequests: 2_000, baselineErrors: 10 },
    ...{ expectedErrors: 0.6, badRequests: 60 },
  },
  exposure: [{ step: 0, candidate: 5, from: noon - 60_000, until: null }],
  timeline: [{ at: noon, actor: 'ada', action: 'CommandAccepted', says: 'abort: enough' }],
};

describe('the page of an incident', () => {
  it('says why, who, how long, what the platform refused and what it cost', () => {
    const page = incidentPage(record);
    for (const part of [
      '# fraud-prod: end of version 2 (rolledBack)',
      '**Why:** abort by ada: enough',
      '| Restoring write accepted | 2026-01-05T12:00:40.000Z, after 40 s, with 2 calls to Databricks |',
      '| Baseline seen at 100 % | 2026-01-05T12:01:01.000Z, after 61 s |',
      '| Of that, the platform refused | 38 s |',
      '120 answered by the candidate, 61 of them failed (the baseline alone: about 0.6); bad because of it: 60',
      '- 12:00:01 to 12:00:39: DatabricksThrottled: 429',
      '5 % from 11:59:00',
    ]) {
      expect(page).toContain(part);
    }
  });

  it('says what is not known instead of a number', () => {
    const page = incidentPage({
      ...record,
      ...{
        triggeredAt: null,
        acceptedAt: null,
        baselineObservedAt: null,
        rollbackSeconds: null,
        served: null,
      },
    });
    expect(page).toContain('| Trigger | not known |');
    expect(page).toContain('| Restoring write accepted | no write was needed |');
    expect(page).toContain('| Baseline seen at 100 % | not observed |');
    expect(page).not.toMatch(/null|undefined|NaN|Invalid/);
  });

  it.each(['a | b', 'first\nsecond', '<img src=x>', 'a\r\n# b', '\u2028'])(
    'stays the page that it is with %j from elsewhere in it',
    (text) => {
      const lines = (says: string) =>
        incidentPage({
          ...record,
          outcome: { kind: 'rolledBack', says },
          trigger: { ...abort, reason: says },
        });
      const page = lines(text);
      expect(page.split('\n')).toHaveLength(lines('plain').split('\n').length);
      expect(page).not.toContain('<img');
      expect(page.match(/(?<!\\)\|/g)).toHaveLength(lines('plain').match(/(?<!\\)\|/g)?.length ?? 0);
    },
  );

  it('shows the last 40 lines of a long timeline, and that there are more', () => {
    const timeline = Array.from({ length: 300 }, (_, index) => ({
      ...{ at: noon + index, actor: 'headgate', action: 'CommandAccepted', says: `alert ${index}` },
    }));
    const page = incidentPage({ ...record, timeline });
    expect(page).toContain('the last 40 of 300 lines');
    expect(page).toContain('alert 299');
    expect(page).not.toContain('alert 259');
  });
});

const abort = { kind: 'abort', actor: 'ada', url: null } as const;
