import type { CommandAnswer, CommandRequest, ReleaseView } from '../../src/contracts/api.ts';
import type { Controller } from '../api-client.ts';
import type { Session } from '../context.ts';
import type { ExitName } from '../exit-codes.ts';
import { headline, printable } from '../render.ts';

/** Gives a release a command and says what became of it. */
export async function tell(
  session: Session,
  controller: Controller,
  release: ReleaseView,
  kind: CommandRequest['kind'],
  reason: string,
): Promise<ExitName> {
  const { host, user } = session.context;
  const { json, as } = session.options();
  const answer = await controller.command(release.releaseId, { kind, reason, actor: as ?? user });
  if (json) host.json(answer);
  else
    host.out(
      `${headline(release)}\n${lead(answer)} ${printable(answer.says) || 'it takes effect at the next step'}`,
    );
  return answer.phase === 'rejected' ? 'conflict' : 'ok';
}

function lead({ phase }: CommandAnswer): string {
  switch (phase) {
    case 'pending':
      return 'Accepted:';
    case 'applied':
      return 'Done:';
    case 'rejected':
      return 'Refused:';
  }
}
