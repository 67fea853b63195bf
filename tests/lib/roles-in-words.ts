import * as z from 'zod';
import type { Synthesised } from './synthesised.ts';

const policySchema = z.array(
  z.looseObject({
    PolicyDocument: z.looseObject({
      Statement: z.array(
        z.strictObject({
          Sid: z.string(),
          Effect: z.literal('Allow'),
          Action: z.union([z.string(), z.array(z.string())]),
          Resource: z.unknown(),
        }),
      ),
    }),
  }),
);

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

/** An intrinsic function in words: a resource by its construct path, a secret by its name, ARNs without the account. */
export function inWords(value: unknown, at: Synthesised): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  if ('Ref' in value && typeof value.Ref === 'string') return named(value.Ref, at);
  if ('Fn::GetAtt' in value) return named(String(list(value['Fn::GetAtt'])[0]), at);
  if ('Fn::Join' in value) {
    const [separator, parts] = list(value['Fn::Join']);
    return list(parts)
      .map((part) => inWords(part, at))
      .join(String(separator))
      .replace(/^arn:aws:([a-z]+):region:account:/, '$1 ');
  }
  return JSON.stringify(value);
}

function named(reference: string, at: Synthesised): string {
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::Partition': 'aws',
    'AWS::Region': 'region',
    'AWS::AccountId': 'account',
    'AWS::URLSuffix': 'amazonaws.com',
  };
  const resource = at.resources[reference];
  if (resource === undefined) return pseudo[reference] ?? `(${reference})`;
  const name = resource.Properties['Name'];
  if (resource.Type === 'AWS::SecretsManager::Secret' && typeof name === 'string') return name;
  return at.paths.get(reference) ?? reference;
}

/** What a role grants: each action on each resource, once, as `action on resource`. */
export function grantsIn(roleId: string, at: Synthesised): string[] {
  const policies = policySchema.parse(at.resources[roleId]?.Properties['Policies'] ?? []);
  const grants = policies.flatMap(({ PolicyDocument: { Statement } }) =>
    Statement.flatMap(({ Action, Resource }) =>
      list(Action).flatMap((action) =>
        list(Resource).map((resource) => `${String(action)} on ${inWords(resource, at)}`),
      ),
    ),
  );
  return [...new Set(grants)].sort();
}

/** The role of each function, by the function's name. */
export function rolesOf(at: Synthesised): Readonly<Record<string, string>> {
  return Object.fromEntries(
    at.ofType('AWS::Lambda::Function').map(({ Properties }) => {
      const role = Properties['Role'];
      const reference =
        typeof role === 'object' && role !== null && 'Fn::GetAtt' in role
          ? String(list(role['Fn::GetAtt'])[0])
          : '';
      return [String(Properties['FunctionName']).split('-').at(-1), reference];
    }),
  );
}

/** The same in fewer lines: `s3 GetObject, PutObject on Stores/Evidence/releases/*`. */
export function briefly(grants: readonly string[]): string[] {
  const actions = new Map<string, string[]>();
  for (const grant of grants) {
    const [, service = '', action = '', resource = ''] = /^([a-z0-9-]+):(\w+) on (.+)$/s.exec(grant) ?? [];
    const key = `${service} * on ${resource}`;
    actions.set(key, [...(actions.get(key) ?? []), action]);
  }
  return [...actions].map(([key, of]) => key.replace('*', of.join(', ')));
}
