import { describe, expect, it } from 'vitest';
import { foresee } from '../../src/app/foresee.ts';
import type { Ports } from '../../src/app/ports/ports.ts';
import type { RequestEvidence, RequestQuestion } from '../../src/app/ports/workspace.ts';
import { wholeTrail } from '../../src/app/trail.ts';
import { ReleaseError } from '../../src/contracts/errors.ts';
import { type EnvironmentConfig, endpointSchema } from '../../src/contracts/policy.ts';
import type { SideCounts, WindowCounts } from '../../src/domain/evidence.ts';
import { instant, minutes } from '../../src/domain/units.ts';
import { aLedger, documentOf, environmentWith, type PolicyInput, portsAtHand } from './ports-at-hand.ts';

const now = instant(Date.UTC(2026, 0, 1, 12, 3));
const { release } = documentOf();
const usual = { rate: '20/s', errors: '0.5%', slow: '1%' };
const quiet = { ...usual, rate: '10/min' };

function environmentWhere(fraud: Record<string, unknown>): EnvironmentConfig {
  const environment = environmentWith();
  const [[name, plain] = ['', undefined]] = Object.entries(environment.endpoints);
  const { hiddenFields: _, ...rest } = plain ?? {};
  return { ...environment, endpoints: { [name]: endpointSchema.parse({ ...rest, ...fraud }) } };
}

/** The release is known to the ledger, and files are kept. */
async function atHand(fraud: Record<string, unknown>, requests: Partial<RequestEvidence> = {}) {
  const ledger = aLedger();
  await ledger.addRelease({ ...release, generation: 1, requestedBy: 'ada', requestedAt: now });
  const kept: { path: string; content: string }[] = [];
  const ports: Ports = {
    ...portsAtHand({ now, ledger, requests, environment: environmentWhere(fraud) }),
    evidence: {
      put: async (path, content, summary) => {
        kept.push({ path, content });
        return { ref: path, digest: 'd'.repeat(64), summary };
      },
      get: async () => '',
    },
  };
  return { ports, kept };
}

/** One step at half of the traffic. */
const halfAtOnce: Partial<PolicyInput> = {
  strategy: { kind: 'canary', steps: [{ candidate: 50, deadline: '1h' }] },
};

const trailOf = async (ports: Ports) =>
  (await wholeTrail(ports)).map(({ action, says }) => `${action}: ${says}`);

/** An hour at 20 requests a second. */
function anHour(question: RequestQuestion): WindowCounts[] {
  const side: SideCounts = {
    requests: 11_880,
    errors: 60,
    clientErrors: 240,
    throttled: 120,
    latencyMs: { le: [300, null], n: [11_643, 237] },
  };
  const windows: WindowCounts[] = [];
  for (let at = question.from; at < question.until; at = instant(at + question.span))
    windows.push({ at, span: question.span, step: -1, baseline: side, candidate: null });
  return windows;
}

describe('what a release can decide', () => {
  it('is kept beside the release and told, at the traffic that is configured', async () => {
    const { ports, kept } = await atHand({ traffic: usual });
    await foresee(ports, documentOf(halfAtOnce));
    expect(kept.map(({ path }) => path)).toEqual([`releases/${release.releaseId}/power.json`]);
    expect(JSON.parse(kept[0]?.content ?? '')).toMatchObject({
      schema: 'headgate.power/v1',
      source: 'as configured',
      traffic: { perSecond: 20, errors: 0.005, slow: 0.01 },
    });
    const files = (await ports.ledger.release(release.releaseId))?.files.map(({ ref }) => ref);
    expect(files).toEqual([`releases/${release.releaseId}/power.json`]);
    expect(await trailOf(ports)).toContainEqual(
      expect.stringMatching(/^PowerReport: a healthy release is through by its deadlines with \d+ %/),
    );
  });

  it('is not asked where nobody says what comes', async () => {
    const { ports, kept } = await atHand({});
    await foresee(ports, documentOf(halfAtOnce));
    expect(kept).toEqual([]);
  });

  it('refuses the release where policy says so, and the reason lies beside it', async () => {
    const { ports, kept } = await atHand({ traffic: quiet });
    const document = documentOf({ ...halfAtOnce, power: 'refuse' });
    await expect(foresee(ports, document)).rejects.toMatchObject({
      name: 'PolicyInvalid',
      message: expect.stringMatching(/errors at 50 %: .*deadline of/),
    });
    expect(kept).toHaveLength(1);
    await foresee(ports, { ...document, mode: 'observe' });
    await foresee(ports, documentOf(halfAtOnce));
  });

  it('is measured over the last whole hour, where that is wanted', async () => {
    const asked: RequestQuestion[] = [];
    const { ports, kept } = await atHand(
      { measureTraffic: true },
      {
        ask: async (question) => {
          asked.push(question);
          return 'q1';
        },
        answer: async (_, question) => anHour(question),
      },
    );
    await foresee(ports, documentOf(halfAtOnce));
    expect(asked).toMatchObject([
      {
        table: 'prod.serving.callers',
        baseline: 'fraud-1',
        from: now - minutes(63),
        until: now - minutes(3),
      },
    ]);
    expect(JSON.parse(kept[0]?.content ?? '')).toMatchObject({
      source: 'measured over the hour before the release',
      traffic: { perSecond: 20, errors: 0.0051, clientErrors: 0.02, throttled: 0.01, slow: 0.02 },
    });
  });

  it('measures quantiles where a gate compares latencies', async () => {
    const { ports, kept } = await atHand(
      { measureTraffic: true },
      {
        ask: async () => 'q1',
        answer: async (_, question) =>
          anHour(question).map((window) => ({
            ...window,
            baseline: {
              requests: 100,
              errors: 0,
              latencyMs: { le: [40, 50, 110, 120, null], n: [30, 20, 30, 15, 5] },
            },
          })),
      },
    );
    const gates: PolicyInput['gates'] = [{ name: 'drift', kind: 'latency-drift' }];
    await foresee(ports, documentOf({ ...halfAtOnce, gates }));
    expect(JSON.parse(kept[0]?.content ?? '')).toMatchObject({ traffic: { p50Ms: 50, p95Ms: 120 } });
  });

  it.each([
    ['has no requests', async () => [], /there was none in the last hour/],
    ['has not answered yet', async () => 'running' as const, /the warehouse did not answer at once/],
    [
      'cannot be asked',
      async () => {
        throw new ReleaseError('DatabricksThrottled', 'statements: 429');
      },
      /DatabricksThrottled: statements: 429/,
    ],
  ])('is taken from the configuration where the log %s, and that is told', async (_, answer, says) => {
    const cancelled: string[] = [];
    const { ports, kept } = await atHand(
      { measureTraffic: true, traffic: usual },
      {
        ask: async () => 'q1',
        answer,
        cancel: async (queryId) => {
          cancelled.push(queryId);
        },
      },
    );
    await foresee(ports, documentOf(halfAtOnce));
    expect(JSON.parse(kept[0]?.content ?? '')).toMatchObject({ source: 'as configured' });
    expect(await trailOf(ports)).toContainEqual(expect.stringMatching(says));
    expect(cancelled).toEqual(says.source.includes('at once') ? ['q1'] : []);
  });

  it('passes on what is no word of the workspace', async () => {
    const broken = async () => {
      throw new TypeError('broken');
    };
    const { ports } = await atHand({ measureTraffic: true }, { ask: broken });
    await expect(foresee(ports, documentOf(halfAtOnce))).rejects.toThrow(TypeError);
  });
});
