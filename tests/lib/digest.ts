import * as z from 'zod';
import { briefly, grantsIn, inWords, rolesOf } from './roles-in-words.ts';
import type { Resource, Synthesised } from './synthesised.ts';

/** What matters of a stack, in a page that a person reads: who may do what, what calls what, and for how long. */
export function digestOf(at: Synthesised): string {
  return [
    section('resources', counts(at)),
    section('functions', functions(at)),
    section('what every function may', briefly(common(at))),
    section('what a function may besides', beyondCommon(at)),
    section('machines', machines(at)),
    section('events', rules(at)),
    section('undelivered', invocations(at)),
    section('intake', intake(at)),
    section('secrets', secrets(at)),
    section('kept when the stack goes', kept(at)),
    section('logs, days', logs(at)),
    section('alarms', alarms(at)),
  ].join('\n');
}

const section = (title: string, lines: readonly string[]): string => [`# ${title}`, ...lines, ''].join('\n');

const ascending = (lines: readonly string[]): string[] => [...lines].sort();

function counts(at: Synthesised): string[] {
  const byType = new Map<string, number>();
  for (const { Type } of Object.values(at.resources)) byType.set(Type, (byType.get(Type) ?? 0) + 1);
  return ascending([...byType].map(([type, count]) => `${type} ${count}`));
}

const short = (name: unknown): string => String(name).split('-').at(-1) ?? '';

function functions(at: Synthesised): string[] {
  const all = at.ofType('AWS::Lambda::Function').map(({ Properties: of }) => {
    const code = z.object({ Architectures: z.array(z.string()), Runtime: z.string() }).parse(of);
    return `${short(of['FunctionName'])}: ${of['Timeout']} s, ${of['MemorySize']} MB, ${code.Runtime} ${code.Architectures}`;
  });
  return ascending(all);
}

function common(at: Synthesised): string[] {
  const [first = [], ...rest] = Object.entries(rolesOf(at)).map(([name, role]) =>
    ownLog(grantsIn(role, at), name),
  );
  return first.filter((grant) => rest.every((grants) => grants.includes(grant)));
}

/** Each function writes its own log: said once. */
const ownLog = (grants: readonly string[], name: string): string[] =>
  grants.map((grant) => grant.replace(`Functions/${name}Log`, 'its log'));

function beyondCommon(at: Synthesised): string[] {
  const everybody = common(at);
  const holders = new Map<string, string[]>();
  for (const [name, role] of Object.entries(rolesOf(at))) {
    const besides = ownLog(grantsIn(role, at), name).filter((grant) => !everybody.includes(grant));
    const key = briefly(besides)
      .map((grant) => `  ${grant}`)
      .join('\n');
    holders.set(key, [...(holders.get(key) ?? []), name]);
  }
  return ascending([...holders].map(([grants, names]) => `${ascending(names).join(', ')}\n${grants}`));
}

function machines(at: Synthesised): string[] {
  return at.ofType('AWS::StepFunctions::StateMachine').flatMap(({ Properties }) => {
    const { LoggingConfiguration: log, ...of } = Properties;
    const { RoleArn: role } = z
      .object({ RoleArn: z.object({ 'Fn::GetAtt': z.array(z.string()) }) })
      .parse(of);
    return [
      `${of['StateMachineType']} ${of['StateMachineName']}`,
      `log ${JSON.stringify(z.object({ Level: z.string(), IncludeExecutionData: z.boolean() }).parse(log))}`,
      `tracing ${JSON.stringify(of['TracingConfiguration'])}`,
      ...briefly(grantsIn(role['Fn::GetAtt'][0] ?? '', at)),
    ];
  });
}

const targets = z.array(
  z.looseObject({
    Arn: z.unknown(),
    Input: z.string().optional(),
    DeadLetterConfig: z.looseObject({ Arn: z.unknown() }).optional(),
    RetryPolicy: z.record(z.string(), z.number()).optional(),
  }),
);

function rules(at: Synthesised): string[] {
  const all = at.ofType('AWS::Events::Rule').flatMap(({ Properties: of }) =>
    targets.parse(of['Targets']).map((target) => {
      const heard = of['ScheduleExpression'] ?? JSON.stringify(of['EventPattern']);
      const bus = of['EventBusName'] === undefined ? 'default' : inWords(of['EventBusName'], at);
      const dead = target.DeadLetterConfig ? inWords(target.DeadLetterConfig.Arn, at) : 'nowhere';
      return `${heard} on ${bus} -> ${inWords(target.Arn, at)} ${target.Input ?? ''}; ${JSON.stringify(target.RetryPolicy)}, then ${dead}`;
    }),
  );
  return ascending(all);
}

function invocations(at: Synthesised): string[] {
  const settings = z.looseObject({ DestinationConfig: z.unknown().optional() });
  const all = at.ofType('AWS::Lambda::EventInvokeConfig').map(({ Properties }) => {
    const { DestinationConfig: destination, ...of } = settings.parse(Properties);
    const failure = z.object({ OnFailure: z.object({ Destination: z.unknown() }) }).safeParse(destination);
    const where = failure.success ? inWords(failure.data.OnFailure.Destination, at) : 'nowhere';
    return `${inWords(of['FunctionName'], at)}: ${of['MaximumRetryAttempts']} retries in ${of['MaximumEventAgeInSeconds']} s, then ${where}`;
  });
  return ascending(all);
}

function intake(at: Synthesised): string[] {
  const routes = at
    .ofType('AWS::ApiGatewayV2::Route')
    .map(({ Properties: of }) => `${of['RouteKey']} authorization ${of['AuthorizationType']}`);
  const stages = at
    .ofType('AWS::ApiGatewayV2::Stage')
    .map(({ Properties: of }) => `${of['StageName']} ${JSON.stringify(of['DefaultRouteSettings'])}`);
  return ascending([...routes, ...stages]);
}

function secrets(at: Synthesised): string[] {
  return ascending(
    at
      .ofType('AWS::SecretsManager::Secret')
      .map(({ Properties: of }) => `${of['Name']} ${JSON.stringify(of['GenerateSecretString'])}`),
  );
}

const held = ({ DeletionPolicy }: Resource): boolean => DeletionPolicy === 'Retain';

function kept(at: Synthesised): string[] {
  return ascending(
    Object.entries(at.resources)
      .filter(([, resource]) => held(resource))
      .map(([id]) => inWords({ Ref: id }, at)),
  );
}

function logs(at: Synthesised): string[] {
  const byDays = new Map<string, string[]>();
  for (const { Properties: of } of at.ofType('AWS::Logs::LogGroup')) {
    const days = String(of['RetentionInDays']);
    // One for each function: `/aws/lambda/headgate-production-Watch`.
    const name = String(of['LogGroupName']).replace(/^(\/aws\/lambda\/).*$/, '$1(each function)');
    byDays.set(days, [...(byDays.get(days) ?? []), name]);
  }
  return ascending(
    [...byDays].map(([days, names]) => `${days}: ${ascending([...new Set(names)]).join(' ')}`),
  );
}

function alarms(at: Synthesised): string[] {
  return ascending(
    at
      .ofType('AWS::CloudWatch::Alarm')
      .map(
        ({ id, Properties: of }) =>
          `${inWords({ Ref: id }, at)}: ${of['Namespace']} ${of['MetricName']} ${of['ComparisonOperator']} ${of['Threshold']} in ${of['EvaluationPeriods']} x ${of['Period']} s, missing is ${of['TreatMissingData']}`,
      ),
  );
}
