import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConfigurationProblem, loadEnvironment } from '../../../src/adapters/local/environment-file.ts';
import { ReleaseError } from '../../../src/contracts/errors.ts';

const good = `environment: production
workspaces:
  production:
    host: https://production.example.com
    credentials: { kind: pat, token: env:TOKEN }
  test:
    host: https://test.example.com
    credentials: { kind: pat, token: env:TOKEN }
endpoints:
  fraud:
    model: prod.ml.fraud
    endpoint: fraud-prod
    policy: default
    warehouse: 0123456789abcdef
    callers: prod.serving.caller_requests
    payloadTable: { name: prod.serving.payload, complete: false }
    jobs: { test: '1001' }
policies:
  default:
    strategy:
      kind: canary
      steps:
        - { candidate: 5 }
        - { candidate: 25, gates: [errors, latency] }
    gates:
      - name: errors
        kind: errors
        alphaRollback: 0.01
      - name: latency
        kind: latency-slo
        sloMs: 300
    stages:
      evaluate: { enabled: false }
      stage: { enabled: false }
      verifyStaging: { enabled: false }
      shadow: { enabled: false }
tick: 15s
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'environment-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(text: string): string {
  const path = join(folder, 'production.yaml');
  writeFileSync(path, text);
  return path;
}

function errorOf(text: string, env: Record<string, string> = {}): ReleaseError {
  try {
    loadEnvironment(write(text), env, 'configs/production.yaml');
  } catch (thrown) {
    if (thrown instanceof ReleaseError) return thrown;
    throw thrown;
  }
  throw new Error('the configuration was accepted');
}

function changed(from: string, to: string): string {
  expect(good).toContain(from);
  return good.replace(from, to);
}

interface Wrong {
  readonly of: string;
  readonly from: string;
  readonly to: string;
  /** The whole line that a person reads. */
  readonly says: string;
}

const wrongs: Wrong[] = [
  {
    of: 'a policy that is not there',
    from: 'policy: default',
    to: 'policy: defualt',
    says: '13:5 endpoints.fraud.policy: "defualt" is no policy here; did you mean "default"?',
  },
  {
    of: 'a misspelled key',
    from: 'warehouse:',
    to: 'warehose:',
    says: '14:5 endpoints.fraud.warehose: there is no key "warehose" here; did you mean "warehouse"?',
  },
  {
    of: 'a key that is like none',
    from: 'tick: 15s',
    to: 'colour: red',
    says: '37:1 colour: there is no key "colour" here; choose one of intake, tick',
  },
  {
    of: 'a missing key',
    from: '    model: prod.ml.fraud\n',
    to: '',
    says: '10:3 endpoints.fraud.model: is missing; add it with text (Unity Catalog name of the model)',
  },
  {
    of: 'a Unity Catalog name of one part',
    from: 'model: prod.ml.fraud',
    to: 'model: fraud',
    says: '11:5 endpoints.fraud.model: "fraud" has not the form it needs; a Unity Catalog name has three parts: catalog.schema.object',
  },
  {
    of: 'an unknown environment',
    from: 'environment: production',
    to: 'environment: prodution',
    says: '1:1 environment: "prodution" cannot be chosen here; did you mean "production"?',
  },
  {
    of: 'an unknown kind of strategy',
    from: 'kind: canary',
    to: 'kind: canry',
    says: '21:7 policies.default.strategy.kind: "canry" cannot be chosen here; did you mean "canary"?',
  },
  {
    of: 'a duration without unit',
    from: 'tick: 15s',
    to: 'tick: 15',
    says: '37:1 tick: 15 is not text; write it like 90s, 10m, 3h or 2d',
  },
  {
    of: 'a job id that YAML reads as a number',
    from: "test: '1001'",
    to: 'test: 1001',
    says: '17:13 endpoints.fraud.jobs.test: 1001 is not text; put it in quotes',
  },
  {
    of: 'a share of traffic above 100 %',
    from: 'candidate: 25,',
    to: 'candidate: 250,',
    says: '24:13 policies.default.strategy.steps[1].candidate: 250 is too large; use at most 100',
  },
  {
    of: 'a quantile in percent',
    from: 'sloMs: 300',
    to: 'sloMs: 300\n        quantile: 95',
    says: '32:9 policies.default.gates[1].quantile: 95 is too large; use less than 1, such as 0.95',
  },
  {
    of: 'no steps',
    from: 'steps:\n        - { candidate: 5 }\n        - { candidate: 25, gates: [errors, latency] }',
    to: 'steps: []',
    says: '22:7 policies.default.strategy.steps: is empty; give at least 1',
  },
  {
    of: 'a plan whose shares fall, at the strategy',
    from: 'candidate: 25,',
    to: 'candidate: 5,',
    says: '20:5 policies.default.strategy: step 2 (5 %): shares must rise, and the step before has 5 %; write rising shares such as 5, 25, 50',
  },
  {
    of: 'a deadline before minBake',
    from: '{ candidate: 5 }',
    to: '{ candidate: 5, minBake: 2h, deadline: 1h }',
    says: '20:5 policies.default.strategy: step 1 (5 %): the deadline must come after minBake; give it a later deadline or a shorter minBake',
  },
  {
    of: 'a step that may end before its first evidence',
    from: '{ candidate: 5 }',
    to: '{ candidate: 5, minBake: 1m, deadline: 3m }',
    says: '23:40 policies.default.strategy.steps[0].deadline: 3m is too short: a first window may be closed only after 4m (twice evidence.window, and evidence.lag), and until then nothing is judged; use at least 4m, or shorten evidence.window or evidence.lag',
  },
  {
    of: 'a soak that may end before its first evidence',
    from: '    stages:',
    to: '    evidence: { window: 90s }\n    soak: { span: 299s }\n    stages:',
    says: '33:13 policies.default.soak.span: 299s is too short: a first window may be closed only after 5m (twice evidence.window, and evidence.lag), and until then nothing is judged; use at least 5m, or shorten evidence.window or evidence.lag',
  },
  {
    of: 'a soak that is too short for its evidence although nobody wrote it',
    from: '    stages:',
    to: '    evidence: { lag: 1h }\n    stages:',
    says: '19:3 policies.default.soak.span: 1h, the default, is too short: a first window may be closed only after 62m (twice evidence.window, and evidence.lag), and until then nothing is judged; use at least 62m, or shorten evidence.window or evidence.lag',
  },
  {
    of: "a step's gate that is not there",
    from: 'gates: [errors, latency]',
    to: 'gates: [eror, latency]',
    says: '24:36 policies.default.strategy.steps[1].gates[0]: "eror" is no gate of this policy; did you mean "errors"?',
  },
  {
    of: "a soak's gate that is not there",
    from: '    stages:',
    to: '    soak: { gates: [latency, erors] }\n    stages:',
    says: '32:30 policies.default.soak.gates[1]: "erors" is no gate of this policy; did you mean "errors"?',
  },
  {
    of: 'two gates of one name',
    from: 'name: latency',
    to: 'name: errors',
    says: '29:9 policies.default.gates[1].name: a gate "errors" comes before it; give it a name of its own',
  },
  {
    of: 'gates that use up the whole alpha',
    from: 'alphaRollback: 0.01',
    to: 'alphaRollback: 0.02',
    says: "25:5 policies.default.gates: the gates' alphaRollback add up to 0.02 and leave nothing of the release's 0.02 for the gates without one; lower them, or raise alphaRollback of the policy",
  },
  {
    of: 'gates above the whole alpha',
    from: 'sloMs: 300',
    to: 'sloMs: 300\n        alphaRollback: 0.02',
    says: "25:5 policies.default.gates: the gates' alphaRollback add up to 0.03, above the release's 0.02; lower them, or raise alphaRollback of the policy",
  },
  {
    of: 'a harmful ratio that is tolerated',
    from: 'alphaRollback: 0.01',
    to: 'harmfulRatio: 1.05',
    says: '28:9 policies.default.gates[0].harmfulRatio: 1.05 must be ruled out, but up to 1.1 is tolerated; set it above toleratedRatio',
  },
  {
    of: 'a floor above the ceiling',
    from: 'alphaRollback: 0.01',
    to: 'floor: 0.1',
    says: '28:9 policies.default.gates[0].floor: 0.1 is no reason to roll back, but only 0.01 is good; set it at or below ceiling',
  },
  {
    of: 'a metric without bound',
    from: 'evaluate: { enabled: false }',
    to: 'evaluate: { enabled: false, thresholds: [{ metric: auc }] }',
    says: '33:48 policies.default.stages.evaluate.thresholds[0]: "auc" has no bound; add min, max or both',
  },
  {
    of: 'errors counted from an incomplete payload table',
    from: '    stages:',
    to: '    evidence: { source: payloadTable }\n    stages:',
    says: '16:49 endpoints.fraud.payloadTable.complete: failed requests may be missing here, so no errors can be counted from it; set evidence.source: callers in policy "default", or make the table complete',
  },
  {
    of: 'evidence from callers who keep no log',
    from: '    callers: prod.serving.caller_requests\n',
    to: '',
    says: `10:3 endpoints.fraud.callers: is missing, and policy "default" takes its evidence from the callers; name the callers' request log, or set evidence.source: payloadTable in the policy`,
  },
  {
    of: 'evidence by SQL without a warehouse',
    from: '    warehouse: 0123456789abcdef\n',
    to: '',
    says: '10:3 endpoints.fraud.warehouse: is missing, and evidence is read by SQL; add the id of a SQL warehouse',
  },
  {
    of: 'a stage that is on and has no job',
    from: '      evaluate: { enabled: false }\n',
    to: '',
    says: '17:5 endpoints.fraud.jobs.evaluate: is missing, and stage "evaluate" of policy "default" is on; add it, or switch the stage off (policies.default.stages.evaluate: {enabled: false, why: ...})',
  },
  {
    of: 'no workspace to release to',
    from: '  production:\n',
    to: '  staging:\n',
    says: '2:1 workspaces: there is no workspace in the role "production", and releases end there; add workspaces.production: the workspace of the endpoints below',
  },
  {
    of: 'plain http to another machine',
    from: 'https://production',
    to: 'http://production',
    says: '4:5 workspaces.production.host: plain http would send credentials in the clear; use https; http is for 127.0.0.1 only',
  },
  {
    of: 'plain http to an API that is given keys',
    from: 'policies:\n  default:',
    to: "intake:\n  monteCarlo: { secrets: ['env:A'], api: { url: 'http://mc.example.com', keyId: 'env:B', token: 'env:C' } }\npolicies:\n  default:",
    says: '19:44 intake.monteCarlo.api.url: plain http would send credentials in the clear; use https; http is for 127.0.0.1 only',
  },
  {
    of: 'a host that is no URL',
    from: 'https://production.example.com',
    to: 'production.example.com',
    says: '4:5 workspaces.production.host: "production.example.com" has not the form it needs; write a whole URL such as https://<workspace>.cloud.databricks.com',
  },
  {
    of: 'an unknown workspace role',
    from: '  test:\n',
    to: '  tset:\n',
    says: '6:3 workspaces.tset: there is no key "tset" here; did you mean "test"?',
  },
];

