import { respondToAlert } from '../src/app/alert/begin-response.ts';
import type { Ports } from '../src/app/ports/ports.ts';
import { eventHandler } from './_shell/event-handler.ts';

export const create = (ports: Ports) =>
  eventHandler('RespondToAlert', async (event) => {
    if (event.type === 'DataAlertRaised') await respondToAlert(ports, event);
  });
