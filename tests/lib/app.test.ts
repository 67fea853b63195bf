import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { complaintOf } from '../../lib/complaint.ts';
import { ReleaseError } from '../../src/contracts/errors.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The CDK app as the CDK's CLI starts it. */
function app(context: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  const output = mkdtempSync(join(tmpdir(), 'headgate-cdk-'));
  const { status, stderr } = spawnSync(process.execPath, ['bin/app.ts'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env, CDK_OUTDIR: output, CDK_CONTEXT_JSON: JSON.stringify(context) },
  });
  return { exit: status, says: stderr, wrote: existsSync(join(output, 'manifest.json')) };
}

describe('the CDK app', () => {
  it('says what is wrong with a configuration, without a stack, and writes no template', () => {
    const configs = mkdtempSync(join(tmpdir(), 'headgate-configs-'));
    writeFileSync(
      join(configs, 'test.yaml'),
      'environment: test\nworkspaces: {}\nendpoints: 7\npolicies: {}\n',
    );
    const { exit, says, wrote } = app({ configs });
    expect(exit).toBe(1);
    expect(says).toMatch(
      /^ConfigurationInvalid:\n\S+test\.yaml:2:1 workspaces: .+\n\S+test\.yaml:3:1 endpoints: .+\n$/,
    );
    expect(says).not.toMatch(/^\s+at /m);
    expect(wrote).toBe(false);
  });

  it('overrides files by variables, as everything else does', () => {
    const { exit, says } = app({ environment: 'test' }, { HEADGATE_TICK: 'soon' });
    expect(exit).toBe(1);
    expect(says).toContain('HEADGATE_TICK tick: "soon"');
  });
});

describe('a complaint', () => {
  it('has a line for each problem of a file', () => {
    expect(complaintOf(new ReleaseError('ConfigurationInvalid', 'a.yaml:1:1 x: no\na.yaml:2:1 y: no'))).toBe(
      'ConfigurationInvalid:\na.yaml:1:1 x: no\na.yaml:2:1 y: no',
    );
  });

  it('keeps the stack of a defect', () => {
    expect(complaintOf(new TypeError('x is not a function'))).toMatch(
      /^TypeError: x is not a function\n\s+at /,
    );
    expect(complaintOf('thrown')).toBe('thrown');
  });
});
