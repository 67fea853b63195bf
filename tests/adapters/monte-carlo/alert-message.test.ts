import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anomaly,
  bytes,
  customRule,
  read,
  refused,
  sign,
  signed,
  signedOf,
  unsigned,
  webhook,
  withPayload,
  withTop,
} from './delivery.ts';

describe('what a Monte Carlo alert says', () => {
  it('reads the published anomaly sample', async () => {
    expect(await read(anomaly)).toEqual({
      contentDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
      message: {
        kind: 'alert',
        incidentId: 'f83867b6-8f25-428b-807c-08518f63384c',
        type: 'open_anomaly_incident',
        tables: ['artemis'],
        ruleIds: [],
        groupId: 'zeus:ares',
        url: 'https://getmontecarlo.com/incidents/f83867b6-...',
        account: '9a59c6f1-203a-4c72-8cd7-132db7f21b92',
      },
    });
  });

  it('reads the published custom rule sample, nulls and all', async () => {
    expect((await read(customRule)).message).toEqual({
      kind: 'alert',
      incidentId: 'f83867b6-...',
      type: 'open_custom_rule_anomaly_incident',
      tables: [],
      ruleIds: ['0c8e06aa-...'],
      url: 'https://getmontecarlo.com/incidents/f83867b6-...',
      account: '9a59...',
    });
  });

  it('finds the rule and its tables at either place', async () => {
    const rule = {
      uuid: 'r-1',
      comparisons: [{ full_table_id: 'zeus:ares.artemis' }, { full_table_id: null }],
    };
    const inPayload = withPayload(customRule, { event_list: [{ table_name: 't', rule: null }], rule });
    const inEvent = withPayload(customRule, { event_list: [{ table_name: 't', rule }], rule: null });
    for (const body of [inPayload, inEvent]) {
      expect((await read(body)).message).toMatchObject({
        ruleIds: ['r-1'],
        tables: ['t', 'zeus:ares.artemis'],
      });
    }
  });

  it('names each table and rule once', async () => {
    const event = { table_name: 't', rule: { uuid: 'r' } };
    const body = withPayload(anomaly, { event_list: [event, event], rule: { uuid: 'r' } });
    expect((await read(body)).message).toMatchObject({ tables: ['t'], ruleIds: ['r'] });
  });

  it('reads an alert in which everything that may be null is null or absent', async () => {
    const nulls = { event_list: null, rule: null, group_id: null, url: null };
    const all = withTop(withPayload(anomaly, nulls), {
      account: null,
      alert_feedback: null,
      declared_alert_severity: null,
    });
    const bare = '{"type":"open_anomaly_incident","payload":{"incident_id":"i"}}';
    for (const [body, incidentId] of [
      [all, 'f83867b6-8f25-428b-807c-08518f63384c'],
      [bare, 'i'],
    ] as const) {
      expect((await read(body)).message).toEqual({
        kind: 'alert',
        incidentId,
        type: 'open_anomaly_incident',
        tables: [],
        ruleIds: [],
      });
    }
  });

  it.each(['top', 'payload'] as const)('finds feedback and severity in the %s', async (place) => {
    const update = { alert_feedback: 'false_positive', declared_alert_severity: 'SEV-1' };
    const body = place === 'top' ? withTop(anomaly, update) : withPayload(anomaly, update);
    expect((await read(body)).message).toMatchObject({ feedback: 'false_positive', severity: 'SEV-1' });
  });

  it('takes the text None at the top for null, since both have one signature', async () => {
    const withNull = withTop(anomaly, { alert_feedback: null, declared_alert_severity: null });
    const forged = withTop(anomaly, { alert_feedback: 'None', declared_alert_severity: 'None' });
    expect(sign(forged)).toBe(sign(withNull));
    expect(await read(forged)).toEqual(await read(withNull));
  });

  it.each(['account', 'payload'])(
    'refuses a text in place of the object %s, though the signature holds',
    async (key) => {
      const [, spelled = ''] = new RegExp(`(?:^|&)${key}=([^&]*)`).exec(signedOf(anomaly)) ?? [];
      const text = decodeURIComponent(spelled.replaceAll('+', ' '));
      const forged = withTop(anomaly, { [key]: text });
      expect(sign(forged)).toBe(sign(anomaly));
      expect(await refused(unsigned(bytes(forged), sign(anomaly)))).toEqual({
        http: 400,
        reason: 'malformed',
      });
    },
  );

  it.each(['javascript:alert(1)', 'http://a.example', 'https://a b', `https://${'x'.repeat(2_000)}`])(
    'keeps the alert and passes no link on for the address %s',
    async (url) => {
      const { message } = await read(withPayload(anomaly, { url }));
      expect(message.kind).toBe('alert');
      expect(message).not.toHaveProperty('url');
    },
  );

  it.each(['schema_changes', 'open_volume_incident', 'agent_validation_anom'])(
    'hands a message of the unknown type %s to quarantine',
    async (type) => {
      expect((await read(withTop(anomaly, { type }))).message).toEqual({
        kind: 'unknown',
        type,
        incidentId: 'f83867b6-8f25-428b-807c-08518f63384c',
      });
      for (const payload of ['null', '"text"', '[]', '{"incident_id":5}']) {
        const { message } = await read(`{"type":"${type}","payload":${payload}}`);
        expect(message).toEqual({ kind: 'unknown', type });
      }
    },
  );

  it.each([
    ['a text for the events', { event_list: 'artemis' }],
    ['a number for a table', { event_list: [{ table_name: 5 }] }],
    ['an endless table name', { event_list: [{ table_name: 't'.repeat(513) }] }],
    ['a text for the rule', { rule: 'r-1' }],
    ['an object for feedback', { alert_feedback: { state: 'fixed' } }],
  ])('hands a known incident with %s to quarantine instead of losing it', async (_, payload) => {
    expect((await read(withPayload(anomaly, payload))).message).toEqual({
      kind: 'unknown',
      type: 'open_anomaly_incident',
      incidentId: 'f83867b6-8f25-428b-807c-08518f63384c',
    });
  });

  it('hands a message whose type or incident is longer than we carry to quarantine', async () => {
    const endless = 'x'.repeat(129);
    expect((await read(withTop(anomaly, { type: endless }))).message).toEqual({
      kind: 'unknown',
      type: 'x'.repeat(128),
      incidentId: 'f83867b6-8f25-428b-807c-08518f63384c',
    });
    expect((await read(withPayload(anomaly, { incident_id: endless }))).message).toEqual({
      kind: 'unknown',
      type: 'open_anomaly_incident',
    });
  });

  it('knows the same news again, however it is spelled, and an update apart', async () => {
    const digest = async (body: string) => (await read(body)).contentDigest;
    const first = await digest(anomaly);
    expect(await digest(JSON.stringify(JSON.parse(anomaly), null, 2))).toBe(first);
    expect(await digest(withTop(anomaly, { owner: 'ann@example.com' }))).toBe(first);
    const others = await Promise.all(
      [
        withTop(anomaly, { alert_feedback: 'investigating' }),
        withTop(anomaly, { alert_feedback: 'fixed' }),
        withTop(anomaly, { declared_alert_severity: 'SEV-1' }),
        withTop(anomaly, { type: 'open_custom_rule_anomaly_incident' }),
        withTop(anomaly, { type: 'something_new' }),
        withPayload(anomaly, { incident_id: 'another' }),
        withPayload(anomaly, { rule: { uuid: 'r-1' } }),
        withPayload(anomaly, { rule: { uuid: 'r-2' } }),
        withPayload(anomaly, { event_list: [{ table_name: 'artemis' }, { table_name: 'apollo' }] }),
      ].map(digest),
    );
    expect(new Set([first, ...others]).size).toBe(others.length + 1);
  });

  it.each([
    ['no type', withTop(anomaly, { type: undefined })],
    ['a number for a type', withTop(anomaly, { type: 1 })],
    ['no payload', withTop(anomaly, { payload: undefined })],
    ['a list for a payload', withTop(anomaly, { payload: [] })],
    ['no incident', withPayload(anomaly, { incident_id: null })],
    ['a number for an incident', withPayload(anomaly, { incident_id: 7 })],
    ['an empty incident', withPayload(anomaly, { incident_id: '' })],
  ])('refuses a rightly signed message with %s', async (_, body) => {
    expect(await refused(signed(body))).toEqual({ http: 400, reason: 'malformed' });
  });

  it('answers a message or a refusal to any signed document', async () => {
    const part = fc.oneof(fc.jsonValue(), fc.record({ incident_id: fc.jsonValue(), rule: fc.jsonValue() }));
    const document = fc.record({
      type: fc.oneof(fc.constantFrom('open_anomaly_incident', 'new_type'), fc.jsonValue()),
      account: part,
      payload: part,
    });
    await fc.assert(
      fc.asyncProperty(document, async (value) => {
        const given = signed(JSON.stringify(value));
        await webhook.read(given).catch(() => refused(given));
      }),
      { numRuns: 400 },
    );
  });
});
