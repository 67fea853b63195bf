import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { baseRuns } from './base-runs.ts';
import { shuffled } from './chance.ts';
import type { Figures, Found } from './node.ts';
import { Search } from './search.ts';
import { roomFor } from './seen.ts';
import { type ShardFigures, shard } from './shards.ts';

/** Every thread goes through all base runs, takes the next first fault that nobody took, and knows what others saw. */

export interface SearchJob {
  readonly kind: 'search';
  readonly runs: readonly string[];
  readonly budget: 1 | 2;
  /** Where time ends before the work: in which order first faults are taken, and until when, in ms since 1970. */
  readonly seed: number;
  readonly until: number;
}
export interface ShardJob {
  readonly kind: 'shard';
  readonly seed: number;
  readonly runs: number;
  readonly until: number;
}

interface Shared {
  readonly seen: readonly SharedArrayBuffer[];
  /** How many first faults of each run were taken. */
  readonly taken: SharedArrayBuffer;
}

/** First faults of a base run that were explored by one worker, and how many there are. */
export interface Covered {
  readonly explored: number;
  readonly of: number;
}

export interface Done {
  readonly figures: Figures | ShardFigures;
  readonly found: readonly Found[];
  readonly covered?: Readonly<Record<string, Covered>>;
}

type Message =
  | { readonly done: Done }
  | { readonly progress: Figures | ShardFigures; readonly found: number };

type OnProgress = (worker: number, figures: Figures | ShardFigures, found: number) => void;

/** Of the merges this part is followed to its end, so that it costs as much in both. */
const auditedShare = { 1: 0.05, 2: 0.001 };

/** All worlds of a singles search are 60,000, of a pairs search three million. */
const bitsFor = { 1: 20, 2: 23 };

export async function search(job: SearchJob, onProgress: OnProgress): Promise<Done[]> {
  const seen = Array.from({ length: job.budget + 1 }, (_, left) =>
    roomFor(left === 0 ? bitsFor[job.budget] : 20),
  );
  const shared: Shared = { seen, taken: new SharedArrayBuffer(4 * job.runs.length) };
  const count = availableParallelism();
  return Promise.all(Array.from({ length: count }, (_, part) => inWorker({ job, shared, part }, onProgress)));
}

/** One shard for each processor, each with a part of the runs and draws of its own. */
export async function shards(job: ShardJob, onProgress: OnProgress): Promise<Done[]> {
  const count = availableParallelism();
  return Promise.all(
    Array.from({ length: count }, (_, part) => {
      const runs = Math.floor(job.runs / count) + (part < job.runs % count ? 1 : 0);
      return inWorker({ job: { ...job, runs, seed: job.seed * count + part }, part }, onProgress);
    }),
  );
}

interface Task {
  readonly job: SearchJob | ShardJob;
  readonly shared?: Shared;
  readonly part: number;
}

/** Worlds live from one branch to the next: with little room for young ones half of the time goes into moving them. */
const room = { maxYoungGenerationSizeMb: 96, maxOldGenerationSizeMb: 2_000 };

function inWorker(task: Task, onProgress: OnProgress): Promise<Done> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: task, resourceLimits: room });
    worker.on('message', (message: Message) => {
      if ('done' in message) resolve(message.done);
      else onProgress(task.part, message.progress, message.found);
    });
    worker.on('error', reject);
    worker.on('exit', (code) => code !== 0 && reject(new Error(`A worker ended with ${code}.`)));
  });
}

type Tell = (figures: Figures | ShardFigures, found: number) => void;

async function perform({ job, shared, part }: Task, tell: Tell): Promise<Done> {
  if (job.kind === 'shard') {
    const stop = () => Date.now() >= job.until;
    return shard(job.seed, job.runs, { onProgress: tell, stop });
  }
  const taken = new Int32Array(shared?.taken ?? new SharedArrayBuffer(4 * job.runs.length));
  const sum: Record<string, number> = {};
  const found: Found[] = [];
  const covered: Record<string, Covered> = {};
  for (const [at, name] of job.runs.entries()) {
    const run = baseRuns.find((one) => one.name === name);
    if (!run) throw new RangeError(`There is no base run ${name}.`);
    const stop = () => Date.now() >= job.until;
    const budget = run.troubled ? 1 : job.budget;
    const options = { budget, stop, audited: auditedShare[job.budget], ...(shared && { seen: shared.seen }) };
    const order = shuffled(job.seed);
    const isMine = nextOf(taken, at);
    const one = new Search(run, {
      ...options,
      order,
      isMine,
      onProgress: (figures, count) => tell(figures, found.length + count),
    });
    await one.explore();
    addTo(sum, one.figures, part);
    covered[name] = { explored: one.figures.explored, of: one.figures.faultsReduced };
    found.push(...one.found.values());
  }
  return { figures: sum as unknown as Figures, found, covered };
}

/** First faults are handed out one by one, to whoever asks first. */
function nextOf(taken: Int32Array, at: number): () => boolean {
  let asked = 0;
  let mine = Atomics.add(taken, at, 1);
  return () => {
    if (asked++ !== mine) return false;
    mine = Atomics.add(taken, at, 1);
    return true;
  };
}

/** The way without a fault is walked by every thread, and its faults are counted once. */
function addTo(sum: Record<string, number>, figures: Figures, part: number): void {
  const own: Partial<Figures> = part === 0 ? {} : { faultsRaw: 0, faultsReduced: 0 };
  for (const [name, value] of Object.entries({ ...figures, ...own })) {
    if (name === 'complete') sum[name] = Math.min(sum[name] ?? 1, value);
    else sum[name] = name === 'longest' ? Math.max(sum[name] ?? 0, value) : (sum[name] ?? 0) + value;
  }
}

if (!isMainThread && parentPort && isTask(workerData)) {
  // Nobody reads where an error of a fault came from, and asking for it is dear.
  Error.stackTraceLimit = 0;
  const port = parentPort;
  let told = 0;
  const done = await perform(workerData, (progress, found) => {
    if (Date.now() - told < 500) return;
    told = Date.now();
    port.postMessage({ progress, found } satisfies Message);
  });
  port.postMessage({ done } satisfies Message);
}

function isTask(data: unknown): data is Task {
  return typeof data === 'object' && data !== null && 'job' in data;
}
