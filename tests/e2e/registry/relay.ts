import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One attempt of a delivery, as it went by. */
export interface Attempt {
  readonly deliveryId: string;
  readonly signature: string;
  readonly about: string;
  readonly version: string | undefined;
  /** What the intake answered. */
  readonly http: number;
  readonly answer: string;
  /** What the sender got. */
  readonly told: number;
}

export interface Relay {
  readonly url: string;
  readonly attempts: readonly Attempt[];
  /** The next answer is lost on its way back: the sender gets a 500 in its place. */
  loseNextAnswer(): void;
  close(): void;
}

/**
 * Stands where a reverse proxy stands in front of the intake: hands on every byte and every header that counts, and
 * keeps what it saw, so that what was delivered is known from elsewhere than from the receiver.
 */
export async function startRelay(intake: string): Promise<Relay> {
  const attempts: Attempt[] = [];
  let losing = false;
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    const answered = await fetch(`${intake}${request.url}`, {
      method: 'POST',
      headers: handedOn(request.headers),
      body,
    });
    const answer = await answered.text();
    const told = losing ? 500 : answered.status;
    losing = false;
    const { entity, action, data } = JSON.parse(body.toString('utf8'));
    attempts.push({
      deliveryId: String(request.headers['x-mlflow-delivery-id']),
      signature: String(request.headers['x-mlflow-signature']),
      about: `${entity}.${action}`,
      version: data?.version,
      http: answered.status,
      answer,
      told,
    });
    response.writeHead(told, { 'content-type': 'application/json' }).end(told === 500 ? '{}' : answer);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    attempts,
    loseNextAnswer: () => {
      losing = true;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function handedOn(headers: IncomingHttpHeaders): Record<string, string> {
  const counting = Object.entries(headers).filter(
    ([name]) => name === 'content-type' || name.startsWith('x-mlflow-'),
  );
  return Object.fromEntries(counting.map(([name, value]) => [name, String(value)]));
}
