import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Secrets } from '../../app/ports/secrets.ts';
import { ReleaseError } from '../../contracts/errors.ts';
import type { NonEmpty } from '../../domain/units.ts';
import { nameOf, unanswered } from './unanswered.ts';

export interface SecretsOnAws extends Secrets {
  /**
   * The current value and, where the secret was rotated, the one before it: a sender may sign by either meanwhile.
   * @throws as `read`
   */
  accepted(reference: string): Promise<NonEmpty<string>>;
}

/**
 * Secrets Manager: `aws:NAME` (or its ARN), or `aws:NAME#member` of the JSON object in it. Read anew at every call, so
 * that a rotated secret needs no deployment.
 */
export function secretsManager({ client }: { readonly client: SecretsManagerClient }): SecretsOnAws {
  const read = async (reference: string) => {
    const place = placeOf(reference);
    const text = await textOf(client, place, 'AWSCURRENT');
    if (text === undefined) throw invalid(place, 'is not there, or has no value');
    return valueIn(place, text);
  };
  return {
    read,
    accepted: async (reference) => {
      const place = placeOf(reference);
      const [current, previous] = await Promise.all([
        read(reference),
        textOf(client, place, 'AWSPREVIOUS').then((text) => memberValue(place, text)),
      ]);
      return previous === undefined || previous === current ? [current] : [current, previous];
    },
  };
}

interface Place {
  readonly name: string;
  readonly member: string | undefined;
}

function placeOf(reference: string): Place {
  const [, name, member] = /^aws:([^#\s]+)(?:#([^#\s]+))?$/.exec(reference) ?? [];
  if (name !== undefined) return { name, member };
  // Not repeated here: somebody may have put the secret itself where its reference belongs.
  throw new ReleaseError(
    'ConfigurationInvalid',
    'a secret on AWS is given by reference: write aws:SECRET-NAME or aws:SECRET-NAME#member',
  );
}

/** Undefined when there is no such secret, or no such version of it. */
async function textOf(
  client: SecretsManagerClient,
  place: Place,
  stage: 'AWSCURRENT' | 'AWSPREVIOUS',
): Promise<string | undefined> {
  try {
    const asked = new GetSecretValueCommand({ SecretId: place.name, VersionStage: stage });
    return (await client.send(asked)).SecretString ?? '';
  } catch (error) {
    switch (nameOf(error)) {
      case 'ResourceNotFoundException':
        return undefined;
      case 'AccessDeniedException':
        throw invalid(place, 'may not be read by this function', error);
      case 'DecryptionFailure':
      case 'InvalidRequestException':
      case 'InvalidParameterException':
        throw invalid(place, `cannot be read (${nameOf(error)})`, error);
      default:
        throw unanswered(`the secret ${place.name}`, error);
    }
  }
}

function valueIn(place: Place, text: string): string {
  if (place.member === undefined && text === '') throw invalid(place, 'is empty');
  const value = memberValue(place, text);
  if (value !== undefined) return value;
  throw invalid(place, `is no JSON object with a text "${place.member}" that is not empty`);
}

/** Undefined where there is no text, or no usable member in it. */
function memberValue({ member }: Place, text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  if (member === undefined) return text;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's own message quotes the content.
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const value: unknown = Reflect.get(parsed, member);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Says what is wrong and how to mend it; never what is in the secret. */
function invalid({ name, member }: Place, why: string, cause?: unknown): ReleaseError {
  const form = member === undefined ? "'...'" : `'{"${member}": "...", ...}'`;
  return new ReleaseError(
    'ConfigurationInvalid',
    `the secret ${name} ${why}: aws secretsmanager put-secret-value --secret-id ${name} --secret-string ${form}`,
    { cause },
  );
}
