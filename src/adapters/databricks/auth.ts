import * as z from 'zod';
import type { Clock } from '../../app/ports/clock.ts';
import { isReleaseError, ReleaseError } from '../../contracts/errors.ts';
import { after, type Instant, instant, millis, minutes, seconds } from '../../domain/units.ts';
import { type Answer, complaintOf, parsedJson, type RequestLine, refusal, unreadable } from './errors.ts';

/** How we prove who we are: a personal access token, or a service principal's OAuth secret. */
export type Credentials =
  | { readonly kind: 'pat'; readonly token: string }
  | { readonly kind: 'oauth'; readonly clientId: string; readonly clientSecret: string };

interface Token {
  readonly value: string;
  /** From here on a new one is fetched, but a failure to get it is no failure yet. */
  readonly staleAt: Instant | undefined;
  /** From here on it is not sent any more. */
  readonly expiresAt: Instant | undefined;
}

export const tokenRequest: RequestLine = { method: 'POST', path: '/oidc/v1/token' };

// The official clients' rule: expired 40 s early (clocks differ, requests take time), stale for the last
// half of its life, 20 minutes at most.
const earlyExpiry = seconds(40);
const longestStale = minutes(20);
const pauseAfterFailedRefresh = minutes(1);
// `expires_in` is optional in OAuth; a workspace sends 3600.
const assumedLifeSeconds = 300;

const tokenBody = z.looseObject({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().nonnegative().optional(),
});

export interface AuthenticatorOptions {
  readonly credentials: () => Promise<Credentials>;
  readonly clock: Clock;
  /** Posts a form to the token endpoint. Must not sleep on the clock: see `#minting`. */
  readonly post: (form: string, headers: Readonly<Record<string, string>>) => Promise<Answer>;
}

/**
 * Holds the bearer token: minted lazily, cached, refreshed early, shared by concurrent callers. Credentials are
 * fetched at the first need, and again when the workspace refused what they gave (a rotated secret).
 */
export class Authenticator {
  readonly #options: AuthenticatorOptions;
  #credentials: Credentials | undefined;
  #token: Token | undefined;
  #refreshNotBefore: Instant = instant(0);
  /**
   * One mint for all who wait for it. It never sleeps: under a virtual clock somebody else's sleep would stand
   * still as long as this caller is in flight. Pauses after a 429 are therefore each caller's own.
   */
  #minting: Promise<Token> | undefined;
  /** What must not reach a message: recent tokens and secrets, oldest first. */
  #secrets: string[] = [];

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /** @throws ReleaseError DatabricksUnauthenticated, DatabricksThrottled, DatabricksUnavailable, DatabricksAnswerUnreadable */
  async bearer(): Promise<string> {
    const now = this.#options.clock.now();
    const held = this.#token;
    if (held && (held.staleAt === undefined || now < held.staleAt)) return held.value;
    if (held?.expiresAt === undefined || now >= held.expiresAt) return (await this.#mintOnce()).value;
    if (now < this.#refreshNotBefore) return held.value;
    try {
      return (await this.#mintOnce()).value;
    } catch {
      // Not hidden: the held token is good for a while, and when it expires the same error is thrown.
      this.#refreshNotBefore = after(now, pauseAfterFailedRefresh);
      return held.value;
    }
  }

  /** The workspace refused `bearer`: the next call fetches credentials and mints anew, unless another caller already did. */
  forget(bearer: string): void {
    if (this.#token?.value !== bearer) return;
    this.#token = undefined;
    this.#credentials = undefined;
  }

  redact(text: string): string {
    return this.#secrets.reduce((kept, secret) => kept.replaceAll(secret, '[redacted]'), text);
  }

  #mintOnce(): Promise<Token> {
    this.#minting ??= this.#mint().finally(() => {
      this.#minting = undefined;
    });
    return this.#minting;
  }

  async #mint(): Promise<Token> {
    const cached = this.#credentials;
    if (cached) {
      try {
        return await this.#mintWith(cached);
      } catch (error) {
        if (!isReleaseError(error, 'DatabricksUnauthenticated')) throw error;
      }
    }
    // Kept only once they have worked, so that the next call looks for a rotated secret again.
    this.#credentials = undefined;
    const fetched = await this.#fetchCredentials();
    const token = await this.#mintWith(fetched);
    this.#credentials = fetched;
    return token;
  }

  async #fetchCredentials(): Promise<Credentials> {
    try {
      return await this.#options.credentials();
    } catch (error) {
      if (error instanceof ReleaseError) throw error;
      // Only the kind of failure is told: a parser's message quotes what it could not parse, which is the secret.
      const kind = error instanceof Error ? error.name : typeof error;
      throw unauthenticated(`the credentials could not be read (${kind})`);
    }
  }

  async #mintWith(credentials: Credentials): Promise<Token> {
    const token: Token =
      credentials.kind === 'pat'
        ? { value: credentials.token.trim(), staleAt: undefined, expiresAt: undefined }
        : await this.#exchange(credentials.clientId.trim(), credentials.clientSecret.trim());
    // fetch quotes a header value that it cannot send, so such a token must not get that far.
    if (!/^[\x21-\x7e]+$/.test(token.value)) {
      throw unauthenticated('the token is empty or holds a character that no header can carry');
    }
    this.#remember(token.value);
    this.#token = token;
    return token;
  }

  async #exchange(clientId: string, clientSecret: string): Promise<Token> {
    if (clientId === '' || clientSecret === '') {
      throw unauthenticated('the client id or the client secret is empty');
    }
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    this.#remember(clientSecret, basic);
    const issuedAt = this.#options.clock.now();
    const answer = await this.#options.post('grant_type=client_credentials&scope=all-apis', {
      authorization: `Basic ${basic}`,
    });
    // At this address a 400 (`invalid_client`, `unauthorized_client`) judges the credentials, not the form.
    if ([400, 401, 403].includes(answer.code)) {
      const { errorCode, message } = complaintOf(answer);
      throw unauthenticated(`${answer.code} ${errorCode ?? ''}: ${message}`, answer.code);
    }
    if (answer.code < 200 || answer.code > 299) throw refusal(answer, tokenRequest);
    const body = tokenBody.safeParse(parsedJson(answer.text)?.value);
    if (!body.success) throw unreadable(tokenRequest, z.prettifyError(body.error));
    const life = seconds(body.data.expires_in ?? assumedLifeSeconds);
    const end = after(issuedAt, life);
    return {
      value: body.data.access_token,
      staleAt: instant(end - Math.min(millis(life / 2), longestStale)),
      expiresAt: instant(end - earlyExpiry),
    };
  }

  #remember(...secrets: string[]): void {
    // Shorter than 8 characters is no secret, and would blot out ordinary words. 16 cover several rotations.
    const known = [...this.#secrets, ...secrets.filter((secret) => secret.length >= 8)];
    this.#secrets = [...new Set(known)].slice(-16);
  }
}

function unauthenticated(why: string, code?: number): ReleaseError {
  return new ReleaseError('DatabricksUnauthenticated', `POST ${tokenRequest.path}: ${why}`, {
    facts: { ...tokenRequest, ...(code !== undefined && { code }) },
  });
}
