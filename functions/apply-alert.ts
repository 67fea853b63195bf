import { applyAlert } from '../src/app/alert/apply-alert.ts';
import type { Ports } from '../src/app/ports/ports.ts';
import { alertStateHandler } from './_shell/alert-state-handler.ts';

export const create = (ports: Ports) => alertStateHandler('ApplyAlert', (input) => applyAlert(ports, input));
