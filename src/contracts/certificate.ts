import * as z from 'zod';
import { leastShare } from '../domain/evidence.ts';
import { instant, millis } from '../domain/units.ts';
import { releaseIdentity } from './variables.ts';

/** `headgate.certificate/v1`, as docs/certificate.md specifies it. Strict: a field that nobody verifies proves nothing. */

const count = z.int().min(0);
const time = z.number().min(0).transform(instant);
const part = z.number().gt(0).lt(1);
const score = z.number().min(0).max(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 digest has 64 hexadecimal digits');
const reference = z.strictObject({ ref: z.string().min(1), digest: sha256 });

const common = { name: z.string().min(1), alphaRollback: part, alphaPromote: part };
const events = {
  toleratedRatio: z.number().gt(0),
  harmfulRatio: z.number().gt(1).optional(),
  floor: part,
  ceiling: part,
};
const spec = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('errors'), ...events }),
  z.strictObject({ ...common, kind: z.literal('client-errors'), ...events }),
  z.strictObject({ ...common, kind: z.literal('throttled'), ...events }),
  z.strictObject({
    ...common,
    kind: z.literal('latency-slo'),
    sloMs: z.number().gt(0),
    quantile: part,
    toleratedRatio: z.number().gt(0),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('latency-drift'),
    quantile: part,
    marginMs: z.number().gt(0),
    harmfulMs: z.number().gt(0),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('quality'),
    metric: z.string(),
    margin: z.number().min(0).lt(1),
    pairing: z.enum(['paired', 'unpaired']),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('throughput'),
    toleratedDrop: z.number().min(0).lt(1),
    harmfulDrop: part,
  }),
  z
    .strictObject({
      ...common,
      kind: z.literal('threshold'),
      metric: z.string(),
      min: z.number().optional(),
      max: z.number().optional(),
      looks: z.enum(['one', 'sequential']),
    })
    .refine(({ min, max }) => min !== undefined || max !== undefined, 'a threshold has min, max or both')
    .refine(
      ({ min = 0.5, max = 0.5, looks }) =>
        looks === 'one' || [min, max].every((rate) => rate > 0 && rate < 1),
      'sequential bounds lie between 0 and 1',
    ),
  z.strictObject({
    ...common,
    kind: z.literal('correlation'),
    metric: z.string(),
    min: z.number().gt(-1).lt(1),
  }),
  z.strictObject({ ...common, kind: z.literal('sample-ratio') }),
]);

const histogram = z
  .strictObject({ le: z.array(z.number().nullable()).min(1), n: z.array(count) })
  .refine(({ le, n }) => le.length === n.length, 'as many counts as edges')
  .refine(({ le }) => le.at(-1) === null && rises(le.slice(0, -1)), 'edges rise, and the last one is null');
const scoreSums = z.strictObject({ n: count, sum: z.number().min(0), sumOfSquares: z.number().min(0) });
const side = z
  .strictObject({
    requests: count,
    errors: count,
    clientErrors: count.exactOptional(),
    throttled: count.exactOptional(),
    latencyMs: histogram.exactOptional(),
    scores: z.record(z.string(), scoreSums).exactOptional(),
  })
  .refine(({ requests, errors }) => errors <= requests, 'has more errors than requests')
  .refine(({ requests, clientErrors = 0 }) => clientErrors <= requests, 'has more clientErrors than requests')
  .refine(
    ({ requests, latencyMs }) => (latencyMs?.n ?? []).reduce((sum, n) => sum + n, 0) <= requests,
    'has more requests in latencyMs than there were',
  );

const window = z.strictObject({
  at: time,
  span: z.int().gt(0).transform(millis),
  step: count,
  share: z.number().min(leastShare).max(1).exactOptional(),
  baseline: side.nullable(),
  candidate: side.nullable(),
  missing: count.exactOptional(),
  pairs: z
    .array(z.strictObject({ metric: z.string(), baseline: score, candidate: score, input: z.string() }))
    .exactOptional(),
  readings: z
    .array(
      z.strictObject({
        name: z.string(),
        value: z.number(),
        n: count.exactOptional(),
        interval: z.tuple([z.number(), z.number()]).exactOptional(),
        baseline: z.number().exactOptional(),
      }),
    )
    .exactOptional(),
});

const account = z.strictObject({ logE: z.number(), bound: z.number() });
const measured = z.record(z.string(), z.number().nullable());
const finding = z.strictObject({
  gate: z.string(),
  kind: z.string(),
  verdict: z.enum(['pass', 'fail', 'undecided']),
  against: account,
  for: account,
  observed: z
    .object({ baseline: measured, candidate: measured })
    .catchall(z.union([measured, z.number(), z.null()])),
  interval: z.strictObject({ low: z.number(), high: z.number() }).nullable(),
  missing: z.strictObject({ what: z.string(), etaS: z.number().nullable() }).nullable(),
});

export const certificateDocument = z.strictObject({
  schema: z.literal('headgate.certificate/v1'),
  release: releaseIdentity,
  plan: reference,
  snapshot: reference,
  artefactDigest: sha256,
  policyDigest: sha256,
  step: count,
  decidedAt: time,
  rule: z.strictObject({
    steps: z.int().min(1).max(1_000),
    since: time,
    deadline: time,
    minBake: z.number().min(0).transform(millis),
    soak: z.number().min(0).transform(millis),
    atDeadline: z.enum(['rollback', 'hold']),
  }),
  decision: z.strictObject({
    kind: z.enum(['advance', 'promote', 'retire', 'rollback', 'hold', 'wait']),
    says: z.string(),
  }),
  required: z.array(z.string()).min(1),
  specs: z
    .tuple([spec], spec)
    .refine(
      (specs) => new Set(specs.map(({ name }) => name)).size === specs.length,
      'gates have different names',
    )
    .refine(
      (specs) => specs.filter(({ kind }) => kind === 'sample-ratio').length <= 1,
      'one gate at most is of kind sample-ratio',
    ),
  gates: z.array(finding),
  observation: z.strictObject({
    source: z.enum(['probes', 'callers', 'payloadTable']),
    queryId: z.string(),
    watermark: time,
    windows: z.array(window),
  }),
  observationDigest: sha256,
});

export type CertificateDocument = z.output<typeof certificateDocument>;

function rises(edges: readonly (number | null)[]): boolean {
  return edges.every((edge, index) => edge !== null && (index === 0 || edge > (edges[index - 1] ?? edge)));
}
