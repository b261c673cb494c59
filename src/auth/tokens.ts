import jwt from 'jsonwebtoken';
import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.ts';

/** How long an access token is good, in seconds. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;
/** How long a refresh token and the session cookie are good, in seconds. */
export const LOGIN_SECONDS = 7 * 24 * 3_600;

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** What a signed token is for: a token for one purpose is worth nothing for another. */
export type TokenPurpose = 'access' | 'session';

/** What a signed token says: whose login, and until when. Role and rights are looked up, so that a change counts at once. */
export interface TokenClaims {
  userId: string;
  /** The login (family of refresh tokens) it belongs to. */
  loginId: string;
  expiresAtMs: number;
}

/** Signs and checks the tokens of people (HS256 with the installation's secret). */
export class TokenSigner {
  private readonly secret: string;
  private readonly clock: Clock;

  constructor(secret: string, clock: Clock) {
    this.secret = secret;
    this.clock = clock;
  }

  /** A token that ends at `expiresAtMs`. */
  sign(purpose: TokenPurpose, claims: TokenClaims): string {
    const payload = { sub: claims.userId, login: claims.loginId, iat: this.nowSeconds(), exp: Math.floor(claims.expiresAtMs / 1_000) };
    return jwt.sign(payload, this.secret, { algorithm: 'HS256', audience: `insa:${purpose}`, issuer: 'insa' });
  }

  /** What a token says, or undefined when it is not ours, of another purpose, or expired. */
  verify(purpose: TokenPurpose, token: string): TokenClaims | undefined {
    try {
      const payload = jwt.verify(token, this.secret, {
        algorithms: ['HS256'],
        audience: `insa:${purpose}`,
        issuer: 'insa',
        clockTimestamp: this.nowSeconds(),
      });
      if (typeof payload === 'string' || typeof payload.sub !== 'string' || typeof payload.exp !== 'number') return undefined;
      const login: unknown = payload['login'];
      return typeof login === 'string' && UUID.test(login)
        ? { userId: payload.sub, loginId: login, expiresAtMs: payload.exp * 1_000 }
        : undefined;
    } catch (error) {
      if (error instanceof jwt.JsonWebTokenError) return undefined;
      throw error;
    }
  }

  private nowSeconds(): number {
    return Math.floor(this.clock.nowMs() / 1_000);
  }
}

/** A new refresh token: opaque, 256 bits. */
export function newRefreshToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The SHA-256 under which secrets with enough entropy of their own are kept and found. */
export function sha256(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
