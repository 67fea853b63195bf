import type { Ports } from '../src/app/ports/ports.ts';
import { assessIntegration } from '../src/app/stages/before-traffic.ts';
import { stateHandler } from './_shell/state-handler.ts';

export const create = (ports: Ports) =>
  stateHandler('AssessIntegration', (input) => assessIntegration(ports, input));