describe('a good environment file', () => {
  it('is read with its defaults', () => {
    const config = loadEnvironment(write(good), {});
    expect(config.tick).toBe(15_000);
    expect(config.policies['default']?.stages.approve.deadline).toBe(3 * 86_400_000);
  });

  it('may share out all of its alpha among the gates', () => {
    const text = changed('sloMs: 300', 'sloMs: 300\n        alphaRollback: 0.01');
    expect(loadEnvironment(write(text), {}).policies['default']?.gates).toHaveLength(2);
  });

  it.each(readdirSync('configs'))('is shipped as configs/%s', (file) => {
    const config = loadEnvironment(join('configs', file), {});
    expect(`${config.environment}.yaml`).toBe(file);
    expect(readFileSync(join('configs', file), 'utf8').split('\n', 1)[0]).toBe(
      '# yaml-language-server: $schema=../docs/schema/environment.schema.json',
    );
  });
});

describe('a wrong environment file', () => {
  it.each(wrongs)('is refused for $of, with file, line, column, key and fix', ({ from, to, says }) => {
    const error = errorOf(changed(from, to));
    expect(error.name).toBe('ConfigurationInvalid');
    expect(error.message.split('\n')).toContain(`configs/production.yaml:${says}`);
  });

  it('gives the same to programs', () => {
    const error = errorOf(changed('policy: default', 'policy: defualt'));
    expect(error.facts['problems']).toEqual([
      {
        from: 'configs/production.yaml',
        line: 13,
        column: 5,
        key: 'endpoints.fraud.policy',
        what: '"defualt" is no policy here',
        fix: 'did you mean "default"?',
      } satisfies ConfigurationProblem,
    ]);
  });

  it('is told everything at once, in the order of the file', () => {
    const text = changed('tick: 15s', 'tick: soon')
      .replace('policy: default', 'policy: none')
      .replace('model: prod.ml.fraud', 'model: fraud')
      .replace('candidate: 25,', 'candidate: 5,');
    const lines = errorOf(text).message.split('\n');
    expect(lines.map((line) => line.split(':')[1])).toEqual(['11', '13', '20', '37']);
  });

  it('has one owner for an endpoint', () => {
    const second = `  other:\n    model: prod.ml.other\n    endpoint: fraud-prod\n    policy: default\n    warehouse: w\n    callers: prod.serving.caller_requests\n    jobs: { test: '1' }\npolicies:`;
    expect(errorOf(changed('policies:', second)).message).toBe(
      'configs/production.yaml:20:5 endpoints.other.endpoint: "fraud-prod" already belongs to "fraud"; map one registry name to an endpoint',
    );
  });

  it('has one owner for an alias of a model', () => {
    const second = `    alias: champion\n  other:\n    model: prod.ml.fraud\n    endpoint: other-prod\n    alias: champion\n    policy: default\n    warehouse: w\n    callers: prod.serving.caller_requests\n    jobs: { test: '1' }\npolicies:`;
    expect(errorOf(changed('policies:', second)).message).toContain(
      'configs/production.yaml:22:5 endpoints.other.alias: alias "champion" of prod.ml.fraud already follows "fraud"',
    );
  });

  it('spells keys that have dots so that they can be found', () => {
    const text = changed('  fraud:\n', '  prod.ml.fraud:\n').replace('policy: default', 'policy: x');
    expect(errorOf(text).message).toContain('13:5 endpoints["prod.ml.fraud"].policy: "x" is no policy here');
  });

  it('is placed by the line where an anchor is used', () => {
    const text = changed(
      '    credentials: { kind: pat, token: env:TOKEN }\n  test:\n    host: https://test.example.com\n    credentials: { kind: pat, token: env:TOKEN }',
      '    credentials: &pat { kind: pat }\n  test:\n    host: https://test.example.com\n    credentials: *pat',
    );
    expect(
      errorOf(text)
        .message.split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['configs/production.yaml:5:5', 'configs/production.yaml:8:5']);
  });

  it('is placed in the anchor where the wrong value is written', () => {
    const text = changed(
      '    credentials: { kind: pat, token: env:TOKEN }\n  test:\n    host: https://test.example.com\n    credentials: { kind: pat, token: env:TOKEN }',
      '    credentials: &pat { kind: pat, token: 7 }\n  test:\n    host: https://test.example.com\n    credentials: *pat',
    );
    const places = errorOf(text)
      .message.split('\n')
      .map((line) => line.split(' ', 2).join(' '));
    expect(places).toEqual([
      'configs/production.yaml:5:36 workspaces.production.credentials.token:',
      'configs/production.yaml:5:36 workspaces.test.credentials.token:',
    ]);
  });

  it.each([
    ['a broken line', 'tick: 15s', 'tick: [15s', /^configs\/production\.yaml:38:1 \(YAML\): /],
    [
      'a key that comes twice',
      'tick: 15s',
      'tick: 15s\ntick: 16s',
      /^configs\/production\.yaml:38:1 \(YAML\): /,
    ],
    [
      'a tag of another program',
      'tick: 15s',
      'tick: !secret x',
      /^configs\/production\.yaml:37:7 \(YAML\): /,
    ],
    [
      'an anchor within itself',
      'tick: 15s',
      'tick: &a [*a]',
      /^configs\/production\.yaml:1:1 \(YAML\): an anchor/,
    ],
  ])('is refused for %s', (_, from, to, line) => {
    expect(errorOf(changed(from, to)).message).toMatch(line);
  });

  it('is refused when it is empty, or not there', () => {
    expect(errorOf('').message).toContain(':1:1 environment: is missing');
    expect(() => loadEnvironment('configs/nowhere.yaml', {})).toThrow(
      'configs/nowhere.yaml: there is no such file',
    );
  });
});

