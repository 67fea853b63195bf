import type { Ports } from '../src/app/ports/ports.ts';
import { claimEndpoint } from '../src/app/stages/claim-endpoint.ts';
import { stateHandler } from './_shell/state-handler.ts';

export const create = (ports: Ports) => stateHandler('ClaimEndpoint', (input) => claimEndpoint(ports, input));
