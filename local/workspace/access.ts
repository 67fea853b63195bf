import type { Clock } from '../../src/app/ports/clock.ts';
import type { Chance } from './random.ts';
import { Refusal } from './refusal.ts';

/** Seconds that a minted token lives, on the simulator's clock. */
const tokenSeconds = 3600;

/** Who may call: one personal access token, and one OAuth client that mints tokens. */
export class Access {
  readonly token: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly #clock: Clock;
  readonly #ids: Chance;
  readonly #minted = new Map<string, number>();

  constructor(clock: Clock, ids: Chance) {
    this.#clock = clock;
    this.#ids = ids;
    this.token = `dapi${ids.hex(32)}`;
    this.clientId = ids.uuid();
    this.clientSecret = `dose${ids.hex(32)}`;
  }

  /** Answers a token request. @throws OauthRefusal as RFC 6749 section 5.2 words it. */
  mint(form: URLSearchParams, authorization: string | undefined): Record<string, unknown> {
    const { id, secret } = clientCredentials(form, authorization);
    if (id !== this.clientId || secret !== this.clientSecret) {
      throw new OauthRefusal(401, 'invalid_client', 'Client authentication failed');
    }
    if (form.get('grant_type') !== 'client_credentials') {
      throw new OauthRefusal(400, 'unsupported_grant_type', 'Only client_credentials is supported here');
    }
    const minted = `eyJ${this.#ids.hex(61)}`;
    this.#minted.set(minted, this.#clock.now() + tokenSeconds * 1000);
    return {
      access_token: minted,
      token_type: 'Bearer',
      expires_in: tokenSeconds,
      scope: form.get('scope') ?? 'all-apis',
    };
  }

  /** @throws Refusal 401 without a credential, 403 with a wrong or expired one; both with a number as code. */
  require(authorization: string | undefined, requestId: string): void {
    const [, presented] = /^Bearer (.+)$/i.exec(authorization ?? '') ?? [];
    if (!presented) {
      throw new Refusal(401, 401, 'Credential was not sent or was of an unsupported type for this API.', {
        'x-databricks-reason-phrase': 'Credential was not sent or was of an unsupported type for this API.',
      });
    }
    const expiresAt = presented === this.token ? Number.POSITIVE_INFINITY : this.#minted.get(presented);
    if (expiresAt === undefined || this.#clock.now() >= expiresAt) {
      throw new Refusal(403, 403, `Invalid access token. [ReqId: ${requestId}]`, {
        'x-databricks-reason-phrase': 'Invalid access token.',
      });
    }
  }
}

/** OAuth has an error body of its own. */
export class OauthRefusal extends Error {
  override readonly name = 'OauthRefusal';
  readonly httpCode: number;
  readonly code: string;

  constructor(httpCode: number, code: string, message: string) {
    super(message);
    this.httpCode = httpCode;
    this.code = code;
  }
}

function clientCredentials(
  form: URLSearchParams,
  authorization: string | undefined,
): { id: string | null | undefined; secret: string | null | undefined } {
  const [, basic] = /^Basic (.+)$/i.exec(authorization ?? '') ?? [];
  if (!basic) return { id: form.get('client_id'), secret: form.get('client_secret') };
  const [id, ...rest] = Buffer.from(basic, 'base64').toString('utf8').split(':');
  return { id, secret: rest.join(':') };
}
