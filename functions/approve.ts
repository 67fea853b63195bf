import type { Ports } from '../src/app/ports/ports.ts';
import { approve } from '../src/app/stages/before-traffic.ts';
import { waitHandler } from './_shell/state-handler.ts';

export const create = (ports: Ports) => waitHandler('Approve', (input) => approve(ports, input));
