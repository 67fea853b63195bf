import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GoodConfiguration } from '../../src/app/ports/ledger.ts';
import type { Ports } from '../../src/app/ports/ports.ts';
import type { ObservedEndpoint } from '../../src/app/ports/workspace.ts';
import { releaseIdOf, requestRelease, startNext } from '../../src/app/start.ts';
import type { Intent } from '../../src/domain/release.ts';
import { instant } from '../../src/domain/units.ts';
import { environmentWith, portsAtHand } from './ports-at-hand.ts';

const now = instant(1_700_000_000_000);
const intents = fc.constantFrom<'release' | 'rollback'>('release', 'rollback');
const wish = (version: string) =>
  ({ named: 'fraud', version, intent: 'release', actor: 'ada', from: 'registry' }) as const;
const byPerson = (version: string) => ({ ...wish(version), from: 'person' }) as const;
const rollback = { ...byPerson(''), version: undefined, intent: 'rollback' } as const;
const good = (version: string): GoodConfiguration => ({
  configuration: { ref: `endpoints/good-${version}.json`, digest: 'b'.repeat(64), summary: '' },
  entity: `fraud-${version}`,
  version,
  verifiedAt: now,
});

const off = { enabled: false };

/** Ports with what a person's wish is asked against: an adopted endpoint, its configuration and a READY version. */
async function asked(): Promise<Ports> {
  const bare = environmentWith({
    stages: { test: off, evaluate: off, stage: off, verifyStaging: off, shadow: off },
  });
  const [name = '', fraud] = Object.entries(bare.endpoints)[0] ?? [];
  if (!fraud) throw new RangeError('The environment has no endpoint.');
  const environment = { ...bare, endpoints: { [name]: { ...fraud, hiddenFields: 'none' as const } } };
  const observe = async (): Promise<ObservedEndpoint> => ({
    endpoint: 'fraud-prod',
    configuration: {},
    configVersion: 1,
    entities: [],
    traffic: {},
    ready: true,
    update: 'none',
    pending: null,
    routeOptimised: false,
    fallbackOn: false,
    stopped: false,
  });
  const ports = portsAtHand({ now, environment, observe });
  await ports.ledger.adopt('fraud-prod', good('1'));
  const production = ports.workspace('production');
  const registry = {
    ...production.registry,
    version: async (model: string, version: string) => ({
      model,
      version,
      ready: true,
      readiness: 'READY',
      identity: '',
    }),
  };
  return {
    ...ports,
    evidence: { ...ports.evidence, get: async () => '{}' },
    workspace: () => ({ ...production, registry }),
  };
}

const phases = async (ports: Ports) =>
  (await ports.ledger.releases()).map(({ version, phase, outcome }) =>
    outcome ? `${version} ${outcome.kind}` : `${version} ${phase}`,
  );

