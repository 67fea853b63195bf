import type { Ports } from '../src/app/ports/ports.ts';
import { retireBaseline } from '../src/app/stages/traffic.ts';
import { waitHandler } from './_shell/state-handler.ts';

export const create = (ports: Ports) =>
  waitHandler('RetireBaseline', (input) => retireBaseline(ports, input));
