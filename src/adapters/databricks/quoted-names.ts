import { ReleaseError } from '../../contracts/errors.ts';

/** A name cannot be a parameter everywhere, so it is checked and quoted. */

/**
 * Three parts of what Unity Catalog allows in one (no full stop, no space, no slash, no control character), less the
 * quote itself.
 * @throws `PolicyInvalid` for anything else
 */
export function quotedTable(name: string): string {
  const parts = name.split('.');
  if (parts.length !== 3 || !parts.every(isPart)) {
    throw new ReleaseError('PolicyInvalid', `${JSON.stringify(name)} is no table: catalog.schema.table`);
  }
  return parts.map(quoted).join('.');
}

/** One part of the same. @throws `PolicyInvalid` for anything else */
export function quotedColumn(name: string): string {
  if (!isPart(name)) {
    const says = `${JSON.stringify(name)} is no column: a name without full stop, space, slash or quote`;
    throw new ReleaseError('PolicyInvalid', says);
  }
  return quoted(name);
}

const isPart = (part: string): boolean => /^[^.\s/`\p{Cc}]{1,255}$/u.test(part);
const quoted = (part: string): string => `\`${part}\``;
