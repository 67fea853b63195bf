import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnElement, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as z from 'zod';
import { Headgate } from '../../lib/headgate.ts';
import type { FunctionName } from '../../src/contracts/functions.ts';
import { functionNames } from '../../src/contracts/functions.ts';
import type { EnvironmentConfig } from '../../src/contracts/policy.ts';
import { shipped } from './shipped.ts';

/** What we read of a template. */
export const resourceSchema = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
});
export type Resource = z.output<typeof resourceSchema>;
const templateSchema = z.looseObject({
  Resources: z.record(z.string(), resourceSchema),
  Outputs: z.record(z.string(), z.looseObject({ Value: z.unknown() })),
});

export interface Synthesised {
  readonly stack: Stack;
  /** `Functions/WatchRole` by logical id. */
  readonly paths: ReadonlyMap<string, string>;
  readonly text: string;
  readonly resources: Readonly<Record<string, Resource>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly ofType: (type: string) => (Resource & { readonly id: string })[];
}

const folder = mkdtempSync(join(tmpdir(), 'headgate-lib-'));

/** Bundles are tested by themselves; here a function's code is one line. */
const code = Object.fromEntries(
  functionNames.map((name) => {
    const own = join(folder, name);
    mkdirSync(own);
    writeFileSync(join(own, 'index.mjs'), `export const handler = () => '${name}';\n`);
    return [name, { folder: own }];
  }),
) as Record<FunctionName, { readonly folder: string }>;

/** Under the feature flags that the shipped app runs under. */
export function emptyApp(): App {
  const { context } = z
    .looseObject({ context: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')));
  return new App({
    autoSynth: false,
    context: { ...context, 'aws:cdk:disable-asset-staging': true, 'aws:cdk:disable-stack-trace': true },
  });
}

export function stackOf(environment: EnvironmentConfig, app = emptyApp()): Headgate {
  return new Headgate(app, { environment, code });
}

const known = new Map<string, Synthesised>();

/** The stack of a shipped file; made once, as nobody changes it. */
export function shippedStack(environment: string): Synthesised {
  const found = known.get(environment) ?? synthesised(shipped(environment));
  known.set(environment, found);
  return found;
}

export function synthesised(environment: EnvironmentConfig): Synthesised {
  const stack = stackOf(environment);
  const template = Template.fromStack(stack).toJSON();
  const { Resources: resources, Outputs } = templateSchema.parse(template);
  return {
    stack,
    paths: pathsIn(stack),
    text: JSON.stringify(template),
    resources,
    outputs: Object.fromEntries(Object.entries(Outputs).map(([name, { Value }]) => [name, Value])),
    ofType: (type) =>
      Object.entries(resources)
        .filter(([, resource]) => resource.Type === type)
        .map(([id, resource]) => ({ id, ...resource })),
  };
}

function pathsIn(stack: Stack): ReadonlyMap<string, string> {
  const elements = stack.node.findAll().filter((node) => CfnElement.isCfnElement(node));
  // `headgate-production/Functions/WatchRole/Resource`
  return new Map(
    elements.map(({ logicalId, node }) => [
      String(stack.resolve(logicalId)),
      node.path.split('/').slice(1, -1).join('/'),
    ]),
  );
}
