import type { Ports } from '../src/app/ports/ports.ts';
import { planRelease } from '../src/app/stages/plan-release.ts';
import { stateHandler } from './_shell/state-handler.ts';

export const create = (ports: Ports) => stateHandler('PlanRelease', (input) => planRelease(ports, input));
