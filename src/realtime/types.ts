import type { Principal } from '../core/principal.ts';

/** Who a connection speaks for and until when; null for a key that does not expire. */
export interface RealtimeLogin {
  principal: Principal;
  expiresAtMs: number | null;
}

/** Checks what a connection shows; undefined when it is not good. */
export interface RealtimeAuthenticator {
  byToken(token: string): Promise<RealtimeLogin | undefined>;
  byApiKey(key: string): Promise<RealtimeLogin | undefined>;
}

/** Limits of a connection. */
export interface RealtimeLimits {
  /** How long a connection may stay without authenticating. */
  authenticateMs: number;
  /** How often the newest values are sent. */
  flushMs: number;
  /** Devices that one connection may subscribe to by name. */
  devices: number;
  /** Devices whose values are sent in one go; the rest goes with the next. */
  devicesPerFlush: number;
  /** Messages that may wait for a slow connection before it is ended, so that it comes back and reads the alerts anew. */
  waiting: number;
}

/** Limits that suit one installation. */
export const DEFAULT_LIMITS: RealtimeLimits = {
  authenticateMs: 10_000,
  flushMs: 20,
  devices: 5_000,
  devicesPerFlush: 500,
  waiting: 10_000,
};
