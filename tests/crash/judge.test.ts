import { describe, expect, it } from 'vitest';
import { judge, type Violation } from './judge.ts';
import { sound } from './sound-run.ts';

type Left = ReturnType<typeof sound>;

const first = <T>(items: readonly T[]): T => {
  const [found] = items;
  if (found === undefined) throw new RangeError('The sound run has at least one of each.');
  return found;
};
const activate = (left: Left, at: number, shares: readonly [string, number][]) =>
  first(left.served).activations.push({
    at,
    configVersion: 99,
    routes: shares.map(([entityVersion, percentage]) => ({
      servedEntity: `score1-${entityVersion}`,
      entityName: 'prod.ml.score1',
      entityVersion,
      percentage,
    })),
  });

const aboutAlert = (action: string) => ({
  seq: 4,
  onceId: null,
  entry: { action, says: 'incident incident-1: why', releaseId: 'rel-3' },
});

const spoiled: readonly (readonly [string, Violation['rule'], (left: Left) => void])[] = [
  ['an acknowledged delivery is gone', 'delivery-lost', (left) => left.ledger.deliveries.shift()],
  ['an acknowledged alert is gone', 'delivery-lost', (left) => left.ledger.deliveries.pop()],
  [
    'an acknowledged version has no release',
    'delivery-without-effect',
    (left) => left.ledger.releases.shift(),
  ],
  [
    'an alert is neither a command nor kept for people',
    'delivery-without-effect',
    (left) => left.ledger.quarantine.pop(),
  ],
  [
    'an alert was only accepted',
    'delivery-without-effect',
    (left) => {
      left.ledger.quarantine.pop();
      left.ledger.audit.push(aboutAlert('DeliveryAccepted'));
    },
  ],
  [
    'an event was never published',
    'delivery-without-effect',
    (left) => Object.assign(first(left.ledger.deliveries), { published: 0 }),
  ],
  ['an accepted command is gone', 'command-lost', (left) => left.ledger.commands.pop()],
  [
    'a command that only the trail knows is gone',
    'command-lost',
    (left) => {
      left.promises.commands.pop();
      left.ledger.commands.pop();
    },
  ],
  [
    'a command is pending for ever',
    'command-unsettled',
    (left) => Object.assign(first(left.ledger.commands), { phase: 'pending' }),
  ],
  ['a start that was answered is gone', 'start-lost', (left) => left.promises.starts.push('rel-4')],
  [
    'a release runs for ever',
    'release-unended',
    (left) => Object.assign(first(left.ledger.releases), { phase: 'running', outcome: null }),
  ],
  [
    'a release is concluded twice',
    'release-ended-twice',
    (left) => left.ledger.audit.push({ ...first(left.ledger.audit), seq: 4 }),
  ],
  [
    'an execution runs for ever',
    'execution-unended',
    (left) => Object.assign(first(left.executions), { status: 'RUNNING' }),
  ],
  [
    'a wait stays open',
    'wait-unclosed',
    (left) => Object.assign(first(left.ledger.waits), { phase: 'decided' }),
  ],
  [
    'an endpoint stays owned',
    'endpoint-unclosed',
    (left) => Object.assign(first(left.ledger.endpoints), { phase: 'restoring' }),
  ],
  ['a line of the trail is gone', 'trail-gap', (left) => left.ledger.audit.splice(1, 1)],
  ['the first line of the trail is gone', 'trail-gap', (left) => left.ledger.audit.shift()],
  ['a store is broken', 'store-broken', (left) => left.integrity.splice(1, 1, 'malformed page')],
  [
    'another version serves than the last good one',
    'not-last-good',
    (left) => activate(left, 2_300_000, [['3', 100]]),
  ],
  [
    'a field of the configuration is lost',
    'not-last-good',
    (left) => Object.assign(first(left.served).configuration, { served_entities: [] }),
  ],
  [
    'a field of the configuration came in',
    'not-last-good',
    (left) => Object.assign(first(left.served).configuration, { capture_note: 'ours' }),
  ],
  [
    'the ledger calls good what did not succeed last',
    'not-last-good',
    (left) => Object.assign(first(left.ledger.releases), { version: '1' }),
  ],
  [
    'the alias names a version that is not good',
    'alias-astray',
    (left) => Object.assign(first(left.served), { champion: '3' }),
  ],
  [
    'a share is no step of the policy',
    'traffic-not-allowed',
    (left) =>
      activate(left, 2_010_000, [
        ['2', 63],
        ['3', 37],
      ]),
  ],
  ['shares do not sum to 100', 'traffic-not-allowed', (left) => activate(left, 2_010_000, [['3', 10]])],
  [
    'three versions have traffic',
    'traffic-not-allowed',
    (left) =>
      activate(left, 2_010_000, [
        ['1', 40],
        ['2', 50],
        ['3', 10],
      ]),
  ],
  [
    'a version serves that was never in release',
    'traffic-not-allowed',
    (left) =>
      activate(left, 2_010_000, [
        ['2', 90],
        ['7', 10],
      ]),
  ],
  [
    'a version that fails at 50 % gets all traffic',
    'traffic-not-allowed',
    (left) => activate(left, 2_010_000, [['3', 100]]),
  ],
  [
    'a release rises after its abort was accepted',
    'risen-after-stop',
    (left) => {
      first(left.served).activations.splice(6, 0, {
        ...first(left.served.map((one) => one.activations[5] ?? first(one.activations))),
        at: 2_150_000,
        routes: [
          { servedEntity: 'score1-2', entityName: 'prod.ml.score1', entityVersion: '2', percentage: 50 },
          { servedEntity: 'score1-3', entityName: 'prod.ml.score1', entityVersion: '3', percentage: 50 },
        ],
      });
    },
  ],
];

describe('the judge of a crash run', () => {
  it('finds nothing in a run that kept its promises', () => {
    expect(judge(sound())).toEqual([]);
  });

  it('takes an alert that was answered with a reason for one that had its effect', () => {
    const left = sound();
    left.ledger.quarantine.pop();
    left.ledger.audit.push(aboutAlert('AlertAnswered'));
    expect(judge(left)).toEqual([]);
  });

  it.each(spoiled)('finds that %s', (_what, rule, spoil) => {
    const left = sound();
    spoil(left);
    expect(judge(left).map((found) => found.rule)).toContain(rule);
  });
});
