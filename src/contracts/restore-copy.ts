import * as z from 'zod';
import { restoringRequest } from './api.ts';

/**
 * What restores an endpoint by hand, kept outside of Headgate's own stores whenever the good configuration changes: in
 * `<data>/breakglass/<endpoint>.json`, and in the tags of the model version that it serves.
 */
export const restoreCopy = z.object({
  schema: z.literal('headgate.breakglass/v1'),
  endpoint: z.string().min(1),
  model: z.string().min(1),
  /** The registry's name of the model, which the configuration maps to the endpoint. */
  name: z.exactOptional(z.string()),
  entity: z.string(),
  version: z.string(),
  /** When the configuration was seen to serve all traffic. */
  verifiedAt: z.iso.datetime(),
  /** When it became what to go back to. Of several copies the newest by this counts: a rollback goes to an old one. */
  keptAt: z.iso.datetime(),
  request: restoringRequest,
});
export type RestoreCopy = z.output<typeof restoreCopy>;
