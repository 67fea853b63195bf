/** What a run found out. The four members of its last line, and what else was wrong. */
export class Findings {
  promoted = false;
  rolledBack = false;
  statesEqual = false;
  readonly differences: string[] = [];
  /** Anything that makes the run fail although the three above hold, and why one of them does not. */
  readonly faults: string[] = [];

  get good(): boolean {
    return this.promoted && this.rolledBack && this.statesEqual && this.faults.length === 0;
  }

  line(): string {
    const { promoted, rolledBack, statesEqual, differences } = this;
    return JSON.stringify({ promoted, rolledBack, statesEqual, differences });
  }
}
