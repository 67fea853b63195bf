import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** A finding of cdk-nag that stays, on this construct and below it, and why. */
export function accept(on: IConstruct, rule: string, reason: string): void {
  Validations.of(on).acknowledge({ id: rule, reason });
}

/** Accepts exactly this wildcard in the policies of a role; another one is still a finding. */
export function acceptWildcard(role: IConstruct, resource: string, reason: string): void {
  accept(role, `AwsSolutions-IAM5[Resource::${spelled(Stack.of(role).resolve(resource))}]`, reason);
}

/** An ARN as cdk-nag writes it: references in angle brackets. */
function spelled(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  if ('Ref' in value) return `<${String(value.Ref)}>`;
  if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt']))
    return `<${value['Fn::GetAtt'].join('.')}>`;
  if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
    const [separator, parts]: unknown[] = value['Fn::Join'];
    return Array.isArray(parts) ? parts.map(spelled).join(String(separator)) : '';
  }
  return '';
}
