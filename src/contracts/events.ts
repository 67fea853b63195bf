import * as z from 'zod';

/** Our own envelope inside the bus's: its id survives forwarding, the bus's does not. */
const metadata = z.strictObject({
  eventId: z.string().min(1).max(128),
  at: z.iso.datetime(),
  source: z.string().min(1).max(64),
});

export const eventSource = 'headgate.intake';

export const modelVersionRegistered = z.strictObject({
  type: z.literal('ModelVersionRegistered'),
  metadata,
  data: z.strictObject({
    /** The registry's name of the model, mapped to an endpoint by configuration. */
    model: z.string().min(1).max(512),
    version: z.string().min(1).max(32),
  }),
});

export const dataAlertRaised = z.strictObject({
  type: z.literal('DataAlertRaised'),
  metadata,
  data: z.strictObject({
    incidentId: z.string().min(1).max(128),
    alertType: z.string().max(128),
    tables: z.array(z.string().max(512)).max(2_000),
    rules: z.array(z.string().max(256)).max(2_000),
    url: z.string().max(2_000).optional(),
    /** Where people stand with the incident, and how bad they found it: in its updates only. */
    feedback: z.string().max(512).optional(),
    severity: z.string().max(512).optional(),
  }),
});

export const busEvent = z.discriminatedUnion('type', [modelVersionRegistered, dataAlertRaised]);

export type ModelVersionRegistered = z.output<typeof modelVersionRegistered>;
export type DataAlertRaised = z.output<typeof dataAlertRaised>;
export type BusEvent = z.output<typeof busEvent>;
