import { randomBytes } from 'node:crypto';
import type { UserPrincipal } from '../core/principal.ts';

/**
 * The header by which the dispatcher tells Node-RED who is at the editor: `adminAuth.tokenHeader`. Copies that clients send are
 * removed before anything reads them.
 */
export const EDITOR_HEADER = 'x-insa-editor';

/** Tokens between dispatcher and Node-RED: random, of this process only, one for each login; never seen by a browser. */
export class EditorTokens {
  private readonly byLogin = new Map<string, string>();
  private readonly principals = new Map<string, UserPrincipal>();

  /** The token of a login, whose person is as he is now. */
  issue(principal: UserPrincipal, loginId: string): string {
    const token = this.byLogin.get(loginId) ?? randomBytes(32).toString('base64url');
    this.byLogin.set(loginId, token);
    this.principals.set(token, principal);
    return token;
  }

  /** Whose token this is; undefined for any other text. */
  resolve(token: string): UserPrincipal | undefined {
    return this.principals.get(token);
  }

  /** Ends the token of a login. */
  revoke(loginId: string): void {
    const token = this.byLogin.get(loginId);
    if (token !== undefined) this.principals.delete(token);
    this.byLogin.delete(loginId);
  }
}
