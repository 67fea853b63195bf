import type { HonoRequest } from 'hono';

/**
 * The body as text, undefined when it has more than `most` bytes; what is beyond them is not read. Hono's own limit
 * makes a new Request out of one without `content-length`, which fails on the server's Request (it is no global one).
 */
export async function textWithin(request: HonoRequest, most: number): Promise<string | undefined> {
  if (Number(request.header('content-length') ?? 0) > most) return undefined;
  const { body } = request.raw;
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the rest.
  for await (const chunk of body) {
    size += chunk.length;
    if (size > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