describe('a secret in the file', () => {
  const token = 'dapi0123456789abcdef0123456789abcdef';

  it.each([
    [
      'in its own place',
      'token: env:TOKEN',
      `token: ${token}`,
      '5:31 workspaces.production.credentials.token',
    ],
    [
      'of no known form',
      'token: env:TOKEN',
      'token: hunter2',
      '5:31 workspaces.production.credentials.token',
    ],
    [
      'in another place',
      'warehouse: 0123456789abcdef',
      `warehouse: ${token}`,
      '14:5 endpoints.fraud.warehouse',
    ],
    ['in a URL', 'https://production', 'https://me:hunter2@production', '4:5 workspaces.production.host'],
    ['as a choice', 'kind: canary', `kind: ${token}`, '21:7 policies.default.strategy.kind'],
  ])('%s is named as one, and never repeated', (_, from, to, place) => {
    const error = errorOf(changed(from, to));
    const everything = JSON.stringify([error.message, error.facts]);
    expect(everything).toContain(`${place}: a secret is written here itself (not shown); put it where`);
    expect(everything).not.toMatch(/hunter2|dapi0123/);
  });

  it.each([
    ['as a key', 'tick: 15s', `${token}: 15s`, '37:1 (not shown)'],
    [
      'as the name of a metric',
      'evaluate: { enabled: false }',
      `evaluate: { enabled: false, thresholds: [{ metric: ${token} }] }`,
      '33:48 policies.default.stages.evaluate.thresholds[0]',
    ],
  ])('%s is not repeated either', (_, from, to, place) => {
    const error = errorOf(changed(from, to));
    expect(error.message).toContain(`${place}: a secret is written here itself`);
    expect(JSON.stringify([error.message, error.facts])).not.toContain('dapi0');
  });

  it('is not repeated when the YAML around it is broken', () => {
    const error = errorOf(changed('token: env:TOKEN }', `token: ${token}`));
    expect(`${error.message}${JSON.stringify(error.facts)}${String(error.cause)}`).not.toContain('dapi');
  });

  it('is not repeated when a variable brings it', () => {
    const error = errorOf(good, { HEADGATE_WORKSPACES__TEST__CREDENTIALS__TOKEN: token });
    expect(error.message).toMatch(
      /^HEADGATE_WORKSPACES__TEST__CREDENTIALS__TOKEN workspaces\.test\.credentials\.token: a secret/,
    );
    expect(error.message).not.toContain('dapi');
  });
});

