import { randomUUID } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { openS3Evidence } from '../../../src/adapters/aws/s3-evidence.ts';
import { systemClock } from '../../../src/adapters/aws/system-clock.ts';
import { evidenceStoreContract } from '../../contracts-of-ports/evidence-store.contract.ts';

/** Endpoint, region and credentials come from the variables that lead to the emulator. */
function given(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`this suite asks a store: set ${name}`);
  return value;
}

evidenceStoreContract("a bucket of the emulator's S3", async () => {
  const endpoint = process.env['AWS_ENDPOINT_URL_S3'] ?? given('AWS_ENDPOINT_URL');
  const region = given('AWS_REGION');
  const credentials = {
    accessKeyId: given('AWS_ACCESS_KEY_ID'),
    secretAccessKey: given('AWS_SECRET_ACCESS_KEY'),
  };
  const bucket = `evidence-${randomUUID()}`;
  const made = await new AwsClient({ ...credentials, region, service: 's3' }).fetch(`${endpoint}/${bucket}`, {
    method: 'PUT',
  });
  if (!made.ok) throw new Error(`no bucket was made: ${made.status} ${await made.text()}`);
  const open = () => openS3Evidence({ region, endpoint, credentials, clock: systemClock, bucket });
  return { store: open(), reopen: async () => open(), close: async () => undefined };
});
