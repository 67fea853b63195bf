import type { Ports } from '../src/app/ports/ports.ts';
import { conclude } from '../src/app/stages/conclude.ts';
import { stateHandler } from './_shell/state-handler.ts';

export const create = (ports: Ports) => stateHandler('Conclude', (input) => conclude(ports, input));
