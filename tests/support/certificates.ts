import type * as z from 'zod';
import { certify } from '../../src/app/certificate.ts';
import { digestOf, sha256 } from '../../src/app/digest.ts';
import { judge, type Snapshot } from '../../src/app/judge.ts';
import type { PlanDocument } from '../../src/app/plan-document.ts';
import type { CertificateDocument } from '../../src/contracts/certificate.ts';
import type { liveGate } from '../../src/contracts/gates.ts';
import { hours, instant, minutes } from '../../src/domain/units.ts';
import { documentOf } from '../app/ports-at-hand.ts';
import { Chance, start, windowsOf } from './certificate-evidence.ts';
import { random } from './random.ts';

/** Certificates as the controller writes them, of releases as they may come: gates and evidence of all kinds. */

export const gateKinds = [
  'errors',
  'client-errors',
  'throttled',
  'latency-slo',
  'latency-drift',
  'quality',
  'throughput',
  'threshold',
  'correlation',
  'sample-ratio',
] as const;

/** The text of a certificate, written by the controller's own `certify`. */
export async function certificateOf(document: PlanDocument, snapshot: Snapshot): Promise<string> {
  const written: string[] = [];
  const ports = {
    evidence: {
      put: async (ref: string, content: string, summary: string) => {
        written.push(content);
        return { ref, digest: sha256(content), summary };
      },
      get: async () => JSON.stringify(document),
    },
  };
  const reference = (ref: string, value: unknown) => ({ ref, digest: digestOf(value), summary: '' });
  await certify(
    ports,
    document.release,
    reference('plan.json', document),
    document,
    { reference: reference('snapshot.json', snapshot), content: snapshot },
    judge(document, snapshot),
  );
  return written.join();
}

export const parsed = (text: string): CertificateDocument => JSON.parse(text);

/** One certificate for each seed. @param size `small`: gates of all kinds and few windows, which hold little. */
export function anyCertificate(seed: number, size: 'usual' | 'small' = 'usual'): Promise<string> {
  const chance = new Chance(random(seed));
  const gates = (size === 'small' ? gateKinds : chance.some(gateKinds)).map((kind, index) =>
    gateOf(chance, kind, `gate-${index}`),
  );
  const shares = [chance.of(1, 5, 10), chance.of(25, 50), chance.of(60, 100)];
  const names = gates.map(({ name }) => name);
  const document = documentOf({
    gates,
    strategy: {
      kind: 'canary',
      steps: shares.map((candidate, index) => ({
        candidate,
        gates: index === shares.length - 1 ? names : chance.some(names),
        minBake: '1m',
        deadline: '5h',
      })),
    },
    soak: { span: '10m' },
    alphaRollback: 0.4,
    atDeadline: chance.of('rollback', 'hold'),
  });
  const all = windowsOf(chance, shares);
  const windows =
    size === 'small' ? all.slice(0, 5).map((one) => ({ ...one, pairs: (one.pairs ?? []).slice(0, 3) })) : all;
  const last = windows.at(-1);
  const step = (last?.step ?? 0) + chance.of(0, 0, 0, 1);
  const watermark = instant(last ? last.at + last.span : start);
  const at = watermark + minutes(2);
  const since = instant(at - chance.of(minutes(0.5), minutes(5), hours(6)));
  return certificateOf(document, {
    schema: 'headgate.snapshot/v1',
    releaseId: document.release.releaseId,
    step,
    since,
    deadline: since + hours(5),
    at,
    // Texts that a digest may stumble over.
    observation: { source: 'callers', queryId: 'q "1"\u2028\u007f\ud83d\ude00\ufffd', watermark, windows },
  });
}

type GateInput = z.input<typeof liveGate>;

function gateOf(chance: Chance, kind: (typeof gateKinds)[number], name: string): GateInput {
  const rate = () => chance.of(0.0005, 0.001, 0.01, 0.05);
  const common = {
    name,
    alphaRollback: chance.of(0.0001, 0.001, 0.03),
    alphaPromote: chance.of(0.01, 0.05, 0.3),
  };
  const toleratedRatio = chance.of(1, 1.1, 2);
  const quantile = chance.of(0.5, 0.9, 0.95, 0.995);
  const metric = chance.of('10', 'f1');
  switch (kind) {
    case 'errors':
    case 'client-errors':
    case 'throttled': {
      const harmfulRatio = chance.of(undefined, 1.5, 3);
      return { ...common, kind, toleratedRatio, harmfulRatio, floor: rate(), ceiling: rate() };
    }
    case 'latency-slo':
      return { ...common, kind, sloMs: chance.of(50, 55, 100, 400), quantile, toleratedRatio };
    case 'latency-drift':
      return {
        ...common,
        kind,
        quantile,
        marginMs: chance.of(5, 50, 50),
        harmfulMs: chance.of(undefined, 80),
      };
    case 'quality':
      return {
        ...common,
        kind,
        metric,
        margin: chance.of(0.02, 0.1),
        pairing: chance.of('paired', 'unpaired'),
      };
    case 'throughput':
      return { ...common, kind, toleratedDrop: chance.of(0.05, 0.1), harmfulDrop: chance.of(0.3, 0.9) };
    case 'threshold': {
      const [min, max] = chance.of([0.2, undefined], [undefined, 0.3], [0.1, 0.5]);
      return {
        ...common,
        kind,
        metric: chance.of('auc', 'refusals'),
        min,
        max,
        looks: chance.of('one', 'sequential'),
      };
    }
    case 'correlation':
      return { ...common, kind, metric, min: chance.of(-0.5, 0.5, 0.9) };
    case 'sample-ratio':
      return { ...common, kind };
  }
}
