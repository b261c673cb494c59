import { z } from 'zod';
import type { LoginService, Visitor } from '../../../auth/login-service.ts';
import type { SessionService, GrantedLogin } from '../../../auth/session-service.ts';
import { sessionCookieHeader } from '../../../auth/session-cookie.ts';
import { LOGIN_SECONDS } from '../../../auth/tokens.ts';
import { changePasswordSchema, loginSchema, meSchema, refreshSchema, tokensSchema } from '../../../contracts/auth.ts';
import type { Me } from '../../../contracts/auth.ts';
import { AppError } from '../../../core/errors.ts';
import { actorOf } from '../../../core/principal.ts';
import { defineRoute, noContent, ok } from '../../route.ts';
import type { Caller, Route } from '../../route.ts';

/** What the routes of logins use. */
export interface AuthRoutesDeps {
  logins: LoginService;
  sessions: SessionService;
  /** Cookies are `Secure` when the server speaks HTTPS itself. */
  tls: boolean;
}

interface CookieTarget {
  secure: boolean;
  setHeader(name: string, value: string): void;
}

const TAG = 'auth';
const logoutSchema = z.strictObject({ refresh_token: z.string().max(500).nullable().optional() }).meta({ id: 'Logout' });

/** Login, refresh, logout, who am I, password. */
export function authRoutes(deps: AuthRoutesDeps): Route[] {
  return [login(deps), refresh(deps), logout(deps), me(), changePassword(deps)];
}

function login({ logins, tls }: AuthRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/auth/login',
    permission: 'public',
    tag: TAG,
    summary: 'Log in',
    description:
      'By user name or e-mail address. Answers the tokens and sets the session cookie of dashboard and editor. At most 5 attempts a minute for an account from one address; further failures double the wait, up to 15 minutes.',
    body: loginSchema,
    responses: { 200: { description: 'Logged in', schema: tokensSchema } },
    problems: ['UNAUTHENTICATED'],
    handler: async (request) => {
      const { username, password } = request.body;
      return answer(await logins.login(username, password, visitorOf(request)), request, tls);
    },
  });
}

function refresh({ sessions, tls }: AuthRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/auth/refresh',
    permission: 'public',
    tag: TAG,
    summary: 'Exchange a refresh token for new tokens',
    description: 'A refresh token is good once. Using a spent one ends the login it belongs to, because somebody has a copy.',
    body: refreshSchema,
    responses: { 200: { description: 'New tokens', schema: tokensSchema } },
    problems: ['UNAUTHENTICATED'],
    handler: async (request) => answer(await sessions.refresh(request.body.refresh_token, request.address), request, tls),
  });
}

function logout({ sessions, tls }: AuthRoutesDeps): Route {
  return defineRoute({
    method: 'post',
    path: '/auth/logout',
    permission: 'authenticated',
    tag: TAG,
    summary: 'Log out',
    description: 'Ends the login with its tokens, its cookie and its open connections.',
    body: logoutSchema,
    bodyMode: 'optional',
    responses: { 204: { description: 'Logged out' } },
    problems: ['FORBIDDEN'],
    handler: async (request) => {
      await sessions.logout(sessionOf(request.caller), request.address);
      request.setHeader('Set-Cookie', sessionCookieHeader('', { maxAgeSeconds: 0, secure: tls || request.secure }));
      return noContent;
    },
  });
}

function me(): Route {
  return defineRoute({
    method: 'get',
    path: '/auth/me',
    permission: 'authenticated',
    tag: TAG,
    summary: 'Who am I, and what may I do',
    responses: { 200: { description: 'The caller', schema: meSchema } },
    handler: ({ caller }) => Promise.resolve(ok(meOf(caller))),
  });
}

function changePassword({ logins, tls }: AuthRoutesDeps): Route {
  return defineRoute({
    method: 'put',
    path: '/auth/password',
    permission: 'authenticated',
    tag: TAG,
    summary: 'Change my password',
    description:
      'Every login of mine ends, this one too; the answer has new tokens. A password has at least 12 characters, is not a name of yours, and none of the commonest. At most 5 attempts a minute.',
    body: changePasswordSchema,
    responses: { 200: { description: 'Changed', schema: tokensSchema } },
    problems: ['FORBIDDEN'],
    handler: async (request) => {
      const passwords = { current: request.body.current_password, next: request.body.new_password };
      const granted = await logins.changePassword(sessionOf(request.caller), passwords, visitorOf(request));
      return answer(granted, request, tls);
    },
  });
}

function answer(granted: GrantedLogin, target: CookieTarget, tls: boolean) {
  const cookie = sessionCookieHeader(granted.cookie, { maxAgeSeconds: LOGIN_SECONDS, secure: tls || target.secure });
  target.setHeader('Set-Cookie', cookie);
  return ok(granted.tokens);
}

function visitorOf(request: CookieTarget & { address: string }): Visitor {
  return { address: request.address, setHeader: (name, value) => request.setHeader(name, value) };
}

function sessionOf(caller: Caller) {
  if (caller.session !== undefined) return caller.session;
  throw new AppError('FORBIDDEN', 'This is for people who logged in; an API key has no login and no password. Revoke the key instead.');
}

function meOf({ principal, session }: Caller): Me {
  const person = principal.kind === 'user';
  return {
    id: idOf(principal),
    username: actorOf(principal),
    role: person ? principal.role : principal.kind,
    roles: person ? [...(principal.roles ?? [principal.role])] : [],
    tenant_id: principal.tenantId,
    permissions: [...principal.permissions],
    must_change_password: session?.mustChangePassword ?? false,
  };
}

function idOf(principal: Caller['principal']): string {
  if (principal.kind === 'user') return principal.userId;
  return principal.kind === 'device' ? principal.deviceId : principal.credentialId;
}
