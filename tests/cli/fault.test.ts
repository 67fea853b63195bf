import { describe, expect, it } from 'vitest';
import { faultOf } from '../../cli/fault.ts';
import { ReleaseError } from '../../src/contracts/errors.ts';

describe('how to mend a start that was refused', () => {
  it.each([
    [{ dataFolder: '/d', inUse: true }, 'stop that controller, or name another folder with --data'],
    [{ dataFolder: '/d' }, 'the folder holds tokens; docs/operations.md says which folder is taken'],
    [{ port: 7717 }, 'stop what listens there, or name another port; 0 takes any that is free'],
  ])('follows from the facts %j, and is not about policies', (facts, mend) => {
    const fault = faultOf(new ReleaseError('ConfigurationInvalid', 'no', { facts }));
    expect([fault.mend, fault.exit]).toEqual([mend, 'usage']);
  });

  it('is about the file where the file is at fault', () => {
    const { mend } = faultOf(new ReleaseError('ConfigurationInvalid', '3:1 endpoints: is missing'));
    expect(mend).toContain('headgate policy check');
  });
});
