import * as z from 'zod';
import { freezeWindows } from './freeze-windows.ts';
import { alpha, liveGate, name, usualAlphaRollback } from './gates.ts';
import { trafficSchema } from './traffic.ts';
import { workspaceRoles } from './workspace-roles.ts';

const durationUnits: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `10m`, `3h`, `2d`; read as milliseconds. */
export const duration = z
  .string()
  .regex(/^\d+(s|m|h|d)$/, 'a duration is a whole number with s, m, h or d, such as 10m')
  .transform((text) => Number(text.slice(0, -1)) * (durationUnits[text.slice(-1)] ?? Number.NaN))
  .meta({ examples: ['90s', '10m', '3h'] });

/** A whole number of seconds as it is written in a file: in the largest unit that divides it. @param ms milliseconds */
export function spellDuration(ms: number): string {
  const units = Object.entries(durationUnits).reverse();
  const [unit, length] = units.find(([, one]) => ms >= one && ms % one === 0) ?? ['s', 1_000];
  return `${ms / length}${unit}`;
}

/** A deadline that the state machine's constant time-outs leave room for. */
const within = (days: number) =>
  duration.refine(
    (ms) => ms <= days * 86_400_000,
    `at most ${days}d: the state machine's own time-out comes after it`,
  );
/** Below the ten days of a stage. */
const stageDeadline = within(9);
/** Below the thirty days of an approval or a hold. */
const humanDeadline = within(29);

/** What is added to a step's deadline: the state's ten days leave a day for it. */
const look = duration.refine((ms) => ms <= 6 * 3_600_000, 'at most 6h');

/** What the clock is divided or paced by. */
const span = duration.refine((ms) => ms > 0, 'must be longer than nothing');

const ucName = z
  .string()
  .regex(/^[^.\s]+\.[^.\s]+\.[^.\s]+$/, 'a Unity Catalog name has three parts: catalog.schema.object');
const share = z.int().min(1).max(100);

const timing = {
  minBake: stageDeadline
    .optional()
    .describe('The step lasts at least this long, however good the evidence (default 10m).'),
  deadline: stageDeadline.optional().describe('Undecided at this age, `atDeadline` decides (default 3h).'),
  gates: z.array(name).optional().describe('Gates that judge the step; all of the policy when absent.'),
};

const strategy = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('canary'),
    steps: z
      .array(z.strictObject({ candidate: share.describe('Share of traffic in percent.'), ...timing }))
      .min(1),
  }),
  z.strictObject({
    kind: z.literal('linear'),
    by: z.int().min(1).max(99),
    step: z.strictObject(timing).default({}),
  }),
  z.strictObject({ kind: z.literal('blueGreen'), step: z.strictObject(timing).default({}) }),
]);

const thresholdGate = z.strictObject({
  metric: z.string().min(1),
  min: z.number().optional(),
  max: z.number().optional(),
});

const stageSwitch = {
  enabled: z.boolean().default(true).describe('A stage that is off is recorded as skipped by policy.'),
  why: z.string().optional().describe('Recorded when the stage is off.'),
};
const stage = (deadline: string) =>
  z.strictObject({ ...stageSwitch, deadline: stageDeadline.prefault(deadline) }).prefault({});

const stages = z
  .strictObject({
    test: stage('2h'),
    evaluate: z
      .strictObject({
        ...stageSwitch,
        deadline: stageDeadline.prefault('4h'),
        thresholds: z.array(thresholdGate).default([]).describe('Bounds on metrics of the evaluation.'),
      })
      .prefault({}),
    assess: z.strictObject(stageSwitch).prefault({}),
    stage: stage('90m'),
    verifyStaging: stage('1h'),
    approve: z
      .strictObject({
        ...stageSwitch,
        deadline: humanDeadline.prefault('3d'),
        approvals: z.int().min(1).default(1).describe('How many different people must approve.'),
      })
      .prefault({}),
    warm: z.strictObject({ deadline: stageDeadline.prefault('90m') }).prefault({}),
    shadow: z
      .strictObject({
        ...stageSwitch,
        deadline: stageDeadline.prefault('1h'),
        pairs: z.int().min(1).default(300).describe('Requests sent to both sides.'),
        alpha: alpha
          .default(0.01)
          .describe('Chance that a candidate as good as the baseline is stopped here.'),
        toleratedRatio: z
          .number()
          .min(1)
          .default(1.1)
          .describe('Failure ratio that is still no reason to stop.'),
      })
      .prefault({}),
    retire: z.strictObject({ ...stageSwitch, deadline: stageDeadline.prefault('1h') }).prefault({}),
  })
  .prefault({});

