import { ReleaseError } from '../contracts/errors.ts';
import { frozenUntil } from '../domain/freeze-window.ts';
import { describeInstant } from '../domain/units.ts';
import type { PlanDocument } from './plan-document.ts';
import type { Ports } from './ports/ports.ts';

/** @throws `FreezeWindow` while a window of the plan's policy lasts. The way back never asks. */
export function refuseFrozen(ports: Ports, { release, policy }: PlanDocument): void {
  const frozen = frozenUntil(policy.freezeWindows, ports.clock.now());
  if (frozen === undefined) return;
  const says = `${release.endpoint}: nothing moves forward until ${describeInstant(frozen.until)}: ${frozen.why}`;
  throw new ReleaseError('FreezeWindow', says);
}
