import type { Ports } from '../src/app/ports/ports.ts';
import { verifyBaseline } from '../src/app/stages/restore.ts';
import { stateHandler } from './_shell/state-handler.ts';

export const create = (ports: Ports) =>
  stateHandler('VerifyBaseline', (input) => verifyBaseline(ports, input));
