import { randomBytes } from 'node:crypto';
import type { UserPrincipal } from '../core/principal.ts';
import type { EditorUser } from './node-red/settings.ts';

/**
 * The header by which the dispatcher tells Node-RED who is at the editor: `adminAuth.tokenHeader`. Copies that clients send are
 * removed before anything reads them.
 */
export const EDITOR_HEADER = 'x-insa-editor';

interface Issued {
  loginId: string;
  principal: UserPrincipal;
  address: string | undefined;
}

/** Tokens between dispatcher and Node-RED: random, of this process only, one for each login; never seen by a browser. */
export class EditorTokens {
  private readonly byLogin = new Map<string, string>();
  private readonly issued = new Map<string, Issued>();
  private unused = new Set<string>();

  /** The token of a login, whose person is as he is now and calls from `address`. */
  issue(principal: UserPrincipal, loginId: string, address?: string): string {
    const token = this.byLogin.get(loginId) ?? randomBytes(32).toString('base64url');
    this.byLogin.set(loginId, token);
    this.issued.set(token, { loginId, principal, address });
    this.unused.delete(loginId);
    return token;
  }

  /** Whose token this is; undefined for any other text. */
  resolve(token: string): UserPrincipal | undefined {
    return this.issued.get(token)?.principal;
  }

  /** The same as Node-RED knows people; null for everybody who may not deploy flows. */
  userOf(token: string): EditorUser | null {
    const { principal, address } = this.issued.get(token) ?? {};
    if (principal?.permissions.has('flows:write') !== true) return null;
    const { username, role } = principal;
    return { username, permissions: '*', role, administers: principal.permissions.has('settings:write'), address };
  }

  /** Ends the token of a login. */
  revoke(loginId: string): void {
    const token = this.byLogin.get(loginId);
    if (token !== undefined) this.issued.delete(token);
    this.byLogin.delete(loginId);
    this.unused.delete(loginId);
  }

  /**
   * Ends the tokens of logins that asked for nothing since the last call, unless `isNeeded`: of logins that ended elsewhere, or only ran out, nobody
   * tells. A login that comes back gets another token.
   */
  revokeUnused(isNeeded: (loginId: string) => boolean): void {
    for (const loginId of this.unused) if (!isNeeded(loginId)) this.revoke(loginId);
    this.unused = new Set(this.byLogin.keys());
  }

  /** How many logins have a token. */
  get size(): number {
    return this.byLogin.size;
  }
}
