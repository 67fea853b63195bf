import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secretReferences } from '../../../src/adapters/local/secret-references.ts';
import { isReleaseError } from '../../../src/contracts/errors.ts';

const secret = 'dapi0123456789abcdef';

describe('secret references', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const secrets = (environment: Record<string, string> = {}) => secretReferences({ environment, folder });
  const write = (name: string, content: string, mode = 0o600) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  };
  /** The refusal, after a look at everything it would print. */
  async function refusal(reference: string, environment?: Record<string, string>): Promise<string> {
    const error = await secrets(environment)
      .read(reference)
      .then(
        (value) => new Error(`accepted with ${value}`),
        (reason: unknown) => reason,
      );
    expect(isReleaseError(error, 'ConfigurationInvalid')).toBe(true);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret);
    return error instanceof Error ? error.message : '';
  }

  it('reads an environment variable', async () => {
    expect(await secrets({ TOKEN: secret }).read('env:TOKEN')).toBe(secret);
  });

  it('reads a file by its absolute path, and by one relative to the configuration', async () => {
    const path = write('token', secret);
    expect(await secrets().read(`file:${path}`)).toBe(secret);
    expect(await secrets().read('file:token')).toBe(secret);
    expect(await secrets().read('file:./token')).toBe(secret);
  });

  it('drops one line break at the end of a file and no other space', async () => {
    write('unix', `${secret}\n`);
    write('windows', ` ${secret}\r\n`);
    write('two', `${secret}\n\n`);
    expect(await secrets().read('file:unix')).toBe(secret);
    expect(await secrets().read('file:windows')).toBe(` ${secret}`);
    expect(await secrets().read('file:two')).toBe(`${secret}\n`);
  });

  it('picks a member of a JSON file', async () => {
    write('all.json', JSON.stringify({ 'client-secret': secret, other: 'x' }));
    expect(await secrets().read('file:all.json#client-secret')).toBe(secret);
  });

  it('reads anew each time, so that a rotated secret is seen', async () => {
    const reader = secrets();
    write('token', 'old');
    expect(await reader.read('file:token')).toBe('old');
    write('token', secret);
    expect(await reader.read('file:token')).toBe(secret);
  });

  it.each([0o640, 0o604, 0o620, 0o644, 0o601])(
    'refuses a file that others may use, and says chmod',
    async (mode) => {
      const path = write('token', secret, mode);
      expect(await refusal('file:token')).toContain(`chmod 600 ${path}`);
    },
  );

  it('accepts a file that its owner may only read', async () => {
    write('token', secret, 0o400);
    expect(await secrets().read('file:token')).toBe(secret);
  });

  it('refuses what is not set, missing, empty or no file, and names it', async () => {
    expect(await refusal('env:TOKEN')).toContain('TOKEN is not set');
    expect(await refusal('env:TOKEN', { TOKEN: '' })).toContain('TOKEN is empty');
    expect(await refusal('file:absent')).toContain(join(folder, 'absent'));
    write('empty', '\n');
    expect(await refusal('file:empty')).toContain('is empty');
    mkdirSync(join(folder, 'directory'), { mode: 0o700 });
    expect(await refusal('file:directory')).toContain('no regular file');
  });

  it.each([
    ['not JSON', `{"client-secret":"${secret}",,}`],
    ['JSON without it', JSON.stringify({ other: secret })],
    ['a member that is no text', JSON.stringify({ key: { inner: secret } })],
    ['an empty member', JSON.stringify({ key: '', other: secret })],
    ['a list', JSON.stringify([secret])],
    ['a text', JSON.stringify(secret)],
    ['null', 'null'],
  ])('refuses a member of a file that holds %s, without quoting it', async (_, content) => {
    write('all.json', content);
    expect(await refusal('file:all.json#key')).toContain('all.json');
  });

  it('does not find a member that every object inherits', async () => {
    write('all.json', '{}');
    expect(await refusal('file:all.json#constructor')).toContain('no member');
  });

  it.each([
    secret,
    '',
    'env:',
    'file:',
    `vault:${secret}`,
    `env:${secret}-with-dash`,
    `ENV:${secret}`,
    ` file:${secret}`,
  ])('refuses %j with the forms that are known, without repeating it', async (reference) => {
    expect(await refusal(reference)).toMatch(/env:/);
  });
});
