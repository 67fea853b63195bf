import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { VirtualClock } from '../../local/clock.ts';
import type { Controller } from '../../local/compose.ts';
import type { Workspace } from '../../local/workspace/workspace.ts';
import type { AuditRow } from '../../src/app/ports/ledger.ts';
import type { ReleaseView } from '../../src/contracts/api.ts';
import { endpoint, model } from './setting.ts';

/** A release by what identifies it. */
export interface Running {
  readonly releaseId: string;
  readonly version: string;
}

/** What can be seen of a controller and of its workspace, each by its own word; changes nothing. */
export class Witness {
  readonly clock: VirtualClock;
  readonly workspace: Workspace;
  readonly data: string;
  /** Set by whoever opens it. */
  protected current: Controller | undefined;

  constructor(clock: VirtualClock, workspace: Workspace, data: string) {
    this.clock = clock;
    this.workspace = workspace;
    this.data = data;
  }

  get controller(): Controller {
    if (this.current) return this.current;
    throw new RangeError('No controller is open.');
  }

  view({ releaseId }: Pick<Running, 'releaseId'>): Promise<ReleaseView> {
    return this.clock.busy(() => this.controller.operations.release(releaseId));
  }

  ledger<T>(ask: (ledger: Controller['ports']['ledger']) => Promise<T>): Promise<T> {
    return this.clock.busy(() => ask(this.controller.ports.ledger));
  }

  trail(release?: Pick<Running, 'releaseId'>): Promise<readonly AuditRow[]> {
    return this.ledger((ledger) => ledger.auditTrail(release ? { releaseId: release.releaseId } : {}));
  }

  /** The release's files whose reference contains `part`, read as JSON, oldest first. */
  async files<T>(release: Pick<Running, 'releaseId'>, part: string): Promise<T[]> {
    const { files } = await this.view(release);
    const found = files.filter((file) => file.ref.includes(part));
    return this.clock.busy(() =>
      Promise.all(found.map(async (file) => JSON.parse(await this.controller.ports.evidence.get(file)) as T)),
    );
  }

  /** Every share that the entity of `version` ever had while it was routed, in order, by the simulator's own word. */
  async shares(version: string, name = endpoint): Promise<number[]> {
    const { activations } = await this.workspace.truth(name);
    return activations.flatMap(({ routes }) =>
      routes.flatMap((route) => (route.entityVersion === version ? [route.percentage] : [])),
    );
  }

  /** What the endpoint serves now, by the simulator's own word: version -> share, those above 0 only. */
  async serving(name = endpoint): Promise<Record<string, number>> {
    const { activations } = await this.workspace.truth(name);
    const routes = activations.at(-1)?.routes ?? [];
    return Object.fromEntries(
      routes.flatMap((route) => (route.percentage > 0 ? [[route.entityVersion, route.percentage]] : [])),
    );
  }

  /** GET of the workspace's API as the controller's own client would ask. */
  async get(path: string): Promise<Record<string, unknown>> {
    return this.clock.busy(async () => {
      const headers = { authorization: `Bearer ${this.workspace.token}` };
      const answer = await fetch(`${this.workspace.host}${path}`, { headers });
      return (await answer.json()) as Record<string, unknown>;
    });
  }

  /** The version that the alias names. */
  async alias(name = 'champion', of = model): Promise<string> {
    return String((await this.get(`/api/2.1/unity-catalog/models/${of}/aliases/${name}`))['version']);
  }

  /** States that the execution entered, in order, and how often a task was tried again. */
  async journey({ releaseId }: Pick<Running, 'releaseId'>) {
    const record = await this.ledger((ledger) => ledger.release(releaseId));
    const events = record?.executionArn
      ? await this.controller.engine.getExecutionHistory(record.executionArn)
      : [];
    const entered = events.flatMap((event) =>
      event.type.endsWith('StateEntered') ? [String(event['stateEnteredEventDetails']?.['name'])] : [],
    );
    const tries = events.filter((event) => event.type === 'TaskScheduled').length;
    const tasks = events.filter((event) => event.type === 'TaskStateEntered').length;
    return { entered, retries: tries - tasks, events: events.length };
  }

  /** Every row of every table of the ledger, less the audit trail. */
  dump(): Record<string, unknown[]> {
    const database = new DatabaseSync(join(this.data, 'ledger.sqlite'), { readOnly: true });
    try {
      const tables = database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        .all()
        .map((row) => String(row['name']))
        .filter((name) => !name.includes('audit'));
      return Object.fromEntries(
        tables.map((name) => [name, database.prepare(`SELECT * FROM "${name}"`).all()]),
      );
    } finally {
      database.close();
    }
  }
}
