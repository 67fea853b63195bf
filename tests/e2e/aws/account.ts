import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { AwsClient } from 'aws4fetch';
import * as z from 'zod';
import { type BusEvent, eventSource } from '../../../src/contracts/events.ts';
import type { StackOutputs } from './cdk.ts';
import { account } from './emulator.ts';

/** The emulated account, seen from outside with AWS's own clients, as an operator of the stack would. */
export class Account {
  readonly url: string;
  readonly machines: SFNClient;
  readonly functions: LambdaClient;
  readonly #tables: DynamoDBClient;
  readonly #buses: EventBridgeClient;
  readonly #secrets: SecretsManagerClient;
  readonly #signed: AwsClient;

  constructor(url: string) {
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const setting = { endpoint: url, region: account.region, credentials };
    this.url = url;
    this.machines = new SFNClient(setting);
    this.functions = new LambdaClient(setting);
    this.#tables = new DynamoDBClient(setting);
    this.#buses = new EventBridgeClient(setting);
    this.#secrets = new SecretsManagerClient(setting);
    this.#signed = new AwsClient({ ...credentials, region: account.region });
  }

  async putSecret(name: string, value: string): Promise<void> {
    await this.#secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString: value }));
  }

  async putEvent({ BusName }: StackOutputs, event: BusEvent): Promise<void> {
    const entry = {
      EventBusName: BusName,
      Source: eventSource,
      DetailType: event.type,
      Detail: JSON.stringify(event),
    };
    const { FailedEntryCount } = await this.#buses.send(new PutEventsCommand({ Entries: [entry] }));
    if (FailedEntryCount !== 0) throw new Error(`The bus ${BusName} did not take the event.`);
  }

  /** The payload that a function answers, and the kind of its failure where it failed. */
  async invoke(name: string, event: unknown): Promise<{ answer: unknown; failure: string | undefined }> {
    const call = { FunctionName: name, Payload: new TextEncoder().encode(JSON.stringify(event)) };
    const { Payload, FunctionError } = await this.functions.send(new InvokeCommand(call));
    const text = Payload?.transformToString() ?? '';
    return { answer: text === '' ? undefined : JSON.parse(text), failure: FunctionError };
  }

  /** A call of the API that people use, through the function that is their door. @throws Error for an error answer */
  async operate({ OperateFunction }: StackOutputs, call: ApiCall): Promise<unknown> {
    const { answer, failure } = await this.invoke(OperateFunction, call);
    const read = z.object({ status: z.number(), body: z.unknown() }).safeParse(answer);
    if (failure === undefined && read.success && read.data.status < 300) return read.data.body;
    throw new Error(`${call.method} ${call.path} was answered ${JSON.stringify(answer)}`);
  }

  async rows(table: string): Promise<Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = [];
    const pages = paginateScan({ client: this.#tables }, { TableName: table, ConsistentRead: true });
    for await (const { Items } of pages) rows.push(...(Items ?? []).map((item) => unmarshall(item)));
    return rows;
  }

  /** Settings of all functions: their environment variables are among them. */
  async functionSettings(): Promise<unknown[]> {
    const settings: unknown[] = [];
    for await (const { Functions } of paginateListFunctions({ client: this.functions }, {}))
      settings.push(...(Functions ?? []));
    return settings;
  }

  async objectKeys(bucket: string): Promise<string[]> {
    const keys: string[] = [];
    let token: string | undefined;
    do {
      const query = new URLSearchParams({
        'list-type': '2',
        ...(token ? { 'continuation-token': token } : {}),
      });
      const listing = await this.#text(`${this.url}/${bucket}?${query}`);
      keys.push(...[...listing.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => plain(key)));
      token = /<NextContinuationToken>([^<]+)</.exec(listing)?.[1];
    } while (token !== undefined);
    return keys;
  }

  object(bucket: string, key: string): Promise<string> {
    return this.#text(`${this.url}/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`);
  }

  /** Every log line of every group. */
  async logs(): Promise<{ group: string; text: string }[]> {
    const groups = await this.#log('DescribeLogGroups', z.object({ logGroups: z.array(logGroup) }), {});
    const lines = [];
    for (const { logGroupName } of groups.logGroups) {
      const events: string[] = [];
      let nextToken: string | undefined;
      do {
        const body = { logGroupName, limit: 10_000, ...(nextToken ? { nextToken } : {}) };
        const page = await this.#log('FilterLogEvents', logPage, body);
        events.push(...page.events.map(({ message }) => message));
        nextToken = page.nextToken === nextToken ? undefined : page.nextToken;
      } while (nextToken !== undefined);
      lines.push({ group: logGroupName, text: events.join('\n') });
    }
    return lines;
  }

  async #log<S extends z.ZodType>(call: string, answer: S, body: object): Promise<z.output<S>> {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `Logs_20140328.${call}`,
    };
    const request = { method: 'POST', headers, body: JSON.stringify(body), aws: { service: 'logs' } };
    return answer.parse(JSON.parse(await this.#text(`${this.url}/`, request)));
  }

  async #text(
    url: string,
    request: Parameters<AwsClient['fetch']>[1] = { aws: { service: 's3' } },
  ): Promise<string> {
    const answer = await this.#signed.fetch(url, request);
    const text = await answer.text();
    if (!answer.ok)
      throw new Error(`${request?.method ?? 'GET'} ${url}: ${answer.status} ${text.slice(0, 300)}`);
    return text;
  }
}

export interface ApiCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

const logGroup = z.object({ logGroupName: z.string() });
const logPage = z.object({
  events: z.array(z.object({ message: z.string() })).default([]),
  nextToken: z.string().optional(),
});

/** Of the five XML entities, the one that a key of ours could hold. */
const plain = (text: string): string => text.replaceAll('&amp;', '&');
