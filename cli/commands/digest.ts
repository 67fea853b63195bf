import { CliFault } from '../fault.ts';

/** Reads the value of an option that names a SHA-256. */
export function digest(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new CliFault('UsageError', `"${text}" is no digest`, 'a digest has 64 hexadecimal digits', 'usage');
}
