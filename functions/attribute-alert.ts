import { attributeAlert } from '../src/app/alert/attribute-alert.ts';
import type { Ports } from '../src/app/ports/ports.ts';
import { alertStateHandler } from './_shell/alert-state-handler.ts';

export const create = (ports: Ports) =>
  alertStateHandler('AttributeAlert', (input) => attributeAlert(ports, input));
