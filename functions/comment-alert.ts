import { commentAlert } from '../src/app/alert/comment-alert.ts';
import type { Ports } from '../src/app/ports/ports.ts';
import { alertStateHandler } from './_shell/alert-state-handler.ts';

export const create = (ports: Ports) =>
  alertStateHandler('CommentAlert', (input) => commentAlert(ports, input));
