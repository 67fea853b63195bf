// Read by every Node that there is: nothing here may need a new one, and nothing is imported.

/** The one line for a Node that is too old; undefined for one that will do. @param version Such as `20.20.2`. */
export function complaint(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return undefined;
  return `headgate needs Node >= 22.18 and found ${version}; get one from https://nodejs.org or with \`npx -p node@24 -p headgate headgate\`.`;
}

/** Node 22 warns on each start that node:sqlite is experimental; 24 does not. Every other warning is kept. */
export function silenceSqliteWarning(version: string, target: Pick<NodeJS.Process, 'emitWarning'>): void {
  if (Number(version.split('.')[0]) !== 22) return;
  const emit = target.emitWarning;
  target.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (String(warning).includes('SQLite is an experimental feature')) return;
    Reflect.apply(emit, target, [warning, ...rest]);
  };
}
