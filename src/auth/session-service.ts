import type { Tokens } from '../contracts/auth.ts';
import type { PlatformEvents } from '../contracts/events.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { EventBus } from '../core/events.ts';
import type { NewId } from '../core/ids.ts';
import type { Permission } from '../core/permissions.ts';
import type { Database, Queryable } from '../storage/database.ts';
import {
  deleteExpiredTokens,
  findActiveLogin,
  insertRefreshToken,
  lockRefreshToken,
  loginsOf,
  ownerOfRefreshToken,
  revokeAllFamilies,
  revokeFamily,
  spendRefreshToken,
} from '../storage/repositories/tokens.ts';
import type { ActiveLogin } from '../storage/repositories/tokens.ts';
import { deleteOldPlaces, lockUser, noteLogin, updatePassword } from '../storage/repositories/users.ts';
import type { UserRecord } from '../storage/repositories/users.ts';
import type { AuditLog } from './audit.ts';
import { LoginCache } from './login-cache.ts';
import { KNOWN_PLACE_MS } from './login-guard.ts';
import { permissionsOf, strongestOf } from './rights.ts';
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
  /** In whose log stands what nobody known did. */
  tenantId: string;
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
  | { kind: 'granted'; person: Person; loginId: string; next: string }
  | { kind: 'refused'; reason: RefusedRefresh; owner?: Person; loginId?: string };
type RefusedRefresh = 'unknown' | 'revoked' | 'expired' | 'disabled' | 'reused';

const NO_PERMISSIONS: ReadonlySet<Permission> = new Set();

