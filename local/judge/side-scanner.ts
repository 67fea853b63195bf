import type { Histogram, SideCounts } from '../../src/domain/evidence.ts';
import { type JsonBytes, keysOf } from './bytes.ts';

type Building = { -readonly [Key in keyof SideCounts]: SideCounts[Key] };

const sideKeys = keysOf('requests', 'errors', 'latencyMs', 'clientErrors', 'throttled');
const histogramKeys = keysOf('le', 'n');

/** Reads one side of records of the usual form; `SideReader` is the thorough one. */
export class SideScanner {
  readonly #json: JsonBytes;
  /** Edges of the histogram as they were last found to be right, and their text, which hardly ever changes. */
  #edges: Histogram['le'] = [];
  #text: Uint8Array = new Uint8Array(0);

  constructor(json: JsonBytes) {
    this.#json = json;
  }

  learn(side: SideCounts | null): void {
    if (side?.latencyMs === undefined) return;
    this.#edges = side.latencyMs.le;
    this.#text = new Uint8Array(0);
  }

  /** The side that is next. */
  scan(): SideCounts {
    const json = this.#json;
    const side: Building = { requests: -1, errors: -1 };
    let key = -1;
    json.take(OPEN_MAP);
    do {
      key = json.key(sideKeys, key + 1);
      if (key === 0) side.requests = json.count();
      else if (key === 1) side.errors = json.count();
      else if (key === 2) side.latencyMs = this.#histogram();
      else if (key === 3) side.clientErrors = json.count();
      else if (key === 4) side.throttled = json.count();
    } while (json.another(CLOSE_MAP));
    const { requests, errors, clientErrors = 0, latencyMs } = side;
    if (requests < 0 || errors < 0 || errors + clientErrors > requests) json.fail();
    if (latencyMs !== undefined && sumOf(latencyMs.n) > requests) json.fail();
    return side;
  }

  #histogram(): Histogram {
    const json = this.#json;
    let counts: number[] = [];
    let isKnown = false;
    let key = -1;
    json.take(OPEN_MAP);
    do {
      key = json.key(histogramKeys, key + 1);
      if (key === 0) isKnown = this.#hasEdges();
      else if (key === 1) counts = this.#counts();
    } while (json.another(CLOSE_MAP));
    if (!isKnown || counts.length !== this.#edges.length) json.fail();
    return { le: this.#edges, n: counts };
  }

  /** Other edges than the last ones are left to the reader, which sees whether they are right. */
  #hasEdges(): boolean {
    const json = this.#json;
    if (json.skips(this.#text)) return true;
    const from = json.at;
    const edges = this.#edges;
    let bucket = 0;
    let isSame = true;
    json.take(OPEN_LIST);
    do {
      const edge = json.peek() === SMALL_N ? (json.isNull() ? null : undefined) : json.number();
      if (edge !== edges[bucket]) isSame = false;
      bucket += 1;
    } while (json.another(CLOSE_LIST) && isSame);
    if (!json.ok || !isSame || bucket !== edges.length) return false;
    this.#text = json.since(from);
    return true;
  }

  #counts(): number[] {
    const json = this.#json;
    // As long as it must be: what grows takes more room than it needs.
    const counts = new Array<number>(this.#edges.length);
    let bucket = 0;
    let more = true;
    json.take(OPEN_LIST);
    for (; more && bucket < counts.length; bucket += 1) {
      counts[bucket] = json.count();
      more = json.another(CLOSE_LIST);
    }
    return more || bucket < counts.length ? [] : counts;
  }
}

function sumOf(counts: readonly number[]): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}

const [OPEN_LIST, CLOSE_LIST, SMALL_N, OPEN_MAP, CLOSE_MAP] = [91, 93, 110, 123, 125];
