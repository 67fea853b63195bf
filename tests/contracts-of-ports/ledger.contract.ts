import { afterEach, beforeEach, describe } from 'vitest';
import type { Ledger } from '../../src/app/ports/ledger.ts';
import { closingContract } from './ledger-closing.ts';
import { commandsContract } from './ledger-commands.ts';
import { decidedWaitsContract } from './ledger-decided-waits.ts';
import { endpointsContract } from './ledger-endpoints.ts';
import type { OpenedLedger, OpenLedger } from './ledger-expectations.ts';
import { freezesContract } from './ledger-freezes.ts';
import { handoversContract } from './ledger-handovers.ts';
import { intentsContract } from './ledger-intents.ts';
import { journalContract } from './ledger-journal.ts';
import { modelContract } from './ledger-model.ts';
import { racesContract } from './ledger-races.ts';
import { releasesContract } from './ledger-releases.ts';
import { waitsContract } from './ledger-waits.ts';

/** What every ledger promises, whatever keeps its rows. `open` gives an empty one each time. */
export function ledgerContract(name: string, open: OpenLedger): void {
  describe(`the ledger in ${name}`, () => {
    let opened: OpenedLedger;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    const ledger = (): Ledger => opened.ledger;
    endpointsContract(ledger);
    intentsContract(ledger);
    handoversContract(ledger);
    freezesContract(ledger);
    closingContract(ledger);
    waitsContract(ledger);
    decidedWaitsContract(ledger);
    commandsContract(ledger);
    releasesContract(ledger);
    journalContract(ledger);
    modelContract(open);
    racesContract(() => opened);
  });
}
