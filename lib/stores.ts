import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { ledgerTable } from '../src/contracts/ledger-table.ts';
import { accept } from './accepted.ts';

/**
 * The ledger and the evidence: what is left of every release. Both outlive the stack, and neither has a name of its
 * own, so that a stack that is made anew does not collide with what the old one left.
 */
export class Stores extends Construct {
  readonly ledger: Table;
  readonly evidence: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.ledger = new Table(this, 'Ledger', {
      partitionKey: { name: ledgerTable.partitionKey, type: AttributeType.STRING },
      sortKey: { name: ledgerTable.sortKey, type: AttributeType.STRING },
      // A release writes a few rows a minute, and nothing for weeks.
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.evidence = new Bucket(this, 'Evidence', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      // Documents are never replaced; a version that appears all the same is a trace of whoever did it.
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    accept(
      this.evidence,
      'AwsSolutions-S1',
      'Every document has its digest in the ledger and is read back against it. Who reads belongs to the account: CloudTrail data events.',
    );
  }
}
