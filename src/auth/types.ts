import type { UserPrincipal } from '../core/principal.ts';

/** A person's login as it is now: checked against the database at most 30 s ago, and at once after any change made here. */
export interface Session {
  /** The login's id; ends with logout, password change elsewhere, reuse of a spent refresh token, or after 7 days. */
  loginId: string;
  /** The person. Has no permissions at all while the password must be changed. */
  principal: UserPrincipal;
  mustChangePassword: boolean;
  /** When the token that was shown ends, epoch milliseconds. */
  expiresAtMs: number;
}

/** Checks what people show: access tokens (API, Socket.IO) and the session cookie (dashboard, editor). */
export interface SessionChecker {
  /** The login of an access token; undefined when the token or its login is not good. */
  sessionOfToken(accessToken: string): Promise<Session | undefined>;
  /** The login of a session cookie's value; undefined when it is not good. */
  sessionOfCookie(cookie: string): Promise<Session | undefined>;
  /**
   * Calls `listener` with the id of every login whose connections must end: because it is over, or because its rights have changed and
   * the person has to come in anew. Answers a function that ends it.
   */
  onLoginEnded(listener: (loginId: string) => void): () => void;
}
