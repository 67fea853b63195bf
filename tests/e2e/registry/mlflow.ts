import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { freePort } from '../../../local/free-port.ts';
import type { Child, Children } from '../children.ts';
import type { PythonEnvironment } from '../python.ts';

/** Without these the server refuses loopback and plain http, and hides a new webhook for a minute. */
const webhooksOnThisMachine = {
  MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'http,https',
  MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS: 'true',
  MLFLOW_WEBHOOK_CACHE_TTL: '0',
};

/** Its job workers are ten processes and 2 GB; nothing here needs them. */
const small = { MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false', MLFLOW_DISABLE_TELEMETRY: 'true' };

/** What the user's own shell says about some other server, or about the way to the world, must not lead anybody there. */
function withoutOwnSettings(): Record<string, undefined> {
  const own = Object.keys(process.env).filter((name) =>
    /^(MLFLOW_|DATABRICKS_|(HTTP|HTTPS|ALL)_PROXY$)/i.test(name),
  );
  return Object.fromEntries(own.map((name) => [name, undefined]));
}

const startMs = 60_000;

/** An MLflow server with an empty registry in `folder`. @returns its address */
export async function startMlflow(
  children: Children,
  environment: PythonEnvironment,
  folder: string,
): Promise<string> {
  // It cannot be told to take any port.
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const server = children.start('MLflow', {
    command: join(environment.bin, 'mlflow'),
    args: [
      'server',
      ...['--host', '127.0.0.1', '--port', port, '--workers', '1'],
      ...['--backend-store-uri', `sqlite:///${join(folder, 'mlflow.db')}`],
      ...['--artifacts-destination', join(folder, 'artifacts')],
    ],
    folder,
    env: {
      ...withoutOwnSettings(),
      ...small,
      ...webhooksOnThisMachine,
      // A Fernet key: 32 bytes in base64url. The webhooks' secrets are kept under it.
      MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: `${randomBytes(32).toString('base64url')}=`,
    },
  });
  await Promise.race([healthy(url), server.end(startMs).then(ended)]);
  return url;
}

/** MLflow's Python client, in one process that takes one call after the other. */
export interface RegistryClient {
  readonly mlflow: string;
  train(): Promise<{ run: string; source: string }>;
  register(name: string, source: string): Promise<{ version: string; run: string; source: string }>;
  tag(name: string, version: string, key: string, value: string): Promise<void>;
  hook(url: string, secret: string, events: readonly string[]): Promise<string>;
  rehook(id: string, url: string, secret: string): Promise<void>;
  /** MLflow delivers an example, and says how it was answered. */
  tryHook(id: string): Promise<{ http: number; body: string }>;
}

const callMs = 60_000;
const answerSchema = z.union([z.object({ answer: z.unknown() }), z.object({ error: z.string() })]);
const trained = z.object({ run: z.string(), source: z.string() });
const registered = trained.extend({ version: z.string() });

export async function startClient(
  children: Children,
  { python }: PythonEnvironment,
  server: string,
  folder: string,
): Promise<RegistryClient> {
  const script = fileURLToPath(new URL('registry_client.py', import.meta.url));
  const child = children.start("MLflow's Python client", {
    command: python,
    args: [script, server],
    folder,
    env: { ...withoutOwnSettings(), MLFLOW_DISABLE_TELEMETRY: 'true', PYTHONDONTWRITEBYTECODE: '1' },
  });
  const { ready } = z.object({ ready: z.string() }).parse(JSON.parse(await child.line(startMs)));
  const ask = async <T>(schema: z.ZodType<T>, call: string, given: object) =>
    schema.parse(await asked(child, call, given));
  const nothing = z.object({});
  return {
    mlflow: ready,
    train: () => ask(trained, 'train', {}),
    register: (name, source) => ask(registered, 'register', { name, source }),
    tag: async (name, version, key, value) => void (await ask(nothing, 'tag', { name, version, key, value })),
    hook: async (url, secret, events) =>
      (await ask(z.object({ id: z.string() }), 'hook', { url, secret, events })).id,
    rehook: async (id, url, secret) => void (await ask(nothing, 'rehook', { id, url, secret })),
    tryHook: (id) => ask(z.object({ http: z.number(), body: z.string() }), 'try_hook', { id }),
  };
}

async function asked(child: Child, call: string, given: object): Promise<unknown> {
  child.write(JSON.stringify({ call, given }));
  const answer = answerSchema.parse(JSON.parse(await child.line(callMs)));
  if ('error' in answer) throw new Error(`MLflow's client could not ${call}: ${answer.error}`);
  return answer.answer;
}

async function healthy(url: string): Promise<void> {
  const deadline = Date.now() + startMs;
  for (;;) {
    try {
      if ((await fetch(`${url}/health`)).ok) return;
    } catch {
      // It does not listen yet.
    }
    if (Date.now() > deadline) throw new Error(`MLflow at ${url} was not healthy within ${startMs / 1000} s`);
    await sleep(100);
  }
}

function ended(code: number | null): never {
  throw new Error(`MLflow ended with ${code} before it was healthy`);
}
