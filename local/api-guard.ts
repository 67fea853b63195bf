import { createHash, timingSafeEqual } from 'node:crypto';
import { ApiRefusal } from '../functions/_shell/api-refusals.ts';

interface Asked {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly authorization: string | undefined;
}

/**
 * Loopback is not enough: a page in the user's browser can reach it too, under another name (DNS rebinding) or from
 * another origin. So the Host must be ours, an Origin, if any, too, and the token right.
 * @throws ApiRefusal 403 or 401; it tells nothing about the token.
 */
export function admit(asked: Asked, token: string, port: number): void {
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`);
  if (asked.host === undefined || !hosts.includes(asked.host.toLowerCase())) {
    throw new ApiRefusal(403, 'ForeignHost', 'the API answers to its loopback address only');
  }
  if (asked.origin !== undefined && !hosts.some((host) => asked.origin === `http://${host}`)) {
    throw new ApiRefusal(403, 'ForeignOrigin', 'the API answers no page of another origin');
  }
  const given = /^Bearer (.+)$/i.exec(asked.authorization ?? '')?.[1];
  if (given === undefined || !same(given, token)) {
    throw new ApiRefusal(401, 'Unauthenticated', 'the bearer token is missing or wrong');
  }
}

/** In constant time; digests, because timingSafeEqual wants equal lengths and a length is a hint. */
function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
