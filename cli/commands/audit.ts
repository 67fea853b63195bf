import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { checkTrail } from '../../src/app/people/audit-check.ts';
import { type AuditLine, auditLine } from '../../src/contracts/api.ts';
import { controllerOf } from '../api-client.ts';
import type { Session } from '../context.ts';
import { CliFault } from '../fault.ts';
import { timelineLine } from '../render.ts';
import { digest } from './digest.ts';
import { orderNumber } from './numbers.ts';

export function addAudit(program: Command, session: Session): void {
  const audit = program
    .command('audit')
    .description('print the audit trail: who did what, to what, why')
    .option('--after <order>', 'only lines after this one', orderNumber, 0)
    .addHelpText(
      'after',
      `
With --json a line of JSON for each, with its link to the line before: keep that elsewhere, and
\`headgate audit verify --file\` checks it there.

Examples:
  headgate audit
  headgate audit --json > trail.ndjson`,
    )
    .action(
      session.ends(async ({ after }: { after: number }) => {
        const { host } = session.context;
        const controller = controllerOf(session.context, session.options());
        for (let last = after; ; ) {
          const lines = await controller.audit(last);
          for (const line of lines) {
            if (session.options().json) host.json(line);
            else host.out(`${line.order} ${line.at.slice(0, 10)} ${timelineLine(line, host)}`);
          }
          const end = lines.at(-1);
          if (!end) return 'ok';
          last = end.order;
        }
      }),
    );
  addVerify(audit, session);
}

function addVerify(audit: Command, session: Session): void {
  audit
    .command('verify')
    .description('recompute the chain of the trail; ends with 7 and the first line that does not fit')
    .option('--head <digest>', 'digest that you kept elsewhere: some line must have it', digest)
    .option('--file <file>', "a trail that `headgate audit --json` printed, in place of the controller's")
    .addHelpText(
      'after',
      `
It prints the digest of the newest line. Keep that where the controller cannot write.

Examples:
  headgate audit verify
  headgate audit verify --head 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08`,
    )
    .action(
      session.ends(async ({ head: kept, file }: { head?: string; file?: string }) => {
        const { host, folder } = session.context;
        const page = file === undefined ? pagesOf(session) : pageOf(linesIn(resolve(folder, file)));
        const checked = await checkTrail(page, kept);
        if (checked.kind === 'broken') {
          const { order, why, says } = checked.at;
          const mend = `keep the ledger as it is; \`headgate audit --after ${Math.max(0, order - 2)}\` shows the place`;
          throw new CliFault('AuditBroken', says, mend, 'broken', { facts: { order, why } });
        }
        const { order, digest: newest } = checked.head;
        if (session.options().json)
          host.json({ intact: true, lines: order, head: { order, digest: newest } });
        else host.out(`The trail is intact: ${order} lines. Head: ${newest}`);
        return 'ok';
      }),
    );
}

function pagesOf(session: Session) {
  const controller = controllerOf(session.context, session.options());
  return (after: number) => controller.audit(after);
}

const pageOf = (lines: readonly AuditLine[]) => async (after: number) => (after === 0 ? lines : []);

function linesIn(file: string): AuditLine[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CliFault('UsageError', `${file} cannot be read`, 'name a file that is there', 'usage', {
      cause,
    });
  }
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, index) => lineIn(line, `${file}, line ${index + 1}`));
}

function lineIn(line: string, where: string): AuditLine {
  const mend = '`headgate audit --json` prints such a file, from the first line on';
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    throw new CliFault('UsageError', `${where} is no JSON`, mend, 'usage', { cause });
  }
  const parsed = auditLine.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new CliFault('UsageError', `${where} is no line of an audit trail`, mend, 'usage', {
    cause: parsed.error,
  });
}
