import { Arn, ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { type FunctionName, reaches } from '../src/contracts/functions.ts';
import type { EnvironmentConfig } from '../src/contracts/policy.ts';
import { accept } from './accepted.ts';
import { type SecretOnAws, secretsOf } from './secrets.ts';

/** The secrets of an environment: a place for each, without its value, and who may read it. */
export class Vault extends Construct {
  /** Names of secrets that somebody has to fill after the first deployment. */
  readonly toFill: readonly string[];
  private readonly arns: readonly { readonly secret: SecretOnAws; readonly arn: string }[];

  constructor(scope: Construct, id: string, environment: EnvironmentConfig) {
    super(scope, id);
    const secrets = secretsOf(environment);
    this.toFill = secrets.filter(({ managed }) => managed).map(({ name }) => name);
    this.arns = secrets.map((secret) => ({
      secret,
      arn: secret.managed ? this.placeFor(secret).secretArn : arnOf(secret.name, this),
    }));
  }

  /** ARNs of the secrets that a function's reach names. */
  secretsOf(name: FunctionName): string[] {
    const { workspaces, webhook, incidents } = reaches[name];
    const readable = this.arns.filter(({ secret }) => {
      if ('role' in secret) return workspaces.includes(secret.role);
      return 'api' in secret ? incidents : secret.sender === webhook;
    });
    return [...new Set(readable.map(({ arn }) => arn))];
  }

  /** A random text where the secret will be: no function can do anything with it, and the template holds no value. */
  private placeFor(secret: SecretOnAws): Secret {
    const generated = secret.members.at(-1);
    const others = secret.members.slice(0, -1);
    const { id, description } = placed(secret);
    const made = new Secret(this, id, {
      secretName: secret.name,
      description,
      generateSecretString:
        generated === undefined
          ? { passwordLength: 48, excludePunctuation: true }
          : {
              secretStringTemplate: JSON.stringify(
                Object.fromEntries(others.map((member) => [member, 'to be set'])),
              ),
              generateStringKey: generated,
              excludePunctuation: true,
            },
      // What is in it was issued elsewhere; kept, it would only stand in the way of the stack's next life.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    accept(
      made,
      'AwsSolutions-SMG4',
      'Databricks and the webhook senders issue these. They are read anew at each call, so whoever rotates them there writes them here.',
    );
    return made;
  }
}

function placed(secret: SecretOnAws): { readonly id: string; readonly description: string } {
  if ('role' in secret) {
    const description = `Headgate signs in to the ${secret.role} workspace with it`;
    return { id: `${secret.role}Workspace`, description };
  }
  if ('api' in secret) {
    return { id: `${secret.api}Api`, description: `Headgate asks the API of ${secret.api} with it` };
  }
  return {
    id: `${secret.sender}Intake`,
    description: `Headgate checks the signatures of ${secret.sender} with it`,
  };
}

/** Secrets Manager appends a dash and six characters to a name. */
function arnOf(nameOrArn: string, scope: Construct): string {
  if (nameOrArn.startsWith('arn:')) return nameOrArn;
  return Arn.format(
    {
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${nameOrArn}-??????`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    },
    Stack.of(scope),
  );
}
