/**
 * Where to go after the login, from the `next` of the address: a path of this server, else `/`. Anything that a browser
 * could take for another host (`//host`, `/\host`, a scheme, control characters) is refused.
 */
export function safeNextPath(next: unknown): string {
  if (typeof next !== 'string' || !next.startsWith('/') || next.startsWith('//')) return '/';
  // Browsers drop control characters, which turns "/\t/host" into "//host".
  if (/[\\\u0000-\u001f]/.test(next)) return '/';
  if (next === '/login' || next.startsWith('/login?')) return '/';
  return next;
}

/** True for a path that the server answers itself (the editor, the API documents), not a page of this app. */
export function isOutsideApp(path: string): boolean {
  return /^\/(editor|api|flows|health)(\/|\?|#|$)/.test(path);
}
