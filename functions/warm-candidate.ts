import type { Ports } from '../src/app/ports/ports.ts';
import { warmCandidate } from '../src/app/stages/before-traffic.ts';
import { waitHandler } from './_shell/state-handler.ts';

export const create = (ports: Ports) => waitHandler('WarmCandidate', (input) => warmCandidate(ports, input));
