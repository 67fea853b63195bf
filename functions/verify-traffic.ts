import type { Ports } from '../src/app/ports/ports.ts';
import { verifyTraffic } from '../src/app/stages/traffic.ts';
import { stateHandler } from './_shell/state-handler.ts';

export const create = (ports: Ports) => stateHandler('VerifyTraffic', (input) => verifyTraffic(ports, input));
