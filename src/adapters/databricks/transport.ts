import * as z from 'zod';
import type { Clock } from '../../app/ports/clock.ts';
import { isReleaseError, type ReleaseError } from '../../contracts/errors.ts';
import { after, type Instant, type Millis, millis, seconds } from '../../domain/units.ts';
import { Authenticator, type Credentials, tokenRequest } from './auth.ts';
import { type Answer, isHtml, lost, parsedJson, refusal, unreadable } from './errors.ts';
import { exchange, workspaceUrl } from './http.ts';

export interface DatabricksOptions {
  /** `https://<workspace host>`; plain http for loopback only. */
  readonly host: string;
  /** Called at the first need, and again once after the workspace refused what it gave. */
  readonly credentials: () => Promise<Credentials>;
  readonly clock: Clock;
  readonly fetch?: typeof globalThis.fetch;
  readonly userAgent?: string;
  /** For one attempt at anything but a model query. Default 30 s. */
  readonly timeout?: Millis;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Made by the `path` tag. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /**
   * `always`: the same call twice is the same as once (a read, a cancel, a start with an idempotency token), so it
   * is sent again after a lost answer. `if-refused`: sent again only when the workspace said that it did nothing;
   * after a lost answer the caller must look before it writes again.
   */
  readonly repeat: 'always' | 'if-refused';
  readonly timeout?: Millis | undefined;
  readonly signal?: AbortSignal | undefined;
}

// Long enough to ride out a burst, short enough for a Lambda; longer troubles belong to the state machine's Retry.
const patience = seconds(20);
const defaultPause = seconds(1);

/** Authorised HTTP with the retry rule in it. */
export class Transport {
  readonly #host: URL;
  readonly #options: DatabricksOptions;
  readonly #auth: Authenticator;

