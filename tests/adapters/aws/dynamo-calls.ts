import type { Ledger } from '../../../src/app/ports/ledger.ts';
import {
  at,
  command,
  done,
  good,
  halt,
  intent,
  keyOf,
  newRelease,
  newWait,
  outcome,
  owner,
  owning,
} from '../../contracts-of-ports/ledger-fixtures.ts';

export const lease = { endpoint: 'fraud', epoch: 1 };
export const key = keyOf(newWait('rel-1'));
export const delivery = {
  source: 'mlflow',
  deliveryId: 'd-1',
  contentDigest: 'c-1',
  eventId: 'e-1',
  event: {},
  receivedAt: at(5),
};
export const line = { at: at(5), actor: 'ana', action: 'look', says: 'seen', releaseId: 'rel-1' };
export const parked = { quarantineId: 'q', source: 'mlflow', why: 'odd', message: {}, at: at(5) };

export type Call = (ledger: Ledger) => Promise<unknown>;
export const running: Call = async (ledger) => {
  await ledger.adopt('fraud', good('1'));
  await ledger.addRelease(newRelease('rel-1'));
  await ledger.markRunning('rel-1', 'arn:rel-1');
};
export const adopted: Call = (ledger) => ledger.adopt('fraud', good('1'));
export const owned: Call = (ledger) => owning(ledger);
export const waiting: Call = async (ledger) => ledger.registerWait(await owning(ledger), newWait('rel-1'));
export const decided: Call = async (ledger) => {
  await waiting(ledger);
  await ledger.decideWait(key, done);
};
export const commanded: Call = async (ledger) => {
  await owning(ledger);
  await ledger.addCommand(command('rel-1', 'hold'));
};
export const nothing: Call = async () => {};

export const claim: Call = (ledger) => ledger.claim('fraud', owner('rel-1'), good('1'));
export const takeOver: Call = (ledger) => ledger.takeOver(lease, owner('rel-1', 'arn:second'));
export const freeze: Call = (ledger) => ledger.freeze('fraud', halt());
export const yielding: Call = (ledger) =>
  ledger.yieldEndpoint('fraud', halt('breakglass'), outcome('superseded'));
export const abort: Call = (ledger) => ledger.addCommand(command('rel-1', 'abort'));
export const close: Call = (ledger) => ledger.close(lease, 'rel-1', outcome('rolledBack'), at(60));
export const forward: Call = (ledger) => ledger.recordIntent(lease, intent());
export const register: Call = (ledger) => ledger.registerWait(lease, newWait('rel-1'));
export const end: Call = (ledger) => ledger.endRelease('rel-1', outcome('rejected'), at(60));