/**
 * Logins of people: tokens, rotation, their end. Every change of a person's logins is made behind a lock on the person, so that
 * a refresh under way cannot outlive a logout, a disabled account or a new password.
 */
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

  /**
   * A new login of somebody who has proved himself, at `place`. Undefined when the account was disabled or its password changed since
   * `proven` was read.
   */
  async open(proven: UserRecord, place: string): Promise<GrantedLogin | undefined> {
    const { database, clock, newId } = this.deps;
    const nowMs = clock.nowMs();
    const loginId = newId();
    const refreshToken = newRefreshToken();
    const person = await database.transaction(async (tx) => {
      const user = await lockUser(tx, proven.userId);
      if (user === undefined || user.disabled || user.passwordHash !== proven.passwordHash) return undefined;
      await noteLogin(tx, user, place, nowMs);
      await insertRefreshToken(tx, this.tokenRecord(refreshToken, user, loginId));
      return user;
    });
    if (person === undefined) return undefined;
    await deleteExpiredTokens(database.system, nowMs);
    await deleteOldPlaces(database.system, nowMs - KNOWN_PLACE_MS);
    return this.grant(person, loginId, refreshToken);
  }

  /** Exchanges a refresh token for the next one. A spent one proves that somebody has a copy: its login ends for everybody. */
  async refresh(refreshToken: string, address: string | undefined): Promise<GrantedLogin> {
    const result = await this.rotate(sha256(refreshToken));
    if (result.kind === 'granted') {
      this.cache.forget(result.loginId);
      return this.grant(result.person, result.loginId, result.next);
    }
    await this.refused(result, address);
    throw new AppError('UNAUTHENTICATED', 'The refresh token is not valid any more. Log in again.');
  }

  /** Ends a login: its tokens, its cookie and its open connections. */
  async logout(session: Session, address: string | undefined): Promise<void> {
    const { tenantId, userId, username } = session.principal;
    await this.deps.database.transaction(async (tx) => {
      await lockUser(tx, userId);
      await revokeFamily(tx, session.loginId, this.deps.clock.nowMs());
    });
    this.end(tenantId, userId, session.loginId);
    await this.deps.audit.record({ tenantId, actor: username, action: 'logout', outcome: 'ok', address });
  }

  /**
   * Sets the password that a person chose. Every login of the person ends; the answer is a new one. Undefined when the password is no
   * longer the one that was `proven`.
   */
  async choosePassword(proven: UserRecord, passwordHash: string): Promise<GrantedLogin | undefined> {
    const { database, newId } = this.deps;
    const { tenantId, userId } = proven;
    const loginId = newId();
    const refreshToken = newRefreshToken();
    const endedLogins = await database.transaction(async (tx) => {
      const user = await lockUser(tx, userId);
      if (user?.passwordHash !== proven.passwordHash) return undefined;
      const ended = await this.replacePassword(tx, user, { hash: passwordHash, mustChange: false });
      await insertRefreshToken(tx, this.tokenRecord(refreshToken, user, loginId));
      return ended;
    });
    if (endedLogins === undefined) return undefined;
    this.endEvery(tenantId, userId, endedLogins);
    return this.grant({ ...proven, mustChangePassword: false }, loginId, refreshToken);
  }

  /** Gives a person a password that must be changed at the next login, and ends every login. */
  async resetPassword(target: { tenantId: string; userId: string }, passwordHash: string): Promise<void> {
    const ended = await this.deps.database.transaction(async (tx) => {
      await lockUser(tx, target.userId);
      return this.replacePassword(tx, target, { hash: passwordHash, mustChange: true });
    });
    this.endEvery(target.tenantId, target.userId, ended);
  }

  /** Ends every login of a person, at once and everywhere. */
  async endAll(target: { tenantId: string; userId: string }): Promise<void> {
    const ended = await this.deps.database.transaction(async (tx) => {
      await lockUser(tx, target.userId);
      return revokeAllFamilies(tx, target.userId, this.deps.clock.nowMs());
    });
    this.endEvery(target.tenantId, target.userId, ended);
  }

  /** Lets everything of a person who was removed end; `loginIds` are the logins he had. */
  gone({ tenantId, userId }: { tenantId: string; userId: string }, loginIds: readonly string[]): void {
    this.endEvery(tenantId, userId, loginIds);
  }

  /**
   * Lets changed names and rights of people count at once: what was known of their logins is forgotten, and their open connections end, so
   * that they come back with the rights of now. Their logins go on.
   */
  async rightsChanged(tenantId: string, userIds: readonly string[]): Promise<void> {
    if (userIds.length === 0) return;
    // Before the database is asked: whoever comes meanwhile must not meet the rights of before.
    for (const userId of userIds) this.cache.forgetPerson(userId);
    const logins = await loginsOf(this.deps.database.system, userIds);
    for (const userId of userIds) {
      const own = logins.filter((login) => login.userId === userId).map(({ loginId }) => loginId);
      this.endEvery(tenantId, userId, own);
    }
  }

  /** Lets a login end here that another process has ended. */
  endedElsewhere({ tenantId, userId, loginId }: { tenantId: string; userId: string; loginId: string }): void {
    this.end(tenantId, userId, loginId);
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
      const userId = await ownerOfRefreshToken(tx, tokenHash);
      // The person first, then the token: whoever ends all logins takes them in the same order.
      const user = userId === undefined ? undefined : await lockUser(tx, userId);
      const token = await lockRefreshToken(tx, tokenHash, nowMs);
      if (token === undefined || user === undefined) return { kind: 'refused', reason: 'unknown' };
      const reason = user.disabled
        ? 'disabled'
        : token.revoked
          ? 'revoked'
          : token.expired
            ? 'expired'
            : token.spent
              ? 'reused'
              : undefined;
      if (reason === 'reused') await revokeFamily(tx, token.family_id, nowMs);
      if (reason !== undefined) return { kind: 'refused', reason, owner: user, loginId: token.family_id };
      await spendRefreshToken(tx, tokenHash, nowMs);
      const next = newRefreshToken();
      await insertRefreshToken(tx, this.tokenRecord(next, user, token.family_id));
      return { kind: 'granted', person: user, loginId: token.family_id, next };
    });
  }

  /** Writes down a refresh that was refused; one with a spent token ends the login here. */
  private async refused(refusal: Extract<Refresh, { kind: 'refused' }>, address: string | undefined): Promise<void> {
    const { reason, owner, loginId } = refusal;
    const isReuse = reason === 'reused';
    if (isReuse && owner !== undefined && loginId !== undefined) this.end(owner.tenantId, owner.userId, loginId);
    await this.deps.audit.record({
      tenantId: owner?.tenantId ?? this.deps.tenantId,
      actor: owner?.username ?? 'unknown',
      action: isReuse ? 'token.reuse' : 'token.refresh',
      target: loginId,
      outcome: 'refused',
      address,
      details: isReuse ? undefined : { reason },
    });
  }

  /** Answers the logins that end by it. */
  private async replacePassword(
    tx: Queryable,
    target: { tenantId: string; userId: string },
    password: { hash: string; mustChange: boolean },
  ): Promise<string[]> {
    await updatePassword(tx, target, password);
    return revokeAllFamilies(tx, target.userId, this.deps.clock.nowMs());
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

  /** Ends one login and leaves the person's others alone. */
  private end(tenantId: string, userId: string, loginId: string): void {
    this.cache.forget(loginId);
    this.ended.emit('ended', loginId);
    this.deps.events.emit('user.sessions_ended', { tenantId, userId });
  }

  /** Ends the named logins of a person and those that nobody named because they came about just now. */
  private endEvery(tenantId: string, userId: string, loginIds: readonly string[]): void {
    const known = this.cache.forgetPerson(userId);
    for (const loginId of new Set([...loginIds, ...known])) this.ended.emit('ended', loginId);
    this.deps.events.emit('user.sessions_ended', { tenantId, userId });
  }
}

function sessionOfLogin(login: ActiveLogin, expiresAtMs: number): Session {
  const { userId, tenantId, username, roles, ownPermissions, mustChangePassword } = login;
  const permissions = mustChangePassword ? NO_PERMISSIONS : permissionsOf(roles, ownPermissions);
  return {
    loginId: login.familyId,
    principal: { kind: 'user', userId, tenantId, username, role: strongestOf(roles), roles, permissions },
    mustChangePassword,
    expiresAtMs: Math.min(expiresAtMs, login.expiresAtMs),
  };
}
