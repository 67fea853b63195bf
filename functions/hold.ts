import type { Ports } from '../src/app/ports/ports.ts';
import { hold } from '../src/app/stages/hold.ts';
import { waitHandler } from './_shell/state-handler.ts';

export const create = (ports: Ports) => waitHandler('Hold', (input) => hold(ports, input));
