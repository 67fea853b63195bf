import * as z from 'zod';

/** Names of gates, and of whatever else becomes a part of a path. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/, 'letters, digits, - and _, at most 63');
/** A chance of being wrong. */
export const alpha = z.number().gt(0).lt(0.5);

const share = z.number().gte(1e-6).lt(1);
const ratio = z.number().min(1).max(1000);
const metric = z.string().min(1).describe('Name of the metric, as the evidence calls it.');

const common = {
  name,
  alphaRollback: alpha.optional().describe('Chance that a healthy release is ever rolled back by this gate.'),
  alphaPromote: alpha
    .optional()
    .meta({ default: 0.05 })
    .describe('Chance that a version worse than the margin ever passes a step.'),
  alpha: alpha.optional().describe('Sets both chances; one that is named itself wins.'),
};

const events = {
  toleratedRatio: ratio.default(1.1).describe('Ratio to the baseline that is still no reason to roll back.'),
  harmfulRatio: z
    .number()
    .gt(1)
    .max(1000)
    .optional()
    .describe('Ratio that must be ruled out; when absent 3 below a share of 25 %, 2 from there.'),
  floor: share.default(0.001).describe('Rate below which nothing is rolled back.'),
  ceiling: share.default(0.01).describe('Rate below which the candidate is good in itself.'),
};

/** Gates that look at live requests. The union is where further kinds join. */
export const liveGate = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('errors'), ...events }),
  z.strictObject({ ...common, kind: z.literal('client-errors'), ...events }),
  z.strictObject({ ...common, kind: z.literal('throttled'), ...events }),
  z.strictObject({
    ...common,
    kind: z.literal('latency-slo'),
    sloMs: z.int().positive().describe('Requests above this are slow.'),
    quantile: share.default(0.95).describe('Share of requests that must be at or below `sloMs`.'),
    toleratedRatio: ratio
      .default(1.1)
      .describe("Ratio of slow requests to the baseline's that is tolerated."),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('latency-drift'),
    quantile: share.default(0.95).describe('Which latency is compared.'),
    marginMs: z.number().positive().default(5).describe('Slower by this is still no reason to roll back.'),
    harmfulMs: z
      .number()
      .positive()
      .optional()
      .describe('Slower by this must be ruled out; three times `marginMs` when absent.'),
    upToMs: z
      .int()
      .positive()
      .default(2000)
      .describe('Latencies above this are counted as one; in live evidence only.'),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('quality'),
    metric,
    margin: share.default(0.02).describe('Drop of the mean score that is still no reason to roll back.'),
    pairing: z
      .enum(['paired', 'unpaired'])
      .default('paired')
      .describe('`paired`: the same inputs on both sides; `unpaired`: scores of live requests.'),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('throughput'),
    toleratedDrop: z
      .number()
      .min(0.05)
      .max(0.99)
      .default(0.1)
      .describe(
        'Part of its due that the candidate may lack; less than 5 % cannot be told from a share that is a little off.',
      ),
    harmfulDrop: z
      .number()
      .gt(0)
      .max(0.99)
      .default(0.3)
      .describe('Part of its due whose lack must be ruled out.'),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('threshold'),
    metric,
    min: z.number().optional().describe('Least value that is good.'),
    max: z.number().optional().describe('Largest value that is good.'),
    looks: z
      .enum(['one', 'sequential'])
      .default('one')
      .describe(
        '`one`: each value is taken at its word, so the chances hold for one value in a release; `sequential`: a rate over samples, looked at again and again.',
      ),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('correlation'),
    metric,
    min: z.number().gt(-1).lt(1).describe('Least correlation that is good.'),
  }),
  z.strictObject({ ...common, kind: z.literal('sample-ratio') }),
]);

export type LiveGate = z.output<typeof liveGate>;

/** Of a release, split over the gates that name none of their own. */
export const usualAlphaRollback = 0.02;

/** `gates.yaml`: gates alone, for judging without a release. */
export const gatesFile = z.strictObject({
  gates: z.array(liveGate).min(1).describe('Gates that judge each series of observations.'),
});

/** The JSON schema of such a file, for editors and for what we say about a file that does not follow it. */
export function gatesJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(gatesFile, { io: 'input' });
}
