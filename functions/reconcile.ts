import * as z from 'zod';
import type { Ports } from '../src/app/ports/ports.ts';
import { reconcileFor } from '../src/app/watch-for.ts';
import { handler } from './_shell/handler.ts';
import { logger } from './_shell/log.ts';

/**
 * From the schedule, with how long to go on; or from Step Functions, when an execution ended: that is looked up in
 * the ledger anew, so nothing of the event is believed.
 */
const called = z.looseObject({
  forS: z.number().min(0).max(55).default(0),
  drift: z.boolean().default(true),
});

export const create = (ports: Ports) =>
  handler({ name: 'Reconcile', input: called }, ({ forS, drift }) =>
    reconcileFor(ports, { forS, drift }, ({ where, says }) => logger.warn(`Reconcile: ${where}: ${says}`)),
  );
