import { receiveRegistryNews } from '../src/app/intake.ts';
import type { Ports } from '../src/app/ports/ports.ts';
import { webhookHandler } from './_shell/webhook-handler.ts';

export const create = (ports: Ports) => webhookHandler('ReceiveRegistryNews', ports, receiveRegistryNews);
