import { describe, expect, it } from 'vitest';
import { awsPorts, bus, evidence, machine, mlflow, workspaces } from '../../functions/_shell/aws-ports.ts';
import { onAws } from '../../lib/secrets.ts';
import { environmentWith } from '../app/ports-at-hand.ts';

const environment = onAws(environmentWith());
const parts = { evidence, machine, bus, workspaces, mlflow };
const variables = {
  LEDGER_TABLE: 'headgate-ledger',
  EVIDENCE_BUCKET: 'headgate-evidence',
  BUS_NAME: 'headgate-staging',
  RELEASE_MACHINE_ARN: 'arn:aws:states:eu-central-1:000000000000:stateMachine:headgate-staging-release',
  ALERT_MACHINE_ARN: 'arn:aws:states:eu-central-1:000000000000:stateMachine:headgate-staging-alert-response',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'hunter2',
};
type Members = ReturnType<typeof awsPorts>;
const member = (ports: Members, name: keyof Members) => ports[name];

describe('the ports of a function on AWS', () => {
  it('read nothing before the first use of what needs it', () => {
    const read: PropertyKey[] = [];
    const watched = new Proxy<typeof variables>(variables, {
      get: (target, name) => {
        read.push(name);
        return Reflect.get(target, name);
      },
    });
    const ports = awsPorts(environment, parts, watched);
    expect(ports.environment).toBe(environment);
    expect(ports.clock.now()).toBeGreaterThan(0);
    expect(read).toEqual([]);
    expect(ports.evidence.put).toBeTypeOf('function');
    expect(read).toContain('EVIDENCE_BUCKET');
  });

  it.each(['ledger', 'evidence', 'machine', 'bus', 'mlflow'] as const)('open %s once', (name) => {
    const ports = awsPorts(environment, parts, variables);
    expect(member(ports, name)).toBe(member(ports, name));
  });

  it('open each workspace once', () => {
    const ports = awsPorts(environment, parts, variables);
    expect(ports.workspace('production')).toBe(ports.workspace('production'));
    expect(() => ports.workspace('staging')).toThrow(
      expect.objectContaining({ name: 'ConfigurationInvalid' }),
    );
  });

  it.each(['evidence', 'machine', 'bus', 'mlflow', 'monteCarlo'] as const)(
    'refuse %s by name where the function was built without it',
    (name) => {
      const ports = awsPorts(environment, {}, variables);
      expect(() => member(ports, name)).toThrow(
        expect.objectContaining({ name: 'ContractBroken', message: expect.stringContaining(name) }),
      );
    },
  );

  it('say which variables are missing, and try again when they are there', () => {
    const { LEDGER_TABLE, ...rest } = variables;
    const lacking: Record<string, string | undefined> = { ...rest, BUS_NAME: '' };
    const ports = awsPorts(environment, parts, lacking);
    expect(() => ports.ledger).toThrow(
      expect.objectContaining({
        name: 'ConfigurationInvalid',
        message: 'the function lacks the environment variables LEDGER_TABLE, BUS_NAME',
      }),
    );
    Object.assign(lacking, { LEDGER_TABLE, BUS_NAME: 'b' });
    expect(ports.evidence).toBeDefined();
  });

  it('need the region and the credentials that Lambda gives', () => {
    const { AWS_REGION: _, ...lacking } = variables;
    expect(() => awsPorts(environment, parts, lacking).evidence).toThrow(
      expect.objectContaining({
        name: 'ConfigurationInvalid',
        message: expect.stringContaining('AWS_REGION'),
      }),
    );
  });

  it.each([
    ['AWS_ENDPOINT_URL', 'http://127.0.0.1:1'],
    ['AWS_ENDPOINT_URL_S3', 'http://127.0.0.1:2'],
  ])('go where %s leads', async (name, url) => {
    const asked: string[] = [];
    const original = globalThis.fetch;
    globalThis.fetch = async (to) => {
      asked.push(String(to));
      return new Response(null, { status: 200 });
    };
    try {
      const led = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', ...variables, [name]: url };
      await awsPorts(environment, parts, led).evidence.put('a.json', '{}', '');
    } finally {
      globalThis.fetch = original;
    }
    expect(asked).toEqual([`${url}/headgate-evidence/a.json`]);
  });
});
