/** Progress for people, on standard error: standard output is kept for what programs read. */

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

export interface Timed {
  readonly step: string;
  readonly seconds: number;
}

/** Runs the steps of a run, says each with its time, and keeps the times. */
export class Progress {
  readonly times: Timed[] = [];
  readonly #began = Date.now();

  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const began = Date.now();
    say(`[${this.#sinceStart()}] ${name} ...`);
    try {
      const made = await work();
      const seconds = (Date.now() - began) / 1000;
      this.times.push({ step: name, seconds });
      say(`[${this.#sinceStart()}] ${name}: ${seconds.toFixed(1)} s`);
      return made;
    } catch (error) {
      say(`[${this.#sinceStart()}] ${name}: FAILED after ${((Date.now() - began) / 1000).toFixed(1)} s`);
      throw error;
    }
  }

  get seconds(): number {
    return (Date.now() - this.#began) / 1000;
  }

  #sinceStart(): string {
    const total = Math.floor(this.seconds);
    return `${Math.floor(total / 60)}:${String(total % 60).padStart(2, '0')}`;
  }
}

/** What must be undone, whatever happens: run backwards, each once, and none keeps the others from being run. */
export class Undoing {
  readonly #undo: { readonly what: string; readonly run: () => Promise<void> | void }[] = [];

  later(what: string, run: () => Promise<void> | void): void {
    this.#undo.push({ what, run });
  }

  async all(): Promise<void> {
    for (let next = this.#undo.pop(); next; next = this.#undo.pop()) {
      try {
        await next.run();
      } catch (error) {
        say(`Not undone: ${next.what}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
}
