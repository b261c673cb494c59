import type { Permission } from './permissions.ts';

interface PrincipalBase {
  readonly tenantId: string;
  readonly permissions: ReadonlySet<Permission>;
  /** When the key that proved it ends, epoch milliseconds; absent for keys that do not, and for people (their session ends). */
  readonly expiresAtMs?: number;
  /** Requests an hour that its key allows; absent: no limit of its own. */
  readonly hourlyLimit?: number;
}

/** A person who logged in. */
export interface UserPrincipal extends PrincipalBase {
  readonly kind: 'user';
  readonly userId: string;
  readonly username: string;
  /** The one word for what he is: the strongest of his built-in roles, otherwise the first of `roles`. */
  readonly role: string;
  /** Every role he holds, by name. */
  readonly roles?: readonly string[];
}

/** A device that proved itself by its own key or certificate; it acts for itself alone. */
export interface DevicePrincipal extends PrincipalBase {
  readonly kind: 'device';
  readonly deviceId: string;
  /** The credential's id; `certificate` when a client certificate was the proof. */
  readonly credentialId: string;
}

/** A gateway: may publish for every device of its tenant. */
export interface GatewayPrincipal extends PrincipalBase {
  readonly kind: 'gateway';
  readonly credentialId: string;
  readonly name: string;
  /** Whether devices that it speaks for the first time are registered. */
  readonly autoRegister: boolean;
}

/** A program with an API key. */
export interface ProgramPrincipal extends PrincipalBase {
  readonly kind: 'program';
  readonly credentialId: string;
  readonly name: string;
}

/** Whoever calls: known, of one tenant, with the permissions it has. */
export type Principal = UserPrincipal | DevicePrincipal | GatewayPrincipal | ProgramPrincipal;

/** How a principal is named in the audit log and in `acknowledged_by`. */
export function actorOf(principal: Principal): string {
  switch (principal.kind) {
    case 'user':
      return principal.username;
    case 'device':
      return `device:${principal.deviceId}`;
    case 'gateway':
      return `gateway:${principal.name}`;
    case 'program':
      return `program:${principal.name}`;
  }
}

/** What somebody who lacks a permission can do. The permissions of a key never change, so a program cannot ask for more. */
export function remedyOfLack(principal: Principal): string {
  return principal.kind === 'user' ? 'Ask an administrator.' : 'Issue a key that has it (POST /api/v1/api-keys).';
}
