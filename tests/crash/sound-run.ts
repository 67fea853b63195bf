import type { Seen, Served } from './seen.ts';

/** What a run leaves behind in which one good version was promoted, another aborted at 10 %, and one alert came in. */
export function sound() {
  const entity = (version: string) => ({
    name: `score1-${version}`,
    entity_name: 'prod.ml.score1',
    entity_version: version,
  });
  const configured = {
    served_entities: [entity('2')],
    traffic_config: { routes: [{ served_entity_name: 'score1-2', traffic_percentage: 100 }] },
  };
  const split = (at: number, configVersion: number, shares: Readonly<Record<string, number>>) => ({
    at,
    configVersion,
    routes: Object.entries(shares).map(([entityVersion, percentage]) => ({
      servedEntity: `score1-${entityVersion}`,
      entityName: 'prod.ml.score1',
      entityVersion,
      percentage,
    })),
  });
  const release = (version: string, kind: string, endedAt: number) => ({
    releaseId: `rel-${version}`,
    endpoint: 'score-1',
    version,
    intent: 'release',
    phase: 'ended',
    endedAt,
    outcome: { kind, says: 'said why' },
  });
  const line = (seq: number, action: string, releaseId: string, onceId: string | null = null) => ({
    seq,
    onceId,
    entry: { action, says: action, releaseId },
  });
  const news = (version: string) => ({
    source: 'mlflow',
    deliveryId: `news-${version}`,
    event: { type: 'ModelVersionRegistered', data: { model: 'score1', version } },
    published: 1,
  });
  const alert = {
    source: 'monte-carlo',
    deliveryId: null,
    event: { type: 'DataAlertRaised', data: { incidentId: 'incident-1' } },
    published: 1,
  };
  const served = {
    endpoint: 'score-1',
    activations: [
      split(0, 1, { 1: 100 }),
      split(1_000_000, 2, { 1: 90, 2: 10 }),
      split(1_100_000, 3, { 1: 50, 2: 50 }),
      split(1_200_000, 4, { 1: 0, 2: 100 }),
      split(1_300_000, 5, { 2: 100 }),
      split(2_000_000, 6, { 2: 90, 3: 10 }),
      split(2_200_000, 7, { 2: 100 }),
    ],
    configuration: { ...configured, config_version: 7 } as Record<string, unknown>,
    good: configured as unknown,
    champion: '2',
  };
  const good = {
    entity: 'score1-2',
    version: '2',
    configuration: { ref: 'good-2.json', digest: 'd' },
  };
  return {
    promises: {
      deliveries: [
        { source: 'mlflow', deliveryId: 'news-2', endpoint: 'score-1', version: '2', outcome: 'accepted' },
        { source: 'monte-carlo', endpoint: 'score-1', incident: 'incident-1', outcome: 'accepted' },
      ],
      commands: [{ commandId: 'abort-1', releaseId: 'rel-3', kind: 'abort', withdrawn: false }],
      starts: ['rel-3'],
      versions: new Map([
        [
          'score-1',
          new Map([
            ['2', 'good'],
            ['3', 'late'],
          ]),
        ],
      ]),
    },
    ledger: {
      endpoints: [{ endpoint: 'score-1', phase: 'closed', lastGood: good }],
      releases: [release('2', 'promoted', 1_400_000), release('3', 'rolledBack', 2_300_000)],
      waits: [{ releaseId: 'rel-2', state: 'Bake', phase: 'closed' }],
      commands: [
        {
          commandId: 'abort-1',
          releaseId: 'rel-3',
          kind: 'abort',
          at: 2_050_000,
          phase: 'applied',
          says: 'obeyed',
        },
      ],
      deliveries: [news('2'), news('3'), alert],
      quarantine: [{ quarantineId: 'alert/incident-1/anomaly' }],
      audit: [
        line(1, 'Conclude', 'rel-2'),
        line(2, 'CommandAccepted', 'rel-3', 'rel-3/CommandAccepted/abort-1'),
        line(3, 'Conclude', 'rel-3'),
      ],
    },
    executions: [{ name: 'rel-2', status: 'SUCCEEDED' }],
    served: [served],
    integrity: ['ok', 'ok'],
  } satisfies Seen & { served: [Served] };
}
