import { describe, expect, it } from 'vitest';
import { fraudProfile } from '../../../local/workspace/profiles/fraud.ts';
import { canary, hour, minute, rig, serving } from './harness.ts';

const config = `${serving}/fraud-prod/config`;

describe('the callers of an endpoint', () => {
  it('send 16 requests a second, of which 0.5 % fail and half take at most 50 ms', async () => {
    const { pass, sql } = await rig();
    await pass(hour);
    const [[requests, errors, median] = []] = await sql(
      `SELECT count(*), count_if(status_code = 500), percentile(duration_ms, 0.5)
       FROM prod.serving.caller_requests`,
    );
    // Poisson with mean 57,600: five standard deviations are 1,200; binomial with mean 288: five are 85.
    expect(Math.abs(Number(requests) - 57_600)).toBeLessThan(1200);
    expect(Math.abs(Number(errors) - 288)).toBeLessThan(85);
    expect(Math.abs(Number(median) - 50)).toBeLessThan(2);
  });

  it('change their share at the instant of the activation, whenever somebody looks', async () => {
    const one = await rig();
    await canary(one, 20);
    await one.pass(hour);
    const { activations, served } = await one.workspace.truth('fraud-prod');
    const at = activations[1]?.at ?? 0;
    const [[first] = []] = await one.sql(
      `SELECT unix_millis(min(request_time)) FROM prod.serving.caller_requests WHERE served_model_name = 'fraud-2'`,
    );
    expect(Number(first)).toBeGreaterThanOrEqual(at);
    expect(Number(first)).toBeLessThan(at + 5_000);
    const since = await one.workspace.truth('fraud-prod', at);
    const [baseline, candidate] = since.served;
    const all = (baseline?.requests ?? 0) + (candidate?.requests ?? 0);
    expect(Math.abs((candidate?.requests ?? 0) / all - 0.2)).toBeLessThan(0.01);
    expect(candidate?.requests).toBe(served[1]?.requests);
  });

  it('are the same for the same seed however often somebody reads, and others for another seed', async () => {
    const digest =
      'SELECT count(*), sum(duration_ms), sum(unix_micros(request_time)), sum(status_code) FROM prod.serving.caller_requests';
    const seldom = await rig({}, 11);
    await canary(seldom, 10);
    await seldom.pass(30 * minute);

    const often = await rig({}, 11);
    await canary(often, 10);
    for (let i = 0; i < 30; i++) {
      await often.pass(minute);
      await often.sql('SELECT 1');
      await often.call('POST', '/serving-endpoints/fraud-prod/invocations', { inputs: [1] });
    }
    const other = await rig({}, 12);
    await canary(other, 10);
    await other.pass(30 * minute);

    expect(await often.sql(digest)).toEqual(await seldom.sql(digest));
    expect(await other.sql(digest)).not.toEqual(await seldom.sql(digest));
  });

  it('meet a behaviour that changes with age and with share', async () => {
    const one = await rig();
    await canary(one, 20, {
      errorRate: 0,
      changes: [
        { afterMs: hour, errorRate: 0.5 },
        { fromPercent: 50, errorRate: 1 },
      ],
    });
    const { activations } = await one.workspace.truth('fraud-prod');
    const at = activations[1]?.at ?? 0;
    await one.pass(at + hour - one.clock.now());
    expect((await one.workspace.truth('fraud-prod')).served[1]?.errors).toBe(0);
    await one.pass(hour);
    const aged = (await one.workspace.truth('fraud-prod', at + hour)).served[1];
    expect(Math.abs((aged?.errors ?? 0) / (aged?.requests ?? 1) - 0.5)).toBeLessThan(0.03);

    const warm = await one.configOf('fraud-prod');
    for (const route of warm.traffic_config.routes) route.traffic_percentage = 50;
    await one.call('PUT', config, warm);
    await one.pass(minute);
    const half = (await one.workspace.truth('fraud-prod')).activations[2]?.at ?? 0;
    await one.pass(minute);
    const wide = (await one.workspace.truth('fraud-prod', half)).served[1];
    expect(wide?.errors).toBe(wide?.requests);
  });

  it('meet a new behaviour from the moment it is set', async () => {
    const { clock, pass, workspace } = await rig();
    await pass(10 * minute);
    const changed = clock.now();
    await workspace.setBehaviour('prod.ml.fraud', 1, { errorRate: 1, errorStatus: 400 });
    await pass(10 * minute);
    const after = await workspace.truth('fraud-prod', changed);
    expect(after.served[0]?.errors).toBe(after.served[0]?.requests);
    const whole = await workspace.truth('fraud-prod');
    // 9,600 requests before the change, of which 0.5 % failed.
    expect((whole.served[0]?.errors ?? 0) - (after.served[0]?.errors ?? 0)).toBeLessThan(100);
  });

  it('follow the time of day where the profile says so', async () => {
    const [prod] = fraudProfile.endpoints ?? [];
    const { pass, sql } = await rig({
      endpoints: [
        {
          body: prod?.body ?? {},
          traffic: { perSecond: 1, diurnal: { amplitude: 0.8, peakHour: 12 } },
        },
      ],
    });
    await pass(24 * hour);
    const [[noon, midnight] = []] = await sql(
      `SELECT count_if(hour(request_time) BETWEEN 11 AND 12), count_if(hour(request_time) IN (23, 0))
       FROM prod.serving.caller_requests`,
    );
    expect(Number(noon)).toBeGreaterThan(12_000);
    expect(Number(midnight)).toBeLessThan(2_000);
  });

  it('go unanswered while there is no endpoint, and are not in the payload table then', async () => {
    const { call, pass, workspace, sql } = await rig();
    await call('DELETE', `${serving}/fraud-prod`);
    await pass(minute);
    const rows = await sql(
      'SELECT status_code, served_model_name, count(*) > 800 FROM prod.serving.caller_requests GROUP BY ALL',
    );
    expect(rows).toEqual([['404', null, 'true']]);
    expect(await sql('SELECT count(*) FROM prod.serving.fraud_prod_payload')).toEqual([['0']]);
    await expect(workspace.truth('fraud-prod')).rejects.toThrow('does not exist');
  });
});

