/**
 * A Databricks workspace without a socket: it takes the place of `fetch`, so that the shipped client is measured with
 * the engine and the ledger, and a simulator and the loopback are not. Each call costs the same, however many
 * endpoints there are. Routes and bodies are those that a release of the shipped machine needs, no more.
 */
export class Databricks {
  /** Calls so far. */
  calls = 0;
  readonly #now: () => number;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #aliases = new Map<string, number>();
  readonly #questions = new Map<string, ReadonlyMap<string, string>>();
  #serial = 0;

  /** @param now virtual milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now;
  }

  addEndpoint(name: string, model: string): void {
    const config = {
      served_entities: [
        {
          name: 'first-1',
          entity_name: model,
          entity_version: '1',
          workload_size: 'Small',
          scale_to_zero_enabled: false,
        },
      ],
      traffic_config: { routes: [{ served_entity_name: 'first-1', traffic_percentage: 100 }] },
    };
    this.#endpoints.set(name, { config, version: 1, pending: undefined });
    this.#aliases.set(model, 1);
  }

  /** Version -> share of what has traffic. */
  serving(name: string): Record<string, number> {
    const { config } = this.#settled(name);
    const versions = new Map(config.served_entities.map((one) => [one.name, one.entity_version]));
    return Object.fromEntries(
      config.traffic_config.routes
        .filter((route) => route.traffic_percentage > 0)
        .map((route) => [versions.get(route.served_entity_name) ?? '?', route.traffic_percentage]),
    );
  }

  readonly fetch: typeof globalThis.fetch = async (target, init) => {
    this.calls += 1;
    const { pathname } = new URL(target instanceof Request ? target.url : target);
    const method = init?.method ?? 'GET';
    const body: unknown =
      typeof init?.body === 'string' && pathname !== token ? JSON.parse(init.body) : undefined;
    const answer = this.#answer(method, pathname.split('/').map(decodeURIComponent), pathname, body);
    if (answer === undefined) throw new Error(`the benchmark's workspace knows no ${method} ${pathname}`);
    return Response.json(answer);
  };

  #answer(method: string, parts: readonly string[], path: string, body: unknown): object | undefined {
    if (path === token) return { access_token: 'a-token-of-the-benchmark', expires_in: 3600 };
    if (path === '/api/2.0/sql/statements') return this.#ask(body);
    const [, , , area = '', name = '', what, which = ''] = parts;
    if (area === 'sql') return this.#rows(parts[5] ?? '');
    if (area === 'serving-endpoints') {
      return what === 'config' ? this.#replace(name, body) : this.#show(name);
    }
    if (area !== 'unity-catalog') return undefined;
    const [model = '', about, last = ''] = [what, which, parts[7]];
    if (about === 'versions') return versionOf(model, Number(last));
    if (about !== 'aliases') return undefined;
    if (method === 'PUT' && hasVersion(body)) this.#aliases.set(model, body.version_num);
    return versionOf(model, this.#aliases.get(model) ?? 1);
  }

  #replace(name: string, body: unknown): object {
    const endpoint = this.#settled(name);
    // The one cast: this workspace is handed what the shipped client writes, and nobody else writes.
    endpoint.pending = { config: body as Config, until: this.#now() + updateMs };
    return {};
  }

  #show(name: string): object {
    const { config, version, pending } = this.#settled(name);
    return {
      id: `id-${name}`,
      name,
      state: { ready: 'READY', config_update: pending ? 'IN_PROGRESS' : 'NOT_UPDATING' },
      config: { ...shown(config, 'DEPLOYMENT_READY'), config_version: version },
      ...(pending ? { pending_config: shown(pending.config, 'DEPLOYMENT_CREATING') } : {}),
      route_optimized: false,
    };
  }

  /** The endpoint with an update that is due brought about. @throws Error for one that was never added */
  #settled(name: string): Endpoint {
    const endpoint = this.#endpoints.get(name);
    if (!endpoint) throw new Error(`the benchmark has no endpoint ${name}`);
    if (endpoint.pending && endpoint.pending.until <= this.#now()) {
      endpoint.config = endpoint.pending.config;
      endpoint.version += 1;
      endpoint.pending = undefined;
    }
    return endpoint;
  }

  #ask(body: unknown): object {
    this.#serial += 1;
    const id = `statement-${this.#serial}`;
    const { parameters } = body as { parameters: { name: string; value: string }[] };
    this.#questions.set(id, new Map(parameters.map(({ name, value }) => [name, value])));
    return { statement_id: id, status: { state: 'SUCCEEDED' } };
  }

  #rows(id: string): object {
    const asked = this.#questions.get(id);
    this.#questions.delete(id);
    const of = (name: string) => Number(asked?.get(name));
    const table: string[][] = [];
    for (
      let at = Math.ceil(of('from_ms') / of('span_ms')) * of('span_ms');
      at < of('until_ms');
      at += of('span_ms')
    ) {
      table.push([String(at), ...perWindow]);
    }
    return {
      statement_id: id,
      status: { state: 'SUCCEEDED' },
      manifest: { schema: { columns }, total_row_count: table.length },
      result: { data_array: table },
    };
  }
}

interface Config {
  readonly served_entities: readonly { readonly name: string; readonly entity_version: string }[];
  readonly traffic_config: {
    readonly routes: readonly { readonly served_entity_name: string; readonly traffic_percentage: number }[];
  };
}

interface Endpoint {
  config: Config;
  version: number;
  pending: { readonly config: Config; readonly until: number } | undefined;
}

const token = '/oidc/v1/token';
/** Virtual time that an update takes. */
const updateMs = 20_000;

const columns = [
  'window_at',
  'baseline_requests',
  'baseline_errors',
  'baseline_slow',
  'candidate_requests',
  'candidate_errors',
  'candidate_slow',
].map((name, position) => ({ name, position }));
/** A healthy pair of versions: 0.5 % of either's requests fail. */
const perWindow = ['2000', '10', '0', '2000', '10', '0'];

const shown = (config: Config, deployment: string) => ({
  ...config,
  served_entities: config.served_entities.map((one) => ({ ...one, state: { deployment } })),
});

const versionOf = (model: string, version: number) => ({
  model_name: model,
  version,
  status: 'READY',
  id: `${model}/${version}`,
  source: `dbfs:/models/${version}`,
  run_id: `run-${version}`,
});

const hasVersion = (body: unknown): body is { version_num: number } =>
  typeof body === 'object' && body !== null && 'version_num' in body && typeof body.version_num === 'number';
