import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { alertWebhook } from '../../src/adapters/monte-carlo/alert-webhook.ts';
import { JsonUnreadable, readJson } from '../../src/adapters/monte-carlo/json-reader.ts';
import { NotPython } from '../../src/adapters/monte-carlo/python-text.ts';
import { signedText } from '../../src/adapters/monte-carlo/signature.ts';
import { isReleaseError } from '../../src/contracts/errors.ts';
import { instant } from '../../src/domain/units.ts';
import { random } from '../support/random.ts';

/**
 * The verifier of Monte Carlo's webhooks against CPython, over generated bodies: the published payloads with other
 * leaves, objects at random, and bodies spoiled by one character. Then every position of some bodies and signatures is
 * changed, and each change must be refused.
 *
 *   npm run test:signature -- --bodies 100000 --seed 1
 */

/** As in monte_carlo_signature.py. */
const secret = 's3cret-with-ümlaut';
const { values } = parseArgs({ options: { bodies: { type: 'string' }, seed: { type: 'string' } } });
const bodies = Number(values.bodies ?? 100_000);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const { uniform } = random(seed);
const began = performance.now();

const webhook = alertWebhook({ secrets: async () => [secret] });
const tally = {
  bodies: 0,
  signedAlike: 0,
  refusedByBoth: 0,
  /** They differ about a character that only one of the two knows: Python's Unicode is older than Node's. */
  newerUnicode: 0,
  disagreements: 0,
  changesOfBodies: 0,
  changesRefused: 0,
  /** Changes that the signature cannot see: the vendor signs a text that such bodies share. */
  changesOfNoText: 0,
  changesOfSignatures: 0,
  signaturesRefused: 0,
  acceptedWrongly: 0,
};
const samples: { readonly body: string; readonly signature: string }[] = [];

const oracle = fileURLToPath(new URL('monte_carlo_signature.py', import.meta.url));
const python = spawn('python3', [oracle, 'stream', String(seed), String(bodies)], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = once(python, 'close');
for await (const line of createInterface({ input: python.stdout })) {
  const [body, signature, unassigned]: [string, string | null, string] = JSON.parse(line);
  compare(body, signature, unassigned);
  if (signature !== null && samples.length < 150 && tally.bodies % 500 === 0)
    samples.push({ body, signature });
}
const [code] = await ended;
if (code !== 0) throw new Error(`python3 ended with ${code}`);

for (const { body, signature } of samples) await changeBody(body, signature);
for (const { body, signature } of samples.slice(0, 4)) await changeSignature(body, signature);

const seconds = Math.round((performance.now() - began) / 100) / 10;
process.stdout.write(`${JSON.stringify({ seed, ...tally, seconds })}\n`);
const wrong = tally.disagreements + tally.acceptedWrongly;
if (wrong > 0 || tally.bodies !== bodies || samples.length === 0) process.exitCode = 1;

function compare(body: string, theirs: string | null, unassigned: string): void {
  tally.bodies++;
  const text = ourText(body);
  const ours = text === undefined ? null : createHmac('sha512', secret).update(text).digest('hex');
  if (ours !== theirs && /\P{Cn}/u.test(unassigned)) tally.newerUnicode++;
  else if (ours !== theirs) {
    tally.disagreements++;
    if (tally.disagreements <= 5) process.stderr.write(`they differ about ${JSON.stringify(body)}\n`);
  } else if (ours === null) tally.refusedByBoth++;
  else tally.signedAlike++;
}

/** The text that is signed; undefined where there is none. */
function ourText(body: string): string | undefined {
  try {
    const document = readJson(body);
    return document instanceof Map ? signedText(document) : undefined;
  } catch (error) {
    if (error instanceof JsonUnreadable || error instanceof NotPython) return undefined;
    throw error;
  }
}

async function changeBody(body: string, signature: string): Promise<void> {
  const original = Buffer.from(body);
  const text = ourText(body);
  for (let at = 0; at < original.length; at++) {
    for (let times = 0; times < 3; times++) {
      const changed = Buffer.from(original);
      changed[at] = (original[at] ?? 0) ^ (1 + Math.floor(uniform() * 255));
      tally.changesOfBodies++;
      if (ourText(changed.toString('utf8')) === text && isUtf8(changed)) tally.changesOfNoText++;
      else if (await refused(changed, signature)) tally.changesRefused++;
      else {
        tally.acceptedWrongly++;
        process.stderr.write(
          `accepted: ${JSON.stringify(changed.toString('utf8'))} for ${JSON.stringify(body)}\n`,
        );
      }
    }
  }
}

async function changeSignature(body: string, signature: string): Promise<void> {
  for (let at = 0; at < signature.length; at++) {
    for (let code = 0; code < 256; code++) {
      const byte = String.fromCharCode(code);
      if (byte === signature[at]) continue;
      tally.changesOfSignatures++;
      const changed = signature.slice(0, at) + byte + signature.slice(at + 1);
      if (await refused(Buffer.from(body), changed)) tally.signaturesRefused++;
      else tally.acceptedWrongly++;
    }
  }
}

/** For its signature. A body that is rightly signed and no alert is refused as malformed, and that is no refusal here. */
async function refused(body: Uint8Array, signature: string): Promise<boolean> {
  const headers = { 'x-mcd-signature': signature };
  try {
    await webhook.read({ headers, body, receivedAt: instant(0) });
    return false;
  } catch (error) {
    if (!isReleaseError(error, 'WebhookRefused')) throw error;
    const { reason } = error.facts;
    const unsigned = ourText(Buffer.from(body).toString('utf8')) === undefined || !isUtf8(body);
    return (
      reason === 'signatureWrong' || reason === 'headerMalformed' || (reason === 'malformed' && unsigned)
    );
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  return Buffer.from(Buffer.from(bytes).toString('utf8')).equals(bytes);
}
