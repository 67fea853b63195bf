import type { RestoringRequest } from '../src/contracts/api.ts';

const end = 'HEADGATE_BODY';

/** The request as a command for a shell, with the token left to the environment. Any shell of POSIX reads it. */
export function curlOf({ method, url, body }: RestoringRequest): string {
  return [
    `curl --fail-with-body --silent --show-error --request ${method} ${quoted(url)} \\`,
    '  --header "Authorization: Bearer $DATABRICKS_TOKEN" \\',
    `  --header 'Content-Type: application/json' \\`,
    `  --data-binary @- <<'${end}'`,
    json(body),
    end,
  ].join('\n');
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A line of it never is the end mark: JSON has quotes. What a terminal would obey is escaped, and means the same. */
function json(body: unknown): string {
  return JSON.stringify(body, null, 2).replace(
    /[\u007f-\u009f]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
