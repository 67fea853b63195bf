import type { Ports } from '../src/app/ports/ports.ts';
import { startJob } from '../src/app/stages/jobs.ts';
import { waitHandler } from './_shell/state-handler.ts';

export const create = (ports: Ports) => waitHandler('Test', (input) => startJob(ports, input, 'Test'));
