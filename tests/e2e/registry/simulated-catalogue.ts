import * as z from 'zod';
import type { WorkspaceConnection } from '../../../local/private-file.ts';

/** A version as the training run left it, and how it will answer. */
export interface NewVersion {
  readonly run: string;
  readonly source: string;
  readonly behaviour: object;
}

/** The simulated workspace from outside: its catalogue takes versions, and says what is served. */
export interface SimulatedCatalogue {
  /** Adds the next version, telling nobody. @returns its number */
  register(model: string, version: NewVersion): Promise<string>;
  /** Served entity and its share, by the simulator's own account. */
  served(endpoint: string): Promise<Readonly<Record<string, number>>>;
  aliased(model: string, alias: string): Promise<string>;
}

export function simulatedCatalogue({ host, token }: WorkspaceConnection): SimulatedCatalogue {
  const ask = async <T>(schema: z.ZodType<T>, path: string, body?: object): Promise<T> => {
    const answer = await fetch(new URL(path, host), {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`the simulated workspace refused ${path}: ${answer.status} ${text}`);
    return schema.parse(JSON.parse(text));
  };
  return {
    register: async (model, { run: runId, source, behaviour }) => {
      const added = z.object({ version: z.number() });
      const path = `/_simulator/models/${model}/versions`;
      return String((await ask(added, path, { runId, source, behaviour })).version);
    },
    served: async (endpoint) => {
      const arm = z.object({ served_entity_name: z.string(), percentage: z.number() });
      const { arms } = await ask(
        z.object({ arms: z.array(arm) }),
        `/_simulator/endpoints/${endpoint}/traffic`,
      );
      return Object.fromEntries(arms.map((one) => [one.served_entity_name, one.percentage]));
    },
    aliased: async (model, alias) => {
      const path = `/api/2.1/unity-catalog/models/${model}/aliases/${alias}`;
      const { version } = await ask(z.object({ version: z.number() }), path);
      return String(version);
    },
  };
}
