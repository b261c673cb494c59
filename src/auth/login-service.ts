import { AppError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import type { Database } from '../storage/database.ts';
import { findUserByLogin, hasLoggedInFrom, lockUser } from '../storage/repositories/users.ts';
import type { UserRecord } from '../storage/repositories/users.ts';
import type { AuditLog } from './audit.ts';
import { KNOWN_PLACE_MS, placeOf } from './login-guard.ts';
import type { LoginAttempt, LoginGuard, SetHeader } from './login-guard.ts';
import { checkPassword } from './password-rules.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import type { GrantedLogin, SessionService } from './session-service.ts';
import type { Session } from './types.ts';

/** What logging in uses. */
export interface LoginServiceDeps {
  database: Database;
  sessions: SessionService;
  guard: LoginGuard;
  audit: AuditLog;
  clock: Clock;
  /** In whose log stands what nobody known did. */
  tenantId: string;
}

/** From where somebody comes, and who is told how much is left of a limit. */
export interface Visitor {
  address: string;
  setHeader: SetHeader;
}

/** Characters of a name nobody has that are written down: enough to recognise a slip, too few to give away a password typed into its field. */
const SHOWN_OF_UNKNOWN = 3;

/** Asked for accounts that do not exist, so that both kinds cause the same work. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** The proof that somebody is who he says: login, and the change of one's own password. */
export class LoginService {
  private readonly deps: LoginServiceDeps;

  constructor(deps: LoginServiceDeps) {
    this.deps = deps;
  }

  /**
   * Logs a person in by user name or e-mail address. Fails with UNAUTHENTICATED, the same for an unknown name, a wrong password and a
   * disabled account, and with RATE_LIMITED.
   */
  async login(typed: string, password: string, { address, setHeader }: Visitor): Promise<GrantedLogin> {
    const { database, sessions, guard, audit, clock } = this.deps;
    const place = placeOf(address);
    let user: UserRecord | undefined;
    let attempt: LoginAttempt = { place, account: typed, isKnownPlace: false };
    let proven: boolean;
    try {
      await guard.arrived(place, setHeader);
      user = await findUserByLogin(database.system, typed);
      const since = clock.nowMs() - KNOWN_PLACE_MS;
      attempt = { ...attempt, isKnownPlace: await hasLoggedInFrom(database.system, user?.userId ?? NOBODY, place, since) };
      await guard.attempt(attempt, setHeader);
      proven = await verifyPassword(user?.passwordHash, password);
    } catch (error) {
      if (error instanceof AppError && error.code === 'RATE_LIMITED') await this.refused(typed, user, { address, reason: 'rate_limited' });
      throw error;
    }
    const granted = user !== undefined && proven && !user.disabled ? await sessions.open(user, place) : undefined;
    if (user === undefined || granted === undefined) {
      await guard.failed(attempt);
      const reason = user === undefined ? 'unknown_user' : proven ? 'disabled' : 'wrong_password';
      await this.refused(typed, user, { address, reason });
      throw new AppError('UNAUTHENTICATED', 'The user name or the password is wrong. Check both; capital letters count in the password.', {
        remedy: 'An administrator can give you a new password; `npm run reset-admin` gives one to an administrator.',
      });
    }
    await guard.succeeded(attempt);
    await audit.record({ tenantId: user.tenantId, actor: user.username, action: 'login', outcome: 'ok', address });
    return granted;
  }

  /**
   * Sets a person's own password. Every login of the person ends, this one too: the answer is a new one. Fails with INVALID_REQUEST when
   * the current password is wrong or the new one too weak, and with RATE_LIMITED.
   */
  async changePassword(session: Session, passwords: { current: string; next: string }, visitor: Visitor): Promise<GrantedLogin> {
    const { database, sessions, guard, audit } = this.deps;
    const { tenantId, userId, username } = session.principal;
    const { address, setHeader } = visitor;
    const entry = { tenantId, actor: username, action: 'password.change', address };
    const attempt = { place: placeOf(address), account: `password of ${userId}`, isKnownPlace: true };
    const user = await database.transaction((tx) => lockUser(tx, userId));
    if (user === undefined) throw new AppError('UNAUTHENTICATED', 'This account does not exist any more.');
    let granted: GrantedLogin | undefined;
    try {
      await guard.attempt(attempt, setHeader);
      checkPassword(passwords.next, [user.username, user.email], 'new_password');
      if (passwords.next === passwords.current) throw invalid('new_password', 'The new password is the current one; choose another.');
      const proven = await verifyPassword(user.passwordHash, passwords.current);
      granted = proven ? await sessions.choosePassword(user, await hashPassword(passwords.next)) : undefined;
    } catch (error) {
      if (error instanceof AppError && error.code === 'RATE_LIMITED')
        await audit.record({ ...entry, outcome: 'refused', details: { reason: 'rate_limited' } });
      throw error;
    }
    if (granted === undefined) {
      await guard.failed(attempt);
      await audit.record({ ...entry, outcome: 'refused', details: { reason: 'wrong_password' } });
      throw invalid('current_password', 'The current password is wrong; type the one you logged in with.');
    }
    await guard.succeeded(attempt);
    await audit.record({ ...entry, outcome: 'ok' });
    return granted;
  }

  private refused(typed: string, user: UserRecord | undefined, why: { address: string; reason: string }): Promise<void> {
    const { audit, tenantId } = this.deps;
    const { address, reason } = why;
    const characters = Array.from(typed);
    const unknown = { username: characters.slice(0, SHOWN_OF_UNKNOWN).join(''), username_length: characters.length };
    return audit.record({
      tenantId: user?.tenantId ?? tenantId,
      actor: user?.username ?? 'unknown',
      action: 'login',
      outcome: 'refused',
      address,
      details: { reason, ...(user === undefined ? unknown : {}) },
    });
  }
}

function invalid(field: string, message: string): AppError {
  return new AppError('INVALID_REQUEST', message, { errors: [{ field, message }] });
}
