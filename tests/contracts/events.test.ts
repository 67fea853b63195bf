import { describe, expect, it } from 'vitest';
import { busEvent } from '../../src/contracts/events.ts';

const metadata = { eventId: 'mlflow-1', at: '2026-01-05T09:00:00.000Z', source: 'mlflow' };
const registered = {
  type: 'ModelVersionRegistered',
  metadata,
  data: { model: 'fraud', version: '2' },
};
const raised = {
  type: 'DataAlertRaised',
  metadata,
  data: { incidentId: 'i1', alertType: '', tables: ['prod:features.transactions'], rules: [] },
};

describe('an event on the bus', () => {
  it.each([registered, raised])('survives its way as JSON', (event) => {
    expect(busEvent.parse(JSON.parse(JSON.stringify(event)))).toEqual(event);
  });

  it.each<[string, object]>([
    ['of an unknown type', { ...registered, type: 'ModelDeleted' }],
    ['without metadata', { type: registered.type, data: registered.data }],
    ['without an id', { ...registered, metadata: { ...metadata, eventId: '' } }],
    ['at no time', { ...registered, metadata: { ...metadata, at: 'yesterday' } }],
    ['with the content of another', { ...registered, data: raised.data }],
    ['without a version', { ...registered, data: { model: 'fraud' } }],
    ['with a version as a number', { ...registered, data: { model: 'fraud', version: 2 } }],
    ['with a version of 33 characters', { ...registered, data: { model: 'fraud', version: '2'.repeat(33) } }],
    ['with a field that nobody knows', { ...registered, data: { ...registered.data, stage: 'x' } }],
    ['with more tables than fit', { ...raised, data: { ...raised.data, tables: Array(2_001).fill('t') } }],
  ])('is refused %s', (_, event) => {
    expect(busEvent.safeParse(event).success).toBe(false);
  });
});
