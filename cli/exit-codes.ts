/** Every code that a command ends with, and what scripts may conclude from it. */
export const exitCodes = {
  ok: { code: 0, says: 'done; a watched release was promoted, or a rollback restored the baseline' },
  unexpected: { code: 1, says: 'an error of our own; HEADGATE_DEBUG=1 shows where' },
  usage: { code: 2, says: 'the command line or the configuration is wrong; nothing was done' },
  notPromoted: { code: 3, says: 'the watched release was rolled back or rejected' },
  conflict: { code: 4, says: 'it does not fit what is the case now, or the watched release was superseded' },
  unreachable: {
    code: 5,
    says: 'the controller did not answer, refused the token or is not ready; try again',
  },
  notFound: { code: 6, says: 'no such endpoint, version or release' },
  broken: { code: 7, says: 'the audit trail or a certificate does not fit together' },
  undecidable: { code: 8, says: "a gate of the policy cannot be decided in its step's time at this traffic" },
  interrupted: { code: 130, says: 'stopped by Ctrl-C; the release goes on' },
} as const satisfies Record<string, { code: number; says: string }>;

export type ExitName = keyof typeof exitCodes;

/** As `headgate help exit-codes` prints them. */
export function exitCodeTable(): string {
  const rows = Object.values(exitCodes).map(({ code, says }) => `  ${String(code).padStart(3)}  ${says}`);
  return ['Exit codes:', ...rows].join('\n');
}