describe('the inference table', () => {
  it('shows a row only after its own delay, and in the end all of them', async () => {
    const one = await rig();
    await one.pass(20 * minute);
    const until = one.clock.now();
    const count = async (table: string) =>
      Number(
        (
          await one.sql(
            `SELECT count(*) FROM prod.serving.${table} WHERE request_time < timestamp_millis(:t)`,
            {
              parameters: [{ name: 't', type: 'BIGINT', value: String(until) }],
            },
          )
        )[0]?.[0],
      );
    const all = await count('caller_requests');
    const early = await count('fraud_prod_payload');
    // Delays are uniform over 30 to 300 s, so 165 s worth of 1,200 s is still on its way.
    expect(early).toBeLessThan(all * 0.9);
    expect(early).toBeGreaterThan(all * 0.8);
    await one.pass(5 * minute);
    expect(await count('fraud_prod_payload')).toBe(all);
  });

  it('can leave out 500s, which the callers still have in their log', async () => {
    const { pass, sql } = await rig({ payloadOmits: [500] });
    await pass(hour);
    expect(await sql('SELECT count_if(status_code >= 500) FROM prod.serving.fraud_prod_payload')).toEqual([
      ['0'],
    ]);
    const [[errors] = []] = await sql(
      'SELECT count_if(status_code >= 500) FROM prod.serving.caller_requests',
    );
    expect(Number(errors)).toBeGreaterThan(100);
  });

  it('has the columns of the real one, and leads to the version through served_entity_id', async () => {
    const one = await rig();
    await canary(one, 30);
    await one.pass(hour);
    const columns = await one.sql('DESCRIBE prod.serving.fraud_prod_payload');
    expect(columns.map(([name, type]) => `${name} ${type}`)).toEqual([
      'databricks_request_id VARCHAR',
      'request_date DATE',
      'client_request_id VARCHAR',
      'request_time TIMESTAMP',
      'status_code INTEGER',
      'sampling_fraction DOUBLE',
      'execution_duration_ms BIGINT',
      'request VARCHAR',
      'response VARCHAR',
      'logging_error_codes VARCHAR[]',
      'served_entity_id VARCHAR',
      'requester VARCHAR',
    ]);
    const rows = await one.sql(
      `SELECT e.entity_version, count(*) > 1000 FROM prod.serving.fraud_prod_payload p
       JOIN (SELECT DISTINCT served_entity_id, entity_version FROM system.serving.served_entities) e
         USING (served_entity_id) GROUP BY ALL ORDER BY 1`,
    );
    expect(rows).toEqual([
      ['1', 'true'],
      ['2', 'true'],
    ]);
  });

  it('lets quality be read back from requests and answers', async () => {
    const { pass, sql } = await rig();
    await pass(hour);
    const [[right] = []] = await sql(
      `SELECT avg(CASE WHEN (CAST(get_json_object(request, '$.dataframe_records[0].amount') AS DOUBLE) > 900)
         = (get_json_object(response, '$.predictions[0]') = '1') THEN 1.0 ELSE 0.0 END)
       FROM prod.serving.fraud_prod_payload WHERE status_code = 200`,
    );
    expect(Math.abs(Number(right) - 0.94)).toBeLessThan(0.01);
  });
});