describe('the id of a release', () => {
  // StartExecution: 1 to 80 characters; letters, digits, - and _ are what works in every place an id goes to.
  it('is a name that an execution may have, whatever the endpoint and the version are called', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 600, size: 'max' }),
      fc.stringMatching(/^[a-z0-9. :/_-]{1,90}$/, { size: 'max' }),
    );
    fc.assert(
      fc.property(text, text, intents, fc.nat(), (endpoint, version, intent, generation) => {
        expect(releaseIdOf(endpoint, version, intent, generation)).toMatch(/^[A-Za-z0-9_-]{1,80}$/);
      }),
    );
  });

  it('is the same for the same wish, and another for any other', () => {
    const name = fc.stringMatching(/^[a-z0-9./ -]{1,80}$/);
    interface Wish {
      readonly endpoint: string;
      readonly version: string;
      readonly intent: Intent;
      readonly generation: number;
    }
    const aWish: fc.Arbitrary<Wish> = fc.record({
      endpoint: name,
      version: name,
      intent: intents,
      generation: fc.nat({ max: 9 }),
    });
    const idOf = ({ endpoint, version, intent, generation }: Wish) =>
      releaseIdOf(endpoint, version, intent, generation);
    fc.assert(
      fc.property(aWish, aWish, (a, b) => {
        expect(idOf(a)).toBe(idOf({ ...a }));
        expect(idOf(a) === idOf(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
    expect(releaseIdOf('fraud.prod', '2', 'release', 1)).not.toBe(
      releaseIdOf('fraud-prod', '2', 'release', 1),
    );
    expect(releaseIdOf('x'.repeat(60), '2', 'release', 1)).not.toBe(
      releaseIdOf('x'.repeat(60), '3', 'release', 1),
    );
  });
});

describe('the one door to a release', () => {
  it('starts the same news once', async () => {
    const ports = portsAtHand({ now });
    const first = await requestRelease(ports, wish('2'));
    const second = await requestRelease(ports, wish('2'));
    expect([first.began, second.began]).toEqual(['started', 'duplicate']);
    expect(second.record.releaseId).toBe(first.record.releaseId);
    expect(await phases(ports)).toEqual(['2 running']);
  });

  it('queues a version behind one that is in release, and starts it when that is over', async () => {
    const executions = new Map<string, 'running' | 'failed'>();
    const ports = portsAtHand({ now, executions });
    const first = await requestRelease(ports, wish('2'));
    expect((await requestRelease(ports, wish('3'))).began).toBe('queued');
    await startNext(ports, 'fraud-prod');
    expect(await phases(ports)).toEqual(['2 running', '3 queued']);
    await ports.ledger.endRelease(first.record.releaseId, { kind: 'rejected', says: 'no' }, now);
    await startNext(ports, 'fraud-prod');
    await startNext(ports, 'fraud-prod');
    expect(await phases(ports)).toEqual(['2 rejected', '3 running']);
    expect(executions.size).toBe(2);
  });

  it('counts a person asking again as another attempt only once the earlier one has ended', async () => {
    const ports = await asked();
    const first = await requestRelease(ports, byPerson('2'));
    expect((await requestRelease(ports, byPerson('2'))).began).toBe('duplicate');
    await ports.ledger.endRelease(first.record.releaseId, { kind: 'rejected', says: 'no' }, now);
    expect((await requestRelease(ports, wish('2'))).began).toBe('duplicate');
    const again = await requestRelease(ports, byPerson('2'));
    expect([again.began, again.record.generation]).toEqual(['started', 2]);
  });

  it('lets a newer version supersede where policy says so', async () => {
    const ports = portsAtHand({ now, environment: environmentWith({ onNewVersion: 'supersede' }) });
    const first = await requestRelease(ports, wish('2'));
    await requestRelease(ports, wish('3'));
    await requestRelease(ports, wish('4'));
    expect(await phases(ports)).toEqual(['2 running', '3 superseded', '4 queued']);
    const commands = await ports.ledger.commands(first.record.releaseId);
    expect(commands.map(({ kind, phase }) => `${kind} ${phase}`)).toEqual([
      'supersede pending',
      'supersede pending',
    ]);
  });

  it.each([
    [{ ...wish('2'), named: 'churn' }, 'UnknownEndpoint'],
    [{ ...wish('2'), version: undefined }, 'UnknownModelVersion'],
  ] as const)('refuses what it cannot know and leaves no trace', async (asked, name) => {
    const ports = portsAtHand({ now });
    await expect(requestRelease(ports, asked)).rejects.toMatchObject({ name });
    expect(await ports.ledger.releases()).toEqual([]);
    expect(await ports.ledger.auditTrail()).toEqual([]);
  });

  it('does not take an execution that the engine does not show yet for one that is over', async () => {
    // Step Functions: a description may be older than the start that was answered.
    const executions = new Map<string, 'running' | 'failed'>();
    const bare = portsAtHand({ now, executions });
    let shown = false;
    const ports: Ports = {
      ...bare,
      machine: { ...bare.machine, phase: async (arn) => (shown ? bare.machine.phase(arn) : 'unknown') },
    };
    const { record } = await requestRelease(ports, wish('2'));
    await startNext(ports, 'fraud-prod');
    expect(await phases(ports)).toEqual(['2 running']);
    shown = true;
    await startNext(ports, 'fraud-prod');
    expect(await phases(ports)).toEqual(['2 running']);
    expect([...executions.keys()]).toEqual([record.releaseId]);
  });

  it('starts an execution again that the engine has lost, as the same one', async () => {
    const executions = new Map<string, 'running' | 'failed'>();
    const ports = portsAtHand({ now, executions });
    const { record } = await requestRelease(ports, wish('2'));
    executions.clear();
    await startNext(ports, 'fraud-prod');
    expect([...executions]).toEqual([[record.releaseId, 'running']]);
    expect(await phases(ports)).toEqual(['2 running']);
  });

  it('ends the record of an execution that was over before it owned anything', async () => {
    const executions = new Map([[releaseIdOf('fraud-prod', '2', 'release', 1), 'failed' as const]]);
    const ports = portsAtHand({ now, executions });
    await requestRelease(ports, wish('2'));
    expect(await phases(ports)).toEqual(['2 rejected']);
  });
});

describe('the one door, entered by several at once', () => {
  const superseding = () => portsAtHand({ now, environment: environmentWith({ onNewVersion: 'supersede' }) });
  const added = (ports: Ports, version: string) =>
    ports.ledger.addRelease({
      releaseId: releaseIdOf('fraud-prod', version, 'release', 1),
      endpoint: 'fraud-prod',
      model: 'main.ml.fraud',
      version,
      intent: 'release',
      generation: 1,
      requestedBy: 'mlflow',
      requestedAt: now,
    });

  it('does not start the next version beside one that another process starts meanwhile', async () => {
    const executions = new Map<string, 'running' | 'failed'>();
    const ports = portsAtHand({ now, executions });
    for (const version of ['2', '3']) await added(ports, version);
    let others = 1;
    const raced: Ports = {
      ...ports,
      ledger: {
        ...ports.ledger,
        releases: async (filter) => {
          const found = await ports.ledger.releases(filter);
          if (others-- > 0) await startNext(ports, 'fraud-prod');
          return found;
        },
      },
    };
    await startNext(raced, 'fraud-prod');
    expect(await phases(ports)).toEqual(['2 running', '3 queued']);
    expect(executions.size).toBe(1);
  });

  it('lets the newer of two versions supersede the older, and never both each other', async () => {
    const ports = superseding();
    let arrived = 0;
    const { promise: both, resolve } = Promise.withResolvers<void>();
    const meeting: Ports = {
      ...ports,
      ledger: {
        ...ports.ledger,
        addRelease: async (release) => {
          const answer = await ports.ledger.addRelease(release);
          arrived += 1;
          if (arrived === 2) resolve();
          await both;
          return answer;
        },
      },
    };
    await Promise.all([requestRelease(meeting, wish('2')), requestRelease(meeting, wish('3'))]);
    const found = await phases(ports);
    expect(found.filter((one) => one.endsWith('superseded')).length).toBeLessThan(2);
    expect(found).toContain('3 running');
  });

  it('makes up for what an attempt that died had still to do: the older version is superseded', async () => {
    const ports = superseding();
    const first = await requestRelease(ports, wish('2'));
    const dying: Ports = {
      ...ports,
      ledger: { ...ports.ledger, audit: async () => Promise.reject(new Error('the process ended')) },
    };
    await expect(requestRelease(dying, wish('3'))).rejects.toThrow('the process ended');
    expect((await requestRelease(ports, wish('3'))).began).toBe('duplicate');
    expect((await ports.ledger.commands(first.record.releaseId)).map(({ kind }) => kind)).toEqual([
      'supersede',
    ]);
  });
});

describe('a rollback', () => {
  it('is refused beside a release in flight, which is to be told instead', async () => {
    const ports = await asked();
    const { record } = await requestRelease(ports, wish('2'));
    await expect(requestRelease(ports, rollback)).rejects.toMatchObject({
      name: 'CommandRejected',
      message: expect.stringContaining(record.releaseId),
    });
  });

  it('is an execution of its own to the good version before, where nothing is in flight', async () => {
    const ports = await asked();
    const { ledger } = ports;
    const owner = { releaseId: 'rel-x', executionArn: 'arn:x' };
    const lease = await ledger.claim('fraud-prod', owner, good('1'));
    const promoted = { kind: 'promoted', says: '' } as const;
    await ledger.close(lease, 'rel-x', promoted, now, { configuration: good('2'), by: 'promotion' });
    expect(await requestRelease(ports, rollback)).toMatchObject({
      began: 'started',
      record: { version: '1', intent: 'rollback' },
    });
  });
});
