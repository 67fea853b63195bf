import type { Ports } from '../src/app/ports/ports.ts';
import { startShadow } from '../src/app/stages/shadow.ts';
import { waitHandler } from './_shell/state-handler.ts';

export const create = (ports: Ports) => waitHandler('Shadow', (input) => startShadow(ports, input));
