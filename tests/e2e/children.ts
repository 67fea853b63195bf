import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** On top of this process's own; what is undefined is left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Lines of a program's output that are kept for whoever asks why it failed. */
const kept = 25;
const longest = 300;
/** Between asking a program to end and ending it. */
const graceMs = 3_000;

/** A program of ours with everything it starts: one process group. */
export class Child {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #out: string[] = [];
  readonly #err: string[] = [];
  readonly #tail: string[] = [];
  readonly #ended: Promise<number | null>;
  #code: number | null | undefined;
  #read = 0;

  constructor(name: string, { command, args, folder, env }: Program) {
    this.name = name;
    this.#process = spawn(command, args, {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: 'pipe',
      detached: true,
    });
    this.#ended = new Promise((resolve) => {
      const end = (code: number | null) => {
        this.#code = code;
        resolve(code);
      };
      this.#process.once('close', end);
      this.#process.once('error', (error) => {
        this.#keep(error.message);
        end(null);
      });
    });
    // A program that is gone reads nothing; its end says so.
    this.#process.stdin?.on('error', () => undefined);
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        (stream === this.#process.stdout ? this.#out : this.#err).push(line);
        this.#keep(line);
      });
    }
  }

  /** The next line on stdout that nobody took yet. @throws Error when none comes in time, or the program ends first. */
  async line(withinMs: number): Promise<string> {
    await this.#until(() => this.#read < this.#out.length, withinMs, 'said nothing more');
    return this.#out[this.#read++] ?? '';
  }

  /** @throws Error when no line of its output matches in time, or the program ends first. */
  async says(pattern: RegExp, withinMs: number): Promise<void> {
    await this.#until(() => this.#tail.some((line) => pattern.test(line)), withinMs, `never said ${pattern}`);
  }

  write(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  /** All lines on stdout. */
  output(): readonly string[] {
    return this.#out;
  }

  /** All lines on stderr. */
  complaints(): readonly string[] {
    return this.#err;
  }

  tail(): readonly string[] {
    return this.#tail;
  }

  /** @returns the exit code, null after a signal. @throws Error when it does not end in time. */
  async end(withinMs: number): Promise<number | null> {
    const stop = new AbortController();
    const late = sleep(withinMs, 'late' as const, { signal: stop.signal, ref: false });
    late.catch(() => undefined);
    const code = await Promise.race([this.#ended, late]);
    stop.abort();
    if (code === 'late') throw new Error(`${this.name} did not end within ${withinMs / 1000} s`);
    return code;
  }

  /** The whole group, also what outlived its parent. */
  signal(name: NodeJS.Signals): void {
    if (this.#process.pid === undefined) return;
    try {
      process.kill(-this.#process.pid, name);
    } catch {
      // Nobody is left in the group.
    }
  }

  /** Still runs, or ended otherwise than well: worth a look when something failed. */
  get suspect(): boolean {
    return this.#code !== 0;
  }

  alive(): boolean {
    if (this.#process.pid === undefined) return false;
    try {
      process.kill(-this.#process.pid, 0);
      return true;
    } catch {
      return false;
    }
  }

  async #until(holds: () => boolean, withinMs: number, otherwise: string): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!holds()) {
      if (this.#code !== undefined) throw new Error(`${this.name} ended with ${this.#code}`);
      if (Date.now() > deadline) throw new Error(`${this.name} ${otherwise} within ${withinMs / 1000} s`);
      await sleep(50);
    }
  }

  #keep(line: string): void {
    this.#tail.push(line.replace(/("(?:token|clientSecret)":)"[^"]*"/g, '$1"..."').slice(0, longest));
    if (this.#tail.length > kept) this.#tail.shift();
  }
}

/** Every program that a run has started. None of them outlives it. */
export class Children {
  readonly #all: Child[] = [];

  constructor() {
    // Whatever way this process ends but by SIGKILL.
    process.on('exit', () => {
      for (const child of this.#all) child.signal('SIGKILL');
    });
  }

  /**
   * When somebody interrupts the run, ends all programs, then `undo`s and exits.
   * @returns the exit code of an interrupted run; undefined until then. What fails after that is no finding.
   */
  endOnSignal(undo: () => void): () => number | undefined {
    let interrupted: number | undefined;
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      process.once(signal, () => {
        interrupted = code;
        process.stderr.write('stopped; ending what was started\n');
        this.endAll().finally(() => {
          undo();
          process.exit(code);
        });
      });
    }
    return () => interrupted;
  }

  start(name: string, program: Program): Child {
    const child = new Child(name, program);
    this.#all.push(child);
    return child;
  }

  async endAll(): Promise<void> {
    const deadline = Date.now() + graceMs;
    for (const child of this.#all) child.signal('SIGTERM');
    while (this.#all.some((child) => child.alive()) && Date.now() < deadline) await sleep(50);
    for (const child of this.#all) child.signal('SIGKILL');
  }

  /** What the programs said last that still run or ended badly; of those with one name the latest. */
  tails(): string {
    const latest = new Map(this.#all.map((child) => [child.name, child]));
    return [...latest.values()]
      .filter((child) => child.suspect && child.tail().length > 0)
      .map((child) => [`--- the end of what ${child.name} said`, ...child.tail()].join('\n'))
      .join('\n');
  }
}
