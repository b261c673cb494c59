/** The cookie of a login in the browser: dashboard, editor and their sockets. */
export const SESSION_COOKIE = 'insa_session';

/** The value of the session cookie in a `Cookie` header, or undefined. */
export function sessionCookieOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  for (const part of header.split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.slice(0, equals).trim() === SESSION_COOKIE) return part.slice(equals + 1).trim();
  }
  return undefined;
}

/** The `Set-Cookie` header that gives (or, with age 0, takes back) the session cookie. Scripts cannot read it; no other site can send it. */
export function sessionCookieHeader(value: string, options: { maxAgeSeconds: number; secure: boolean }): string {
  const secure = options.secure ? '; Secure' : '';
  return `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${String(options.maxAgeSeconds)}${secure}`;
}

/**
 * Whether a request that carries the cookie comes from our own pages: browsers name the page's origin whenever it matters
 * (other methods than GET, and every WebSocket), and it must be the host that was asked. No origin means no browser page.
 */
export function isOwnOrigin(headers: { origin?: string | undefined; host?: string | undefined }): boolean {
  if (headers.origin === undefined) return true;
  const origin = URL.canParse(headers.origin) ? new URL(headers.origin) : undefined;
  return origin !== undefined && headers.host !== undefined && origin.host === headers.host.toLowerCase();
}
