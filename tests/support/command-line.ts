/** Options of the long proofs that are programs of their own. */

/** @throws RangeError in words for whoever typed it. */
export function wholeNumber(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new RangeError(`${option} is a whole number from ${least} to ${most}, not "${text}"`);
}

/** @throws RangeError in words for whoever typed it. */
export function oneOf<Name extends string>(
  option: string,
  name: string,
  known: Readonly<Record<Name, unknown>>,
): Name {
  const names = Object.keys(known) as Name[];
  const found = names.find((one) => one === name);
  if (found !== undefined) return found;
  throw new RangeError(`${option} is one of ${names.join(', ')}, not "${name}"`);
}

/** @returns The options, or the exit code of a program that was asked for help, or for something it does not know. */
export function optionsOr<Options extends object>(
  read: () => Options | 'help',
  usage: string,
): Options | number {
  try {
    const options = read();
    if (options !== 'help') return options;
    process.stdout.write(usage);
    return 0;
  } catch (refused) {
    process.stderr.write(`${refused instanceof Error ? refused.message : refused}\n\n${usage}`);
    return 2;
  }
}
