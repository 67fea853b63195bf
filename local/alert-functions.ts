import { create as applyAlert } from '../functions/apply-alert.ts';
import { create as attributeAlert } from '../functions/attribute-alert.ts';
import { create as commentAlert } from '../functions/comment-alert.ts';
import { create as quarantineAlert } from '../functions/quarantine-alert.ts';
import { create as readAlert } from '../functions/read-alert.ts';
import type { Ports } from '../src/app/ports/ports.ts';
import type { AlertStateName } from '../src/contracts/alert-states.ts';

type Create = (ports: Ports) => ReturnType<typeof readAlert>;

/** The shipped handler of each Task state of the alert response. A state without one does not compile. */
export const alertFunctions: Readonly<Record<AlertStateName, Create>> = {
  ReadAlert: readAlert,
  AttributeAlert: attributeAlert,
  ApplyAlert: applyAlert,
  CommentAlert: commentAlert,
  QuarantineAlert: quarantineAlert,
};
