import { Validations } from 'aws-cdk-lib';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { workspaceRoles } from '../../src/contracts/workspace-roles.ts';
import { digestOf } from './digest.ts';
import { shipped } from './shipped.ts';
import { emptyApp, shippedStack, stackOf, synthesised } from './synthesised.ts';

const findings = (scope: Parameters<AwsSolutionsChecks['validateScope']>[0]): string[] =>
  [new AwsSolutionsChecks(), new ServerlessChecks()].flatMap((pack) =>
    pack.validateScope(scope).violations.map(({ ruleName }) => ruleName),
  );

describe('the stack', () => {
  it('of production is what it was reviewed as', async () => {
    await expect(digestOf(shippedStack('production'))).toMatchFileSnapshot('production.digest.txt');
  });

  it('has the same name as its environment, and nothing from another one', () => {
    for (const environment of workspaceRoles) {
      const { stack, text } = shippedStack(environment);
      expect(stack.stackName).toBe(`headgate-${environment}`);
      const others = workspaceRoles.filter((other) => other !== environment);
      expect(others.filter((other) => text.includes(`headgate-${other}`))).toEqual([]);
    }
  });

  it.each(workspaceRoles)('of %s leaves cdk-nag nothing to say', (environment) => {
    expect(findings(shippedStack(environment).stack)).toEqual([]);
  });

  it('is what cdk-nag looks at: a table without recovery beside it is found', () => {
    const stack = stackOf(shipped('test'));
    new Table(stack, 'Planted', { partitionKey: { name: 'pk', type: AttributeType.STRING } });
    expect(findings(stack)).toContain('AwsSolutions-DDB3');
  });

  it('answers only at the paths of senders that the environment has secrets of', () => {
    const { mlflow } = shipped('production').intake;
    const routes = (intake: ReturnType<typeof shipped>['intake']) =>
      synthesised({ ...shipped('production'), intake })
        .ofType('AWS::ApiGatewayV2::Route')
        .map(({ Properties }) => Properties['RouteKey']);
    expect(routes({ mlflow })).toEqual(['POST /intake/mlflow']);
    expect(routes({})).toEqual([]);
  });

  it('uses no resource type that the emulator refuses', () => {
    const { resources } = shippedStack('production');
    const refused =
      /RotationSchedule|SecretsManager::ResourcePolicy|StateMachine(Version|Alias)|Archive|EventBusPolicy|CompositeAlarm|Custom::/;
    expect(Object.values(resources).filter(({ Type }) => refused.test(Type))).toEqual([]);
  });
});

describe('a finding', () => {
  it('ends synthesis', () => {
    const app = emptyApp();
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    new Table(stackOf(shipped('test'), app), 'Planted', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
    });
    expect(() => app.synth()).toThrow(/AwsSolutions-DDB3/);
  });
});
