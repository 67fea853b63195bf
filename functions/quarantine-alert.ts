import { quarantineAlert } from '../src/app/alert/quarantine-alert.ts';
import type { Ports } from '../src/app/ports/ports.ts';
import { alertStateHandler } from './_shell/alert-state-handler.ts';

export const create = (ports: Ports) =>
  alertStateHandler('QuarantineAlert', (input) => quarantineAlert(ports, input));
