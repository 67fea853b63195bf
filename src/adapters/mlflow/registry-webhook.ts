import * as z from 'zod';
import { sha256 } from '../../app/digest.ts';
import {
  type Delivery,
  type RegistryMessage,
  refusal,
  type Verified,
  type WebhookSource,
} from '../../app/ports/webhooks.ts';
import { instant, type NonEmpty } from '../../domain/units.ts';
import { readEnvelope, requireFresh, verify } from './signature.ts';

/** A created version with its tags is a few hundred bytes; tags and description are what can grow. */
const maxBody = 64 * 1024;

export interface RegistryWebhookOptions {
  /** The current shared secret and, during a rotation, the one before. Asked for at each delivery. */
  readonly secrets: () => Promise<NonEmpty<string>>;
}

// No control characters: a name goes into logs, paths and terminal lines.
const name = z.string().regex(/^\P{Cc}{1,512}$/u);
const word = z.string().regex(/^[a-z_]{1,64}$/);

const event = z.object({ entity: word, action: word, data: z.looseObject({}) });

const versionCreated = z.object({
  timestamp: z.iso.datetime({ offset: true }),
  data: z.object({
    name,
    version: z.string().regex(/^[1-9][0-9]{0,17}$/),
    source: z.string().max(4096).nullish(),
    run_id: z.string().max(256).nullish(),
  }),
});

/** What tells one ignored event from another; each entity has its own fields, and none of them is required. */
const anyName = z.string().nullish().catch(undefined);
const ignoredIdentity = z.object({
  data: z.object({ name: anyName, version: anyName, alias: anyName, key: anyName }),
});

/** MLflow's model registry webhooks (HMAC-SHA256 over the raw bytes, signature scheme `v1`). */
export function registryWebhook(options: RegistryWebhookOptions): WebhookSource<RegistryMessage> {
  return {
    async read(delivery: Delivery): Promise<Verified<RegistryMessage>> {
      if (delivery.body.byteLength > maxBody) {
        throw refusal('oversized', `A registry delivery has at most ${maxBody} bytes.`);
      }
      const envelope = readEnvelope(delivery.headers);
      verify(envelope, delivery.body, await options.secrets());
      requireFresh(envelope.timestamp, delivery.receivedAt);
      return { deliveryId: envelope.deliveryId, ...readBody(delivery.body) };
    },
  };
}

function readBody(body: Uint8Array): Omit<Verified<RegistryMessage>, 'deliveryId'> {
  const json = parseJson(body);
  const { entity, action } = parse(event, json);
  if (entity !== 'model_version' || action !== 'created') {
    const { data } = parse(ignoredIdentity, json);
    return {
      contentDigest: digest([entity, action, data.name, data.version, data.alias, data.key]),
      message: { kind: 'ignored', entity, action },
    };
  }
  const { timestamp, data } = parse(versionCreated, json);
  return {
    contentDigest: digest([entity, action, data.name, data.version]),
    message: {
      kind: 'versionRegistered',
      model: data.name,
      version: data.version,
      ...(data.source ? { source: data.source } : {}),
      ...(data.run_id ? { runId: data.run_id } : {}),
      at: instant(Date.parse(timestamp)),
    },
  };
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    // Without its cause: the parser's message quotes the body.
    throw refusal('malformed', 'The body is not JSON in UTF-8.');
  }
}

function parse<Output>(schema: z.ZodType<Output>, json: unknown): Output {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join('.') || 'the body').join(', ');
  throw refusal('malformed', `The body is not a registry event: see ${where}.`);
}

/** The delivery id and the time-stamp stay out: the same news sent anew is still the same news. */
function digest(identity: readonly (string | null | undefined)[]): string {
  return sha256(JSON.stringify(identity.map((part) => part ?? null)));
}
