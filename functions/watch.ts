import * as z from 'zod';
import type { Ports } from '../src/app/ports/ports.ts';
import { tick } from '../src/app/watch.ts';
import { handler } from './_shell/handler.ts';

/** Called on a schedule; what the schedule sends is of no interest. */
export const create = (ports: Ports) => handler({ name: 'Watch', input: z.unknown() }, () => tick(ports));
