import { readAlert } from '../src/app/alert/read-alert.ts';
import type { Ports } from '../src/app/ports/ports.ts';
import { alertStateHandler } from './_shell/alert-state-handler.ts';

export const create = (ports: Ports) => alertStateHandler('ReadAlert', (input) => readAlert(ports, input));
