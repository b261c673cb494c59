import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AuditLog } from '../auth/audit.ts';
import { isOwnOrigin, sessionCookieOf } from '../auth/session-cookie.ts';
import type { Session, SessionChecker } from '../auth/types.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { UserPrincipal } from '../core/principal.ts';
import { EDITOR_HEADER } from './editor-tokens.ts';
import type { EditorTokens } from './editor-tokens.ts';

/** What the gate checks with, and where it tells what it refused. */
export interface EditorGateDeps {
  /** The client's address, as far as configured proxies are believed. */
  addressOf(request: IncomingMessage): string;
  sessions: SessionChecker;
  tokens: EditorTokens;
  audit: AuditLog;
  logger: Logger;
  /** Whose flows these are; nobody else's people enter. */
  tenantId: string;
  /** How often open connections are checked, milliseconds; every 30 s unless given. */
  sweepMs?: number;
}

/** How often open editor connections are checked against the database: an account may be disabled from elsewhere. */
const SWEEP_MS = 30_000;

interface OpenLogin {
  cookie: string;
  sockets: Set<Duplex>;
}

/**
 * Nobody reaches the editor without a login that may deploy flows: every request and every upgrade is checked here, and connections
 * end with the login that opened them (Node-RED alone would keep them).
 */
export class EditorGate {
  private readonly deps: EditorGateDeps;
  private readonly open = new Map<string, OpenLogin>();
  private timer: NodeJS.Timeout | undefined;
  private unsubscribe: (() => void) | undefined;

  constructor(deps: EditorGateDeps) {
    this.deps = deps;
  }

  start(): void {
    this.unsubscribe ??= this.deps.sessions.onLoginEnded((loginId) => this.end(loginId));
    this.timer ??= setInterval(() => void this.sweep(), this.deps.sweepMs ?? SWEEP_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.unsubscribe?.();
    this.unsubscribe = undefined;
    for (const loginId of [...this.open.keys()]) this.end(loginId);
  }

  /**
   * Lets a request through with the internal header, or fails: UNAUTHENTICATED without a good cookie, FORBIDDEN for roles that do not
   * deploy and for requests of other sites, PASSWORD_CHANGE_REQUIRED.
   */
  async admit(request: IncomingMessage): Promise<Session> {
    const session = await this.check(request);
    request.headers[EDITOR_HEADER] = this.deps.tokens.issue(session.principal, session.loginId, this.deps.addressOf(request));
    // Node-RED would try these first.
    delete request.headers.authorization;
    return session;
  }

  /** Remembers an upgraded connection, to end it with its login. */
  track(request: IncomingMessage, session: Session, socket: Duplex): void {
    const cookie = sessionCookieOf(request.headers.cookie) ?? '';
    const login = this.open.get(session.loginId) ?? { cookie, sockets: new Set<Duplex>() };
    this.open.set(session.loginId, login);
    login.sockets.add(socket);
    socket.once('close', () => {
      login.sockets.delete(socket);
      if (login.sockets.size === 0 && this.open.get(session.loginId) === login) this.open.delete(session.loginId);
    });
  }

  private async check(request: IncomingMessage): Promise<Session> {
    if (!isOwnOrigin(request.headers)) {
      throw await this.refuse(
        request,
        undefined,
        new AppError('FORBIDDEN', 'The editor answers only its own pages; the request names another origin.'),
      );
    }
    const cookie = sessionCookieOf(request.headers.cookie);
    const session = cookie === undefined ? undefined : await this.deps.sessions.sessionOfCookie(cookie);
    if (session === undefined)
      throw await this.refuse(request, undefined, new AppError('UNAUTHENTICATED', 'The editor needs a login; open /login first.'));
    const { principal, mustChangePassword } = session;
    const refusal = mustChangePassword
      ? new AppError('PASSWORD_CHANGE_REQUIRED', 'Change the password first; then the editor opens.')
      : this.refusalOf(principal);
    if (refusal === undefined) return session;
    throw await this.refuse(request, principal, refusal);
  }

  private refusalOf({ username, tenantId, permissions }: UserPrincipal): AppError | undefined {
    if (tenantId !== this.deps.tenantId)
      return new AppError('FORBIDDEN', `${username} may not enter the editor: the flows that run here are not those of your tenant.`);
    if (permissions.has('flows:write')) return undefined;
    const message = `${username} may not enter the editor: it needs the permission "flows:write" (administrators and engineers).`;
    return new AppError('FORBIDDEN', message);
  }

  /** Writes down who was refused, in the log of his own tenant. */
  private async refuse(request: IncomingMessage, principal: UserPrincipal | undefined, error: AppError): Promise<AppError> {
    const { tenantId, username: actor } = principal ?? { tenantId: this.deps.tenantId, username: 'unknown' };
    const action = isDeploy(request) ? 'flows.deploy' : 'editor.enter';
    const target = `${request.method ?? ''} ${(request.url ?? '').split('?', 1)[0] ?? ''}`;
    await this.deps.audit.record({ tenantId, actor, action, target, outcome: 'refused', address: this.deps.addressOf(request) });
    return error;
  }

  private end(loginId: string): void {
    this.deps.tokens.revoke(loginId);
    const login = this.open.get(loginId);
    this.open.delete(loginId);
    for (const socket of login?.sockets ?? []) socket.destroy();
  }

  private async sweep(): Promise<void> {
    this.deps.tokens.revokeUnused((loginId) => this.open.has(loginId));
    for (const [loginId, { cookie }] of [...this.open]) {
      try {
        const session = await this.deps.sessions.sessionOfCookie(cookie);
        if (session === undefined || this.refusalOf(session.principal) !== undefined) this.end(loginId);
      } catch (error) {
        this.deps.logger.debug({ reason: messageOf(error) }, 'Logins at the editor could not be checked; they are checked again.');
      }
    }
  }
}

/** Whether a request would change the deployed flows, as far as its method and path tell. */
function isDeploy({ method = 'GET', url = '' }: IncomingMessage): boolean {
  return method !== 'GET' && method !== 'HEAD' && /^\/editor\/flows?(?:[/?]|$)/i.test(url);
}
