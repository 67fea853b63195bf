import type { Ports } from '../src/app/ports/ports.ts';
import { recordIncident } from '../src/app/stages/incident.ts';
import { stateHandler } from './_shell/state-handler.ts';

export const create = (ports: Ports) =>
  stateHandler('RecordIncident', (input) => recordIncident(ports, input));
