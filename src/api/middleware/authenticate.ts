import type { IncomingHttpHeaders } from 'node:http';
import { isOwnOrigin, sessionCookieOf } from '../../auth/session-cookie.ts';
import type { SessionChecker } from '../../auth/types.ts';
import { AppError } from '../../core/errors.ts';
import type { Principal } from '../../core/principal.ts';
import type { Caller } from '../route.ts';

/** What proves who is calling. */
export interface Authentication {
  sessions: Pick<SessionChecker, 'sessionOfToken' | 'sessionOfCookie'>;
  keys: { principalOfKey(key: string): Promise<Principal | undefined> };
}

/**
 * Who is calling: by `X-API-Key`, by `Authorization: Bearer`, or by the session cookie (from our own pages only). Whatever is shown
 * must be good: a bad token next to a good cookie is refused. Fails with UNAUTHENTICATED.
 */
export async function authenticate(headers: IncomingHttpHeaders, { sessions, keys }: Authentication): Promise<Caller> {
  const key = headers['x-api-key'];
  if (typeof key === 'string') {
    const principal = await keys.principalOfKey(key);
    if (principal === undefined) throw unauthenticated('The API key is unknown, revoked or expired. Issue a new one.');
    return { principal, session: undefined };
  }
  const { authorization } = headers;
  if (authorization !== undefined) {
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    const session = token === undefined ? undefined : await sessions.sessionOfToken(token);
    if (session === undefined) throw unauthenticated('The access token is not valid or has expired. Refresh it, or log in again.');
    return { principal: session.principal, session };
  }
  const cookie = sessionCookieOf(headers.cookie);
  if (cookie !== undefined && isOwnOrigin(headers)) {
    const session = await sessions.sessionOfCookie(cookie);
    if (session !== undefined) return { principal: session.principal, session };
  }
  throw unauthenticated('Nothing in the request says who is calling. Send "Authorization: Bearer <token>" or "X-API-Key: <key>".');
}

function unauthenticated(message: string): AppError {
  return new AppError('UNAUTHENTICATED', message);
}
