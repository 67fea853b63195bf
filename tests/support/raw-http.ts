import { connect } from 'node:net';

/** Clients add headers of their own; a socket does not. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as they are, each followed by a turn of the event loop. */
  readonly pieces?: readonly (string | Uint8Array)[];
}

export interface RawAnswer {
  readonly http: number;
  readonly text: string;
}

/** Exactly these bytes, so that a request can come without `content-length`. @param url where the server listens */
export function rawly(url: string, { method, path, headers, pieces = [] }: RawRequest): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(url);
  const head = Object.entries({ host, connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, async () => {
      socket.write(`${[`${method} ${path} HTTP/1.1`, ...head].join('\r\n')}\r\n\r\n`);
      for (const piece of pieces) {
        socket.write(piece);
        await new Promise(setImmediate);
      }
    });
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('close', () => resolve(answerIn(Buffer.concat(chunks).toString())));
    // A server that has answered need not read on: what it said counts.
    socket.on('error', (error) => (chunks.length === 0 ? reject(error) : undefined));
  });
}

/** The body's parts in the chunked transfer coding (RFC 9112, section 7.1), with the last one. */
export const chunked = (...parts: readonly (string | Uint8Array)[]): (string | Uint8Array)[] => [
  ...parts.map((part) => {
    const bytes = Buffer.from(part);
    return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
  }),
  '0\r\n\r\n',
];

function answerIn(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  return { http: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text: text.slice(end + 4) };
}
