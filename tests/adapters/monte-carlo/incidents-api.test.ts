import { describe, expect, it, onTestFinished } from 'vitest';
import { startFakeMonteCarlo, type Trouble } from '../../../local/monte-carlo/fake-api.ts';
import { configuredIncidents, incidentsApi } from '../../../src/adapters/monte-carlo/incidents-api.ts';
import { isReleaseError } from '../../../src/contracts/errors.ts';
import { environmentSchema } from '../../../src/contracts/policy.ts';
import { instant, millis } from '../../../src/domain/units.ts';

const raisedAt = instant(Date.parse('2026-01-05T09:00:00.500Z'));
const id = 'f83867b6-8f25-428b-807c-08518f63384c';

async function opened(more: { readonly token?: string } = {}) {
  const fake = await startFakeMonteCarlo();
  onTestFinished(() => fake.close());
  const client = incidentsApi({
    url: fake.url,
    keyId: async () => fake.keyId,
    token: async () => more.token ?? fake.token,
    timeout: millis(300),
  });
  return { fake, client };
}

async function refusal(of: Promise<unknown>, never: readonly string[]): Promise<string> {
  const thrown: unknown = await of.then(
    (value) => `answered ${JSON.stringify(value)}`,
    (error: unknown) => error,
  );
  if (!isReleaseError(thrown)) throw new Error(`expected a refusal, got ${String(thrown)}`);
  for (const text of never)
    expect(JSON.stringify([thrown.message, thrown.facts, String(thrown.cause)])).not.toContain(text);
  return `${thrown.name}: ${thrown.message}`;
}

describe("Monte Carlo's API", () => {
  it('tells when an incident was raised, and where people stand with it once they said so', async () => {
    const { fake, client } = await opened();
    fake.raise(id, raisedAt);
    expect(await client.read(id)).toEqual({ raisedAt });
    fake.say(id, 'false_positive');
    expect(await client.read(id)).toEqual({ raisedAt, feedback: 'FALSE_POSITIVE' });
  });

  it('knows no incident that nobody raised', async () => {
    const { client } = await opened();
    expect(await client.read(id)).toBeUndefined();
  });

  it('takes a comment on an incident that it knows, and refuses one on any other', async () => {
    const { fake, client } = await opened();
    fake.raise(id, raisedAt);
    await client.comment(id, 'version 2 is paused');
    expect(fake.comments).toEqual([{ incidentId: id, text: 'version 2 is paused' }]);
    expect(await refusal(client.comment('another', 'text'), [fake.token])).toBe(
      "MonteCarloUnavailable: Monte Carlo's API refused the call",
    );
  });

  it.each<[Trouble, string]>([
    ['unavailable', 'answered 503'],
    ['silent', 'did not answer within 0.3 s'],
    ['refusing', 'refused the call'],
    ['unreadable', 'answered something else than its schema says'],
    ['redirecting', 'could not be reached'],
  ])('%s is told by name, without a key', async (trouble, says) => {
    const { fake, client } = await opened();
    fake.raise(id, raisedAt);
    fake.trouble(trouble);
    const keys = [fake.token, fake.keyId];
    expect(await refusal(client.read(id), keys)).toBe(`MonteCarloUnavailable: Monte Carlo's API ${says}`);
    expect(await refusal(client.comment(id, 'text'), keys)).toContain(says);
    expect(fake.comments).toEqual([]);
    // Once for each call: nothing is tried again here, and no redirect is followed.
    expect(fake.asked()).toBe(2);
  });

  it('refuses a wrong key', async () => {
    const { client } = await opened({ token: 'wrong-token' });
    expect(await refusal(client.read(id), ['wrong-token'])).toContain('answered 401');
  });

  it('is asked in the clear on this machine only, and by configuration only', async () => {
    const keys = { keyId: async () => 'id', token: async () => 'hunter2' };
    const inClear = incidentsApi({ url: 'http://example.com/graphql', ...keys });
    expect(await refusal(inClear.read(id), ['hunter2'])).toContain('ConfigurationInvalid');
    const bare = environmentSchema.parse({
      environment: 'production',
      workspaces: {},
      endpoints: {},
      policies: {},
      intake: { monteCarlo: { secrets: ['env:A'] } },
    });
    const unconfigured = configuredIncidents(bare, { read: async () => 'hunter2' });
    expect(await refusal(unconfigured.read(id), ['hunter2'])).toContain('intake.monteCarlo.api');
  });
});
