import * as z from 'zod';

/** Durations are virtual milliseconds, drawn uniformly from [min, max]. */
const range = z.strictObject({ min: z.number().nonnegative(), max: z.number().nonnegative() });
const share = z.number().min(0).max(1);
const rawObject = z.record(z.string(), z.unknown());

const latency = z.strictObject({
  median: z.number().positive(),
  /** Standard deviation of the logarithm: 0.5 puts the 99th percentile at 3.2 medians. */
  sigma: z.number().nonnegative(),
});

/** What a job returns from its last task, or how it fails. */
export const jobOutcomeSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('succeeds'),
    checks: z.array(rawObject).default([]),
    metrics: z.array(rawObject).default([]),
  }),
  /** Any text at all in place of the result document. */
  z.strictObject({ kind: z.literal('returns'), text: z.string() }),
  z.strictObject({
    kind: z.literal('fails'),
    message: z.string().default('Workload failed, see run output for details.'),
  }),
]);

const behaviourChange = z.strictObject({
  /** Applies from this age on, counted from the entity's first traffic. */
  afterMs: z.number().nonnegative().default(0),
  /** Applies only while the entity's share is at least this. */
  fromPercent: z.number().min(0).max(100).default(0),
  errorRate: share.optional(),
  latencyMs: latency.optional(),
  quality: share.optional(),
});

export const behaviourSchema = z.strictObject({
  errorRate: share.default(0),
  /** What a failing request answers. A model's own exception is a 4xx, a crash is a 5xx; 0 is no answer at all. */
  errorStatus: z.union([z.literal(0), z.number().int().min(400).max(599)]).default(500),
  latencyMs: latency.default({ median: 50, sigma: 0.5 }),
  /** Share of right answers among the successful ones. */
  quality: share.default(0.95),
  /** The last change that applies wins. */
  changes: z.array(behaviourChange).default([]),
  /** Per job name, instead of what the job's own profile says. */
  jobs: z.record(z.string(), jobOutcomeSchema).default({}),
});

export const versionSchema = z.strictObject({
  status: z.enum(['READY', 'PENDING_REGISTRATION', 'FAILED_REGISTRATION']).default('READY'),
  comment: z.string().optional(),
  tags: z.record(z.string(), z.string()).default({}),
  runId: z.string().optional(),
  source: z.string().optional(),
  behaviour: behaviourSchema.default(() => behaviourSchema.parse({})),
  /** Tells a receiver about the version the way an MLflow server does. */
  webhook: z
    .strictObject({ url: z.url(), secret: z.string().min(1), name: z.string().optional() })
    .optional(),
});

const trafficSchema = z.strictObject({
  /** Requests per second, on average over the day. */
  perSecond: z.number().positive(),
  /** rate(t) = perSecond * (1 + amplitude * cos(2 pi (hour - peakHour) / 24)), hours in UTC. */
  diurnal: z.strictObject({ amplitude: share, peakHour: z.number().min(0).max(24) }).optional(),
  /** So many clients, each of whose requests all meet the same arm; without it each request meets its own. */
  stickyClients: z.number().int().positive().optional(),
});

type DecideOutcome = (model: string, version: string) => z.input<typeof jobOutcomeSchema>;

const jobSchema = z.strictObject({
  jobId: z.number().int().positive(),
  name: z.string(),
  duration: range.default({ min: 60_000, max: 180_000 }),
  tasks: z.array(z.string()).nonempty().default(['report']),
  outcome: z.custom<DecideOutcome>((value) => typeof value === 'function', 'a function').optional(),
});

const timingsSchema = z.strictObject({
  /** An update that deploys nothing: routes only, or an entity taken away. */
  trafficUpdate: range.default({ min: 20_000, max: 40_000 }),
  newEntity: range.default({ min: 480_000, max: 720_000 }),
  statement: range.default({ min: 300, max: 2_000 }),
  payloadDelay: range.default({ min: 30_000, max: 300_000 }),
  jobQueue: range.default({ min: 2_000, max: 10_000 }),
});

export const profileSchema = z.strictObject({
  name: z.string(),
  workspaceId: z.string().default('7405605519549535'),
  /** Where the callers' own log `caller_requests` lives. */
  catalog: z.string().default('prod'),
  schema: z.string().default('serving'),
  principal: z.string().default('headgate-service-principal'),
  models: z
    .array(
      z.strictObject({
        name: z.string(),
        aliases: z.record(z.string(), z.number().int().positive()).default({}),
        tags: z.record(z.string(), z.string()).default({}),
        versions: z.array(versionSchema).default([]),
      }),
    )
    .default([]),
  endpoints: z
    .array(
      z.strictObject({
        /** The body of a create call. Members that the real API has never had are kept and echoed. */
        body: rawObject,
        traffic: trafficSchema.optional(),
      }),
    )
    .default([]),
  jobs: z.array(jobSchema).default([]),
  warehouses: z.array(z.string()).default(['0123456789abcdef']),
  timings: timingsSchema.default(() => timingsSchema.parse({})),
  /** Answers that never reach a payload table (the real one may leave out 401, 403, 429 and 500). */
  payloadOmits: z.array(z.number().int()).default([]),
  servingUpdateLimit: z
    .strictObject({ count: z.number().int().positive(), perMs: z.number().positive() })
    .default({ count: 50, perMs: 300_000 }),
  jobLimitsPerSecond: z
    .strictObject({
      runNow: z.number().int().positive().default(20),
      get: z.number().int().positive().default(100),
      getOutput: z.number().int().positive().default(20),
      cancel: z.number().int().positive().default(10),
    })
    .default({ runNow: 20, get: 100, getOutput: 20, cancel: 10 }),
});

export type WorkspaceProfile = z.input<typeof profileSchema>;
export type Profile = z.output<typeof profileSchema>;
export type Behaviour = z.output<typeof behaviourSchema>;
/** A version to register: everything is optional. */
export type BehaviourAndMetadata = z.input<typeof versionSchema>;
export type VersionToRegister = z.output<typeof versionSchema>;
export type JobProfile = z.output<typeof jobSchema>;
export type JobOutcome = z.output<typeof jobOutcomeSchema>;
export type TrafficProfile = z.output<typeof trafficSchema>;