export const policySchema = z.strictObject({
  strategy,
  gates: z.array(liveGate).describe('Gates that judge live traffic. A step without gates is refused.'),
  soak: z.strictObject({ span: stageDeadline.optional(), gates: z.array(name).optional() }).prefault({}),
  atDeadline: z.enum(['rollback', 'hold']).default('rollback'),
  alphaRollback: alpha
    .default(usualAlphaRollback)
    .describe('Per release, split over the gates that name none of their own.'),
  onNewVersion: z
    .enum(['queue', 'supersede'])
    .default('queue')
    .describe('What a second version does while the endpoint is in release.'),
  holdDeadline: humanDeadline.prefault('24h').describe('A hold that nobody ends becomes a rollback.'),
  freezeWindows,
  readiness: z
    .enum(['require', 'tell'])
    .default('require')
    .describe(
      'A baseline that could not take all traffic back at once: stops each increase, or is only told to people.',
    ),
  power: z
    .enum(['refuse', 'warn'])
    .default('warn')
    .describe('A gate that the known traffic cannot decide in its step: refuses the release, or is told.'),
  emergency: z
    .strictObject({
      approvals: z
        .int()
        .min(0)
        .default(1)
        .describe('How many different people must approve an emergency start; 0 for none.'),
    })
    .prefault({}),
  rollbackWindow: stageDeadline
    .prefault('24h')
    .describe('An alert this long after a promotion still rolls that release back.'),
  onDrift: z
    .enum(['hold', 'restore'])
    .default('hold')
    .describe(
      "What a change by hand of an endpoint that is not in release meets; `restore` undoes a person's doing.",
    ),
  escalateAfter: look
    .prefault('5m')
    .describe('A restore that is not observed by then is told to a person; it is tried on.'),
  evidence: z
    .strictObject({
      every: look.prefault('1m').describe('How often the judge looks.'),
      window: span.prefault('1m'),
      lag: look.prefault('2m').describe('A window is closed this long after its end.'),
      source: z.enum(['callers', 'payloadTable']).default('callers'),
      stickyClient: z
        .string()
        .regex(/^[^.\s/`]{1,255}$/, 'a column: no full stop, space, slash or quote')
        .optional()
        .describe(
          "Column of the callers' log that names the client, where all its requests go to one side: clients are counted, each once in a window.",
        ),
    })
    .refine(({ source, stickyClient }) => stickyClient === undefined || source === 'callers', {
      path: ['stickyClient'],
      message: "names a column of the callers' log: take it out, or set source: callers",
    })
    .prefault({}),
  stages,
});

const secretReference = z
  .string()
  .regex(
    /^(env|file|aws):.+$/,
    'a secret is named by reference: env:NAME, file:PATH or aws:SECRET-ID, never written here',
  );

const workspace = z.strictObject({
  host: z.url({ protocol: /^https?$/ }).describe('https://<workspace>; plain http only on this machine.'),
  credentials: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('oauth'), clientId: secretReference, clientSecret: secretReference }),
    z.strictObject({ kind: z.literal('pat'), token: secretReference }),
  ]),
});

const requestBody = z.record(z.string(), z.unknown());

const watched = {
  tables: z.array(z.string()).default([]),
  rules: z.array(z.string()).default([]),
};

export const endpointSchema = z.strictObject({
  model: ucName.describe('Unity Catalog name of the model.'),
  endpoint: name.describe('Serving endpoint in the target environment.'),
  policy: z.string().min(1),
  mode: z
    .enum(['act', 'observe'])
    .default('act')
    .describe(
      '`observe`: releases are judged and told at the shares that people set; no endpoint, staging or alias is written.',
    ),
  peakConcurrency: z
    .int()
    .positive()
    .optional()
    .describe(
      'Requests at once at the busiest time; the least provisioned concurrency of the baseline must reach it.',
    ),
  traffic: trafficSchema
    .optional()
    .describe(
      'What usually comes: by it a policy is looked through for gates that could not be decided in time.',
    ),
  measureTraffic: z
    .boolean()
    .default(false)
    .describe(
      'The log is asked for the hour before each release, and `traffic` used only where it does not answer.',
    ),
  warehouse: z.string().min(1).optional().describe('SQL warehouse that answers evidence queries.'),
  callers: ucName
    .optional()
    .describe("The callers' own request log: complete, with the served entity's name."),
  payloadTable: z
    .strictObject({
      name: ucName,
      complete: z
        .boolean()
        .describe('False when failed requests may be missing; then errors are not counted from it.'),
    })
    .optional(),
  scores: z
    .strictObject({
      pairs: ucName.optional().describe('Scores of both sides for the same inputs.'),
      readings: ucName.optional().describe('Metrics of results as they come in.'),
    })
    .optional()
    .describe('Tables that the gates quality, correlation and threshold read in live traffic.'),
  jobs: z
    .strictObject({ test: z.string(), evaluate: z.string(), verifyStaging: z.string() })
    .partial()
    .prefault({})
    .describe('Databricks job ids.'),
  stagingEndpoint: name.optional(),
  alias: z.string().min(1).optional().describe('Registry alias that follows promotion, moved last.'),
  hiddenFields: z
    .union([z.literal('none'), z.record(z.string(), z.unknown())])
    .optional()
    .describe('Entity fields that the workspace does not show (burst_scaling_enabled), or `none`.'),
  alerts: z
    .strictObject({
      ...watched,
      upstream: z
        .strictObject(watched)
        .prefault({})
        .describe('What feeds both versions: an alert there pauses a release, and blames no version.'),
    })
    .prefault({})
    .describe(
      "Monte Carlo tables and rule ids that judge the candidate's own doing: an alert there rolls back.",
    ),
  drill: z
    .strictObject({
      every: duration
        .refine((ms) => ms >= 3_600_000, 'at least 1h: a drill takes the endpoint for a while')
        .optional()
        .describe('How often a rollback is rehearsed; never by itself when absent.'),
      inProduction: z.boolean().default(false).describe('Drills may also be done in production.'),
    })
    .prefault({}),
  probes: z
    .strictObject({
      sideEffectFree: z
        .literal(true)
        .describe('Somebody vouches that these requests change nothing anywhere.'),
      requests: z.array(requestBody).min(1),
      perTick: z.int().min(1).max(100).default(30),
    })
    .optional(),
});

export const environmentSchema = z.strictObject({
  environment: z.enum(workspaceRoles),
  workspaces: z.partialRecord(z.enum(workspaceRoles), workspace),
  endpoints: z
    .record(z.string().min(1), endpointSchema)
    .describe('Registry name of a model -> where it serves.'),
  policies: z.record(z.string().min(1), policySchema),
  intake: z
    .strictObject({
      mlflow: z.strictObject({ secrets: z.array(secretReference).min(1) }).optional(),
      monteCarlo: z
        .strictObject({
          secrets: z.array(secretReference).min(1),
          api: z
            .strictObject({
              url: z.url({ protocol: /^https?$/ }).default('https://api.getmontecarlo.com/graphql'),
              keyId: secretReference,
              token: secretReference,
            })
            .optional()
            .describe('Where an alert is read again before a release is undone, and answered afterwards.'),
        })
        .optional(),
    })
    .prefault({}),
  tick: span.prefault('15s').describe('How often open waits are looked at.'),
});

/** The JSON schema of an environment file, for editors and for what we say about a file that does not follow it. */
export function environmentJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(environmentSchema, { io: 'input' });
}

export type Policy = z.output<typeof policySchema>;
export type EndpointConfig = z.output<typeof endpointSchema>;
export type EnvironmentConfig = z.output<typeof environmentSchema>;
export type WorkspaceConfig = z.output<typeof workspace>;
