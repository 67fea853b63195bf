import type { Ports } from '../src/app/ports/ports.ts';
import { judgeHealth } from '../src/app/stages/health.ts';
import { stateHandler } from './_shell/state-handler.ts';

export const create = (ports: Ports) => stateHandler('JudgeHealth', (input) => judgeHealth(ports, input));