describe('HEADGATE_... overrides', () => {
  const load = (env: Record<string, string>, text = good) => loadEnvironment(write(text), env);

  it('set what the file says otherwise', () => {
    const config = load({
      HEADGATE_WORKSPACES__PRODUCTION__HOST: 'http://127.0.0.1:9000',
      HEADGATE_ENDPOINTS__FRAUD__WAREHOUSE: '42',
      HEADGATE_POLICIES__DEFAULT__STRATEGY__STEPS__1__CANDIDATE: '30',
    });
    expect(config.workspaces.production?.host).toBe('http://127.0.0.1:9000');
    expect(config.endpoints['fraud']?.warehouse).toBe('42');
    const strategy = config.policies['default']?.strategy;
    expect(strategy?.kind === 'canary' && strategy.steps[1]?.candidate).toBe(30);
  });

  it('set keys that the file leaves out, at any depth', () => {
    const config = load({
      HEADGATE_POLICIES__DEFAULT__EVIDENCE__EVERY: '5m',
      HEADGATE_POLICIES__DEFAULT__AT_DEADLINE: 'hold',
      HEADGATE_POLICIES__DEFAULT__STAGES__TEST__ENABLED: 'false',
    });
    expect(config.policies['default']?.evidence.every).toBe(300_000);
    expect(config.policies['default']?.atDeadline).toBe('hold');
    expect(config.policies['default']?.stages.test.enabled).toBe(false);
  });

  it('find keys that no variable could spell', () => {
    const text = good.replaceAll('fraud:', 'fraud-model.v2:');
    const config = load({ HEADGATE_ENDPOINTS__FRAUD_MODEL_V2__ALIAS: 'champion' }, text);
    expect(config.endpoints['fraud-model.v2']?.alias).toBe('champion');
  });

  it('change one of two places that share an anchor', () => {
    const text = good
      .replace('  production:\n', '  production: &one\n')
      .replace(/ {2}test:\n.*\n.*\n/, '  test: *one\n');
    const config = load({ HEADGATE_WORKSPACES__TEST__HOST: 'https://other.example.com' }, text);
    expect(config.workspaces.production?.host).toBe('https://production.example.com');
    expect(config.workspaces.test?.host).toBe('https://other.example.com');
  });

  it.each([
    [
      'HEADGATE_ENDPOINTS__FRUAD__POLICY',
      'x',
      'endpoints: "FRUAD" fits no key under endpoints; did you mean "fraud"?',
    ],
    [
      'HEADGATE_TIK',
      '1s',
      '(the whole file): "TIK" fits no key under (the whole file); did you mean "tick"?',
    ],
    [
      'HEADGATE_ENDPOINTS__FRAUD',
      'x',
      'endpoints.fraud: a variable sets one value, and this is a map or a list; name a key below it',
    ],
    ['HEADGATE_TICK__SECONDS', '1', 'tick: "SECONDS" fits no key under tick; there is none yet'],
    [
      'HEADGATE_POLICIES__DEFAULT__STRATEGY__STEPS__7__CANDIDATE',
      '9',
      'policies.default.strategy.steps: "7" fits no key under policies.default.strategy.steps; choose one of 0, 1',
    ],
    ['HEADGATE_TICK', '30', 'tick: "30" has not the form it needs; write it like 90s, 10m, 3h or 2d'],
    [
      'HEADGATE_ENDPOINTS__FRAUD__POLICY',
      'defualt',
      'endpoints.fraud.policy: "defualt" is no policy here; did you mean "default"?',
    ],
  ])('that are wrong are named: %s=%s', (variable, value, says) => {
    expect(errorOf(good, { [variable]: value }).message).toBe(`${variable} ${says}`);
  });

  it('that fit several keys are refused', () => {
    const twice = good.replace(
      /( {2}fraud:\n(?: {4}.*\n)+)/,
      (block) => `${block}${block.replace('fraud:', 'Fraud:').replace('fraud-prod', 'other-prod')}`,
    );
    expect(errorOf(twice, { HEADGATE_ENDPOINTS__FRAUD__ALIAS: 'a' }).message).toContain(
      'fits several keys: fraud, Fraud',
    );
  });

  it('do not take our own variables, empty ones or secrets that the file refers to for overrides', () => {
    const text = good.replace('token: env:TOKEN', 'token: env:HEADGATE_WORKSPACE_TOKEN');
    const env = {
      HEADGATE_API_TOKEN: 'x',
      HEADGATE_DEBUG: '1',
      HEADGATE_NOTHING: '',
      HEADGATE_WORKSPACE_TOKEN: 's',
    };
    expect(load(env, text).environment).toBe('production');
  });
});
