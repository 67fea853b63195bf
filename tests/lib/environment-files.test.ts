import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environmentsIn } from '../../lib/environment-files.ts';
import { ReleaseError } from '../../src/contracts/errors.ts';
import type { EnvironmentConfig } from '../../src/contracts/policy.ts';
import { shipped } from './shipped.ts';

const folderWith = (...files: string[]): string => {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-configs-'));
  for (const file of files) writeFileSync(join(folder, file), '');
  return folder;
};
/** As if each file configured the environment that it is named after. */
const byName = (path: string): EnvironmentConfig => shipped(basename(path, '.yaml'));
const named = (environments: readonly EnvironmentConfig[]) =>
  environments.map(({ environment }) => environment);

describe('the environments to make stacks of', () => {
  it('are the files of the folder, in the order in which a version passes them', () => {
    const folder = folderWith('production.yaml', 'staging.yaml', 'test.yaml', 'notes.md');
    expect(named(environmentsIn({ folder, read: byName }))).toEqual(['test', 'staging', 'production']);
  });

  it('are the one that is asked for, and no other file is read', () => {
    const folder = folderWith('production.yaml', 'staging.yaml');
    const read: string[] = [];
    const environments = environmentsIn({
      folder,
      only: 'staging',
      read: (path) => {
        read.push(basename(path));
        return byName(path);
      },
    });
    expect(named(environments)).toEqual(['staging']);
    expect(read).toEqual(['staging.yaml']);
  });

  const refused = (files: string[], only?: string, read = byName): string => {
    const folder = folderWith(...files);
    try {
      environmentsIn({ folder, only, read });
    } catch (error) {
      if (error instanceof ReleaseError) return `${error.name}: ${error.message.replace(folder, 'configs')}`;
    }
    return 'nothing was refused';
  };

  it('are refused by name when there are none, or not the one asked for', () => {
    expect(refused([])).toBe(
      'ConfigurationInvalid: configs: there is no environment file, such as production.yaml',
    );
    expect(refused(['test.yaml'], 'production')).toBe(
      'ConfigurationInvalid: configs: there is no production.yaml; there is: test',
    );
  });

  it('are refused when a file is not named after its environment: two would be one stack', () => {
    expect(refused(['mine.yaml'], undefined, () => shipped('test'))).toBe(
      'ConfigurationInvalid: configs/mine.yaml: it configures the environment "test"; name the file test.yaml',
    );
  });

  it('are refused when the folder is not there', () => {
    expect(() => environmentsIn({ folder: '/nowhere/at/all', read: byName })).toThrow(
      'the folder cannot be read',
    );
  });
});
