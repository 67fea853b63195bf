import { onVersionRegistered } from '../src/app/intake.ts';
import type { Ports } from '../src/app/ports/ports.ts';
import { eventHandler } from './_shell/event-handler.ts';

export const create = (ports: Ports) =>
  eventHandler('StartRelease', (event) => onVersionRegistered(ports, event));
