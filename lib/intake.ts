import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type FunctionName, intakePaths, type WebhookSender } from '../src/contracts/functions.ts';
import { accept } from './accepted.ts';

const receivers = {
  mlflow: 'ReceiveRegistryNews',
  monteCarlo: 'ReceiveDataAlert',
} as const satisfies Record<WebhookSender, FunctionName>;

export interface IntakeProps {
  readonly name: string;
  /** Senders that the environment has secrets of; others get no route. */
  readonly senders: readonly WebhookSender[];
  readonly functions: Readonly<Record<'ReceiveRegistryNews' | 'ReceiveDataAlert', lambda.Function>>;
}

/** Who called and what became of it; nothing of what was sent. */
const logged = {
  at: '$context.requestTime',
  requestId: '$context.requestId',
  from: '$context.identity.sourceIp',
  route: '$context.routeKey',
  answered: '$context.status',
  bytes: '$context.responseLength',
  ms: '$context.responseLatency',
  failed: '$context.integrationErrorMessage',
};

/** The only door that strangers reach: webhooks, signed by their senders. */
export class Intake extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, { name, senders, functions }: IntakeProps) {
    super(scope, id);
    const api = new HttpApi(this, 'Api', {
      apiName: name,
      description: 'Webhooks of the model registry and of data observability',
      createDefaultStage: false,
    });
    for (const sender of senders) {
      const receiver = receivers[sender];
      const [route] = api.addRoutes({
        path: intakePaths[sender],
        methods: [HttpMethod.POST],
        integration: new HttpLambdaIntegration(receiver, functions[receiver]),
      });
      if (route !== undefined)
        accept(
          route,
          'AwsSolutions-APIG4',
          'Senders have no AWS identity: they sign the body with a shared secret, which the function checks before it reads it.',
        );
    }
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      // Registries and monitors send a few deliveries an hour and repeat a refused one.
      throttle: { rateLimit: 10, burstLimit: 20 },
      accessLogSettings: {
        format: AccessLogFormat.custom(JSON.stringify(logged)),
        destination: new LogGroupLogDestination(
          new LogGroup(this, 'Log', {
            logGroupName: `/aws/vendedlogs/intake/${name}`,
            retention: RetentionDays.THREE_MONTHS,
            removalPolicy: RemovalPolicy.DESTROY,
          }),
        ),
      },
    });
    this.url = stage.url;
  }
}
