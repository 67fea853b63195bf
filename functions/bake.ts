import type { Ports } from '../src/app/ports/ports.ts';
import { bake } from '../src/app/stages/health.ts';
import { waitHandler } from './_shell/state-handler.ts';

export const create = (ports: Ports) => waitHandler('Bake', (input) => bake(ports, input));
