/** A process of its own that writes to a ledger: `ledger-writer.ts PATH claim|audit NAME`. Says what it was told. */
import { writeSync } from 'node:fs';
import { openSqliteLedger } from '../../../src/adapters/local/sqlite-ledger.ts';
import { isReleaseError } from '../../../src/contracts/errors.ts';
import { at, good, owner } from '../../contracts-of-ports/ledger-fixtures.ts';

const [path = '', task = '', name = ''] = process.argv.slice(2);
const ledger = openSqliteLedger(path);
const say = (line: string) => writeSync(1, `${line}\n`);

async function claimAll(): Promise<void> {
  for (let index = 0; index < 30; index += 1) {
    const endpoint = `endpoint-${10 + index}`;
    try {
      if (!(await ledger.endpoint(endpoint))) await ledger.adopt(endpoint, good('1'));
      await ledger.claim(endpoint, owner(`${name}-${endpoint}`), good('1'));
      say(endpoint);
    } catch (error) {
      if (!isReleaseError(error, 'LeaseHeldByOther')) throw error;
    }
  }
}

async function auditForEver(): Promise<void> {
  for (let index = 0; ; index += 1) {
    const says = `${name} ${index}`;
    await ledger.audit({ at: at(index), actor: name, action: 'write', says });
    say(says);
  }
}

await (task === 'claim' ? claimAll() : auditForEver());
ledger.shut();
