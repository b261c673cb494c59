import type { Tokens } from '../contracts/auth.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { EventBus } from '../core/events.ts';
import type { NewId } from '../core/ids.ts';
import { ROLES } from '../core/permissions.ts';
import type { Permission } from '../core/permissions.ts';
import type { Database } from '../storage/database.ts';
import {
  deleteExpiredTokens,
  findActiveLogin,
  insertRefreshToken,
  lockRefreshToken,
  revokeAllFamilies,
  revokeFamily,
  spendRefreshToken,
} from '../storage/repositories/tokens.ts';
import type { ActiveLogin } from '../storage/repositories/tokens.ts';
import { findUserById, findUserByName, updatePassword } from '../storage/repositories/users.ts';
import type { AuditLog } from './audit.ts';
import { LoginCache } from './login-cache.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { ACCESS_TOKEN_SECONDS, LOGIN_SECONDS, newRefreshToken, sha256, TokenSigner } from './tokens.ts';
import type { TokenPurpose } from './tokens.ts';
import type { Session, SessionChecker } from './types.ts';

/** What the service of logins uses. */
export interface SessionServiceDeps {
  database: Database;
  events: EventBus<PlatformEvents>;
  audit: AuditLog;
  clock: Clock;
  newId: NewId;
  /** At least 32 bytes; one per installation. */
  jwtSecret: string;
}

/** What a login or a refresh gives: the tokens for the body, and the value of the session cookie. */
export interface GrantedLogin {
  tokens: Tokens;
  cookie: string;
}

interface Person {
  userId: string;
  tenantId: string;
  username: string;
  mustChangePassword: boolean;
}

type Refresh =
  { kind: 'granted'; person: Person; loginId: string; next: string } | { kind: 'refused'; reused?: Person & { loginId: string } };

const NO_PERMISSIONS: ReadonlySet<Permission> = new Set();

/** Logins of people: tokens, rotation, logout, passwords. */
export class SessionService implements SessionChecker {
  private readonly deps: SessionServiceDeps;
  private readonly signer: TokenSigner;
  private readonly cache: LoginCache;
  private readonly ended = new EventBus<{ ended: string }>();

  constructor(deps: SessionServiceDeps) {
    this.deps = deps;
    this.signer = new TokenSigner(deps.jwtSecret, deps.clock);
    this.cache = new LoginCache(deps.clock, (loginId) => findActiveLogin(deps.database.system, loginId, deps.clock.nowMs()));
  }

  /** Logs a person in. Fails with UNAUTHENTICATED, the same for an unknown name, a wrong password and a disabled account. */
  async login(username: string, password: string, address: string | undefined): Promise<GrantedLogin> {
    const { database, audit, clock, newId } = this.deps;
    const user = username.includes('\u0000') ? undefined : await findUserByName(database.system, username);
    const proven = await verifyPassword(user?.passwordHash, password);
    if (user === undefined || !proven || user.disabled) {
      const tenantId = user?.tenantId ?? 'default';
      await audit.record({ tenantId, actor: username, action: 'login', outcome: 'refused', address });
      throw new AppError('UNAUTHENTICATED', 'The user name or the password is wrong. Check both; capital letters count in the password.');
    }
    await deleteExpiredTokens(database.system, clock.nowMs());
    const loginId = newId();
    const refreshToken = newRefreshToken();
    await insertRefreshToken(database.system, this.tokenRecord(refreshToken, user, loginId));
    await audit.record({ tenantId: user.tenantId, actor: user.username, action: 'login', outcome: 'ok', address });
    return this.grant(user, loginId, refreshToken);
  }

  /** Exchanges a refresh token for the next one. A spent one proves that somebody has a copy: its login ends for everybody. */
  async refresh(refreshToken: string, address: string | undefined): Promise<GrantedLogin> {
    const result = await this.rotate(sha256(refreshToken));
    if (result.kind === 'granted') {
      this.cache.forget(result.loginId);
      return this.grant(result.person, result.loginId, result.next);
    }
    if (result.reused !== undefined) {
      const { tenantId, username, loginId, userId } = result.reused;
      this.end(tenantId, userId, [loginId]);
      await this.deps.audit.record({ tenantId, actor: username, action: 'token.reuse', target: loginId, outcome: 'refused', address });
    }
    throw new AppError('UNAUTHENTICATED', 'The refresh token is not valid any more. Log in again.');
  }

  /** Ends a login: its tokens, its cookie and its open connections. */
  async logout(session: Session, address: string | undefined): Promise<void> {
    const { tenantId, userId, username } = session.principal;
    await revokeFamily(this.deps.database.system, session.loginId, this.deps.clock.nowMs());
    this.end(tenantId, userId, [session.loginId]);
    await this.deps.audit.record({ tenantId, actor: username, action: 'logout', outcome: 'ok', address });
  }

