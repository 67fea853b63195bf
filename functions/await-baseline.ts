import type { Ports } from '../src/app/ports/ports.ts';
import { awaitBaseline } from '../src/app/stages/restore.ts';
import { waitHandler } from './_shell/state-handler.ts';

export const create = (ports: Ports) => waitHandler('AwaitBaseline', (input) => awaitBaseline(ports, input));