  /** @throws ReleaseError ConfigurationInvalid for an unusable host */
  constructor(options: DatabricksOptions) {
    this.#host = workspaceUrl(options.host);
    this.#options = options;
    this.#auth = new Authenticator({
      credentials: options.credentials,
      clock: options.clock,
      post: (form, headers) =>
        this.#exchange(
          { ...tokenRequest, method: 'POST', repeat: 'always' },
          { 'content-type': 'application/x-www-form-urlencoded', ...headers },
          form,
        ),
    });
  }

  /**
   * One authorised exchange; any answer but a refusal of ourselves is a fact for the caller. A refused token is
   * replaced once and the call repeated, which is safe: a refused request has had no effect.
   *
   * @throws ReleaseError DatabricksUnauthenticated, DatabricksForbidden (our own 401/403), DatabricksUnavailable (no
   *   answer; `facts.lost`), DatabricksThrottled (token endpoint)
   */
  observe(call: Call): Promise<Answer> {
    return this.#authorised(call, this.#giveUpAt());
  }

  /**
   * The JSON of a 2xx answer. 429 and 503 are repeated after Retry-After (default 1 s) for at most 20 s in all.
   * @throws ReleaseError every Databricks name of the errors table
   */
  async json(call: Call): Promise<unknown> {
    const giveUpAt = this.#giveUpAt();
    const answer = await this.#retrying(call, giveUpAt, async () => {
      const given = await this.#authorised(call, giveUpAt);
      if (given.code < 200 || given.code > 299) throw refusal(given, call);
      // A 2xx without an answer in it came from something in between; what the workspace did is unknown.
      if (given.text.trim() === '') throw lost(call, 'answer', `${given.code} with an empty body`);
      if (isHtml(given.text)) throw lost(call, 'answer', `${given.code} with an HTML page`);
      return given;
    });
    const parsed = parsedJson(answer.text);
    if (!parsed) throw unreadable(call, `it is not JSON (${answer.code}, ${answer.text.length} characters)`);
    return parsed.value;
  }

  /** For texts of a 2xx answer that go into a message; error bodies come redacted. */
  redact(text: string): string {
    return this.#auth.redact(text);
  }

  /** As `json`, parsed on what we use. */
  async read<S extends z.ZodType>(call: Call, schema: S): Promise<z.output<S>> {
    return parseAs(schema, await this.json(call), call);
  }

  /** As `json`, for calls whose answer says nothing: any 2xx will do. */
  async tell(call: Call): Promise<void> {
    const giveUpAt = this.#giveUpAt();
    await this.#retrying(call, giveUpAt, async () => {
      const given = await this.#authorised(call, giveUpAt);
      if (given.code < 200 || given.code > 299) throw refusal(given, call);
    });
  }

  #giveUpAt(): Instant {
    return after(this.#options.clock.now(), patience);
  }

  async #authorised(call: Call, giveUpAt: Instant): Promise<Answer> {
    for (let renewed = false; ; renewed = true) {
      const bearer = await this.#retrying(call, giveUpAt, () => this.#auth.bearer());
      const body = call.body === undefined ? undefined : JSON.stringify(call.body);
      const answer = await this.#exchange(
        call,
        {
          authorization: `Bearer ${bearer}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        body,
      );
      if (answer.code !== 401 && answer.code !== 403) return answer;
      const refused = refusal(answer, call);
      if (refused.name !== 'DatabricksUnauthenticated' || renewed) throw refused;
      this.#auth.forget(bearer);
    }
  }

  async #retrying<T>(call: Call, giveUpAt: Instant, attempt: () => Promise<T>): Promise<T> {
    const { clock } = this.#options;
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        const pause = isReleaseError(error) ? pauseAfter(error, call) : undefined;
        if (pause === undefined || after(clock.now(), pause) > giveUpAt) throw error;
        await clock.sleep(pause, call.signal);
      }
    }
  }

  #exchange(call: Call, headers: Record<string, string>, body: string | undefined): Promise<Answer> {
    const url = new URL(call.path, this.#host);
    for (const [name, value] of Object.entries(call.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return exchange(
      this.#options.fetch ?? globalThis.fetch,
      {
        method: call.method,
        path: call.path,
        url,
        headers: {
          accept: 'application/json',
          'user-agent': this.#options.userAgent ?? 'headgate',
          ...headers,
        },
        ...(body !== undefined && { body }),
        timeout: call.timeout ?? this.#options.timeout ?? seconds(30),
        signal: call.signal,
      },
      (text) => this.#auth.redact(text),
    );
  }
}

/** @throws ReleaseError DatabricksAnswerUnreadable */
export function parseAs<S extends z.ZodType>(
  schema: S,
  value: unknown,
  call: Pick<Call, 'method' | 'path'>,
): z.output<S> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw unreadable(call, z.prettifyError(parsed.error));
  return parsed.data;
}

/** How long to wait before the same call again; undefined when it must not be sent again from here. */
function pauseAfter(error: ReleaseError, call: Call): Millis | undefined {
  const { code, errorCode, lost: lostHow, path, retryAfterMs } = factsOf(error);
  // 0 would hammer, and under a virtual clock never end.
  const pause = millis(Math.max(retryAfterMs ?? 0, defaultPause));
  if (error.name === 'DatabricksThrottled') return pause;
  if (error.name !== 'DatabricksUnavailable') return undefined;
  // Whatever happened at the token endpoint, the call itself was not sent.
  const repeatable = call.repeat === 'always' || path === tokenRequest.path;
  // The service saying "unavailable" in its own words did nothing; a proxy's page only says that nobody knows.
  const refused = retryAfterMs !== undefined || (errorCode !== undefined && errorCode !== 'UNKNOWN');
  if (code === 503) return repeatable || refused ? pause : undefined;
  // Time-outs are not repeated: one has already used up the patience.
  return lostHow === 'connection' && repeatable ? pause : undefined;
}

const retryFacts = z.looseObject({
  code: z.number().optional(),
  errorCode: z.union([z.string(), z.number()]).optional(),
  lost: z.string().optional(),
  path: z.string().optional(),
  retryAfterMs: z.number().optional(),
});

function factsOf(error: ReleaseError): z.output<typeof retryFacts> {
  return retryFacts.parse(error.facts);
}
