import * as z from 'zod';
import type { Ports } from '../src/app/ports/ports.ts';
import { watchFor } from '../src/app/watch-for.ts';
import { handler } from './_shell/handler.ts';
import { logger } from './_shell/log.ts';

/** How long to go on looking, in seconds; one look when absent. A schedule's smallest step is a minute. */
const scheduled = z.looseObject({ forS: z.number().min(0).max(55).default(0) });

export const create = (ports: Ports) =>
  handler({ name: 'Watch', input: scheduled }, ({ forS }) =>
    watchFor(ports, forS, ({ where, says }) => logger.warn(`Watch: ${where}: ${says}`)),
  );
