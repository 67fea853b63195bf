import { ReleaseError } from '../contracts/errors.ts';
import type { WebhookSender } from '../contracts/functions.ts';
import type { EnvironmentConfig } from '../contracts/policy.ts';
import { isNonEmpty, type NonEmpty } from '../domain/units.ts';

/**
 * Every secret that a sender may sign by at this moment: the current one and the one before, so that a rotation loses
 * nothing.
 * @param accepted The values behind one reference.
 * @throws ReleaseError `ConfigurationInvalid` when the sender is not configured, and whatever `accepted` throws.
 */
export async function senderSecrets(
  { intake }: EnvironmentConfig,
  sender: WebhookSender,
  accepted: (reference: string) => Promise<NonEmpty<string>>,
): Promise<NonEmpty<string>> {
  const values = (await Promise.all((intake[sender]?.secrets ?? []).map(accepted))).flat();
  if (isNonEmpty(values)) return values;
  throw new ReleaseError('ConfigurationInvalid', `intake.${sender}.secrets is not configured`);
}