  /**
   * Sets a person's own password. Every login of the person ends, this one too: the answer is a new one. Fails with INVALID_REQUEST when
   * the current password is wrong.
   */
  async changePassword(session: Session, passwords: { current: string; next: string }, address: string | undefined): Promise<GrantedLogin> {
    const { database, audit, clock, newId } = this.deps;
    const { tenantId, userId, username } = session.principal;
    const user = await findUserById(database.system, userId);
    if (user === undefined || !(await verifyPassword(user.passwordHash, passwords.current))) {
      await audit.record({ tenantId, actor: username, action: 'password.change', outcome: 'refused', address });
      throw invalid('current_password', 'The current password is wrong; type the one you logged in with.');
    }
    if (passwords.next === passwords.current) throw invalid('new_password', 'The new password is the current one; choose another.');
    const passwordHash = await hashPassword(passwords.next);
    const loginId = newId();
    const refreshToken = newRefreshToken();
    const endedLogins = await database.transaction(async (tx) => {
      await updatePassword(tx, userId, passwordHash);
      const ended = await revokeAllFamilies(tx, userId, clock.nowMs());
      await insertRefreshToken(tx, this.tokenRecord(refreshToken, user, loginId));
      return ended;
    });
    this.end(tenantId, userId, endedLogins);
    await audit.record({ tenantId, actor: username, action: 'password.change', outcome: 'ok', address });
    return this.grant({ ...user, mustChangePassword: false }, loginId, refreshToken);
  }

  sessionOfToken(accessToken: string): Promise<Session | undefined> {
    return this.sessionOf('access', accessToken);
  }

  sessionOfCookie(cookie: string): Promise<Session | undefined> {
    return this.sessionOf('session', cookie);
  }

  onLoginEnded(listener: (loginId: string) => void): () => void {
    return this.ended.on('ended', listener);
  }

  private async sessionOf(purpose: TokenPurpose, token: string): Promise<Session | undefined> {
    const claims = this.signer.verify(purpose, token);
    if (claims === undefined) return undefined;
    const login = await this.cache.get(claims.loginId);
    // A token names both, and a login is one person's.
    return login?.userId !== claims.userId ? undefined : sessionOfLogin(login, claims.expiresAtMs);
  }

  private rotate(tokenHash: Buffer): Promise<Refresh> {
    const nowMs = this.deps.clock.nowMs();
    return this.deps.database.transaction(async (tx): Promise<Refresh> => {
      const token = await lockRefreshToken(tx, tokenHash, nowMs);
      if (token === undefined || token.revoked || token.expired) return { kind: 'refused' };
      const user = await findUserById(tx, token.user_id);
      if (user === undefined || user.disabled) return { kind: 'refused' };
      if (token.spent) {
        await revokeFamily(tx, token.family_id, nowMs);
        return { kind: 'refused', reused: { ...user, loginId: token.family_id } };
      }
      await spendRefreshToken(tx, tokenHash, nowMs);
      const next = newRefreshToken();
      await insertRefreshToken(tx, this.tokenRecord(next, user, token.family_id));
      return { kind: 'granted', person: user, loginId: token.family_id, next };
    });
  }

  private tokenRecord(refreshToken: string, person: Person, familyId: string) {
    const createdAtMs = this.deps.clock.nowMs();
    const { tenantId, userId } = person;
    return { tokenHash: sha256(refreshToken), familyId, tenantId, userId, createdAtMs, expiresAtMs: createdAtMs + LOGIN_SECONDS * 1_000 };
  }

  private grant(person: Person, loginId: string, refreshToken: string): GrantedLogin {
    const nowMs = this.deps.clock.nowMs();
    const access = { userId: person.userId, loginId, expiresAtMs: nowMs + ACCESS_TOKEN_SECONDS * 1_000 };
    return {
      tokens: {
        access_token: this.signer.sign('access', access),
        token_type: 'Bearer',
        expires_in: ACCESS_TOKEN_SECONDS,
        refresh_token: refreshToken,
        must_change_password: person.mustChangePassword,
      },
      cookie: this.signer.sign('session', { ...access, expiresAtMs: nowMs + LOGIN_SECONDS * 1_000 }),
    };
  }

  private end(tenantId: string, userId: string, loginIds: readonly string[]): void {
    for (const loginId of loginIds) {
      this.cache.forget(loginId);
      this.ended.emit('ended', loginId);
    }
    if (loginIds.length > 0) this.deps.events.emit('user.sessions_ended', { tenantId, userId });
  }
}

function sessionOfLogin(login: ActiveLogin, expiresAtMs: number): Session {
  const { userId, tenantId, username, role, mustChangePassword } = login;
  const permissions = mustChangePassword ? NO_PERMISSIONS : new Set<Permission>(ROLES[role]);
  return {
    loginId: login.familyId,
    principal: { kind: 'user', userId, tenantId, username, role, permissions },
    mustChangePassword,
    expiresAtMs: Math.min(expiresAtMs, login.expiresAtMs),
  };
}

function invalid(field: string, message: string): AppError {
  return new AppError('INVALID_REQUEST', message, { errors: [{ field, message }] });
}
