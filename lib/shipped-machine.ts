import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { alertStateNames } from '../src/contracts/alert-states.ts';
import type { FunctionName } from '../src/contracts/functions.ts';
import { stateNames } from '../src/contracts/states.ts';
import { acceptWildcard } from './accepted.ts';
import { documentOf } from './roles.ts';

/** The state machine files: the same ones that the embedded engine runs. */
export const definitions = {
  release: shipped('release'),
  alertResponse: shipped('alert-response'),
} as const;
type MachineName = keyof typeof definitions;

function shipped(name: string): string {
  return fileURLToPath(new URL(`../statemachines/${name}.asl.json`, import.meta.url));
}

const tasks: Readonly<Record<MachineName, readonly FunctionName[]>> = {
  release: stateNames,
  alertResponse: alertStateNames,
};

export interface ShippedMachineProps {
  readonly which: MachineName;
  readonly machineName: string;
  readonly functions: Readonly<Record<FunctionName, IFunction>>;
}

/** A shipped file as a machine of its own, with each state's placeholder filled by its function. */
export class ShippedMachine extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, props: ShippedMachineProps) {
    super(scope, id);
    const arns = tasks[props.which].map((name) => [name, props.functions[name].functionArn] as const);
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName: props.machineName,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromFile(definitions[props.which]),
      definitionSubstitutions: Object.fromEntries(arns),
      role: this.role(arns.map(([, arn]) => arn)),
      logs: {
        destination: new LogGroup(this, 'Log', {
          // Below this prefix, log groups share one resource policy, whose size is limited.
          logGroupName: `/aws/vendedlogs/states/${props.machineName}`,
          retention: RetentionDays.THREE_MONTHS,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        // Task tokens are in the inputs of waits: whoever reads one can end that wait.
        includeExecutionData: false,
      },
      tracingEnabled: true,
    });
  }

  private role(functionArns: readonly string[]): IRole {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      description: 'A state machine: the functions of its states, its log and its traces',
      maxSessionDuration: Duration.hours(1),
      inlinePolicies: {
        reach: documentOf([
          { sid: 'States', actions: ['lambda:InvokeFunction'], resources: functionArns },
          { sid: 'Log', actions: logDelivery, resources: ['*'] },
          { sid: 'Traces', actions: traces, resources: ['*'] },
        ]),
      },
    });
    acceptWildcard(role, '*', 'Log deliveries and X-Ray have no resources to name.');
    return role.withoutPolicyUpdates();
  }
}

/** What Step Functions asks for to write to CloudWatch Logs. */
const logDelivery = [
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
];
const traces = [
  'xray:PutTraceSegments',
  'xray:PutTelemetryRecords',
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
];
