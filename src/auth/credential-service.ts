import type { PlatformEvents } from '../contracts/events.ts';
import type { Clock } from '../core/clock.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { EventBus } from '../core/events.ts';
import type { NewId } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { DEVICE_PERMISSIONS, PERMISSIONS } from '../core/permissions.ts';
import type { Permission } from '../core/permissions.ts';
import type { DevicePrincipal, Principal } from '../core/principal.ts';
import type { Database } from '../storage/database.ts';
import {
  findCredentialByHash,
  insertCredential,
  listCredentials,
  revokeCredential,
  touchCredentials,
} from '../storage/repositories/credentials.ts';
import type { CredentialKind, CredentialQuery, CredentialRecord, NewCredential } from '../storage/repositories/credentials.ts';
import { CredentialCache } from './credential-cache.ts';
import { newKey } from './new-key.ts';
import { sha256 } from './tokens.ts';

/** The devices that a client certificate may speak for. */
export interface CertificateDevices {
  /** The device with this id, or undefined. */
  lookup(deviceId: string): { tenantId: string } | undefined;
  /** Registers a device that showed a good certificate; left out unless that is switched on. */
  register?(deviceId: string): Promise<{ tenantId: string } | undefined>;
}

/** What the service of keys uses. */
export interface CredentialServiceDeps {
  database: Database;
  events: EventBus<PlatformEvents>;
  clock: Clock;
  logger: Logger;
  newId: NewId;
  certificateDevices: CertificateDevices;
}

/** Which key to issue. */
export interface IssueOptions {
  tenantId: string;
  kind: CredentialKind;
  /** For keys of devices. */
  deviceId?: string | undefined;
  name: string;
  /** For programs. */
  permissions?: readonly Permission[] | undefined;
  /** For gateways. */
  autoRegister?: boolean | undefined;
  expiresAt?: string | undefined;
  origin?: 'user' | 'demo' | undefined;
}

const FLUSH_MS = 60_000;

/**
 * Keys of devices, gateways and programs: issued once, kept as SHA-256 (they have 256 bits of their own, so no slow hash is needed),
 * looked up from memory. `start()` begins to follow removed devices and to write down when keys were last used (once a minute).
 */
export class CredentialService {
  private readonly deps: CredentialServiceDeps;
  private readonly cache: CredentialCache;
  private uses = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private unsubscribe: (() => void) | undefined;

  constructor(deps: CredentialServiceDeps) {
    this.deps = deps;
    this.cache = new CredentialCache(deps.clock);
  }

  start(): void {
    this.unsubscribe ??= this.deps.events.on('device.changed', ({ deviceId, change }) => {
      if (change === 'removed') this.cache.forget((record) => record.deviceId === deviceId);
    });
    this.timer ??= setInterval(() => void this.flush(), FLUSH_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    this.unsubscribe?.();
    this.unsubscribe = undefined;
    await this.flush();
  }

  /** Issues a key; the only moment it can be seen. Fails with NOT_FOUND when its device does not exist. */
  async issue(options: IssueOptions): Promise<{ id: string; key: string; prefix: string }> {
    const { key, prefix, keyHash } = newKey(options.kind);
    const id = this.deps.newId();
    const record: NewCredential = {
      credentialId: id,
      tenantId: options.tenantId,
      kind: options.kind,
      deviceId: options.deviceId,
      name: options.name,
      prefix,
      keyHash,
      permissions: permissionsOf(options),
      autoRegister: options.kind === 'gateway' && options.autoRegister === true,
      origin: options.origin ?? 'user',
      expiresAt: options.expiresAt,
    };
    const inserted = await this.deps.database.asTenant(options.tenantId, (tx) => insertCredential(tx, record));
    if (!inserted)
      throw new AppError('NOT_FOUND', `There is no device "${options.deviceId ?? ''}". GET /api/v1/devices lists those that exist.`);
    return { id, key, prefix };
  }

  /** The keys that were not revoked, newest first. */
  list(query: CredentialQuery): Promise<CredentialRecord[]> {
    return this.deps.database.asTenant(query.tenantId, (tx) => listCredentials(tx, query));
  }

  /** Revokes a key and ends its connections; false when there is none such. */
  async revoke(tenantId: string, credentialId: string, deviceId: string | undefined): Promise<boolean> {
    const { database, clock, events } = this.deps;
    const revoked = await database.asTenant(tenantId, (tx) => revokeCredential(tx, { tenantId, credentialId, deviceId }, clock.nowMs()));
    if (!revoked) return false;
    this.cache.forget((record) => record.credentialId === credentialId);
    events.emit('credential.revoked', { tenantId, credentialId });
    return true;
  }

  /** Whose key this is; undefined when it is unknown, revoked or expired. Rejects when the database must be asked and is away. */
  async principalOfKey(key: string): Promise<Principal | undefined> {
    if (!key.startsWith('insa_') || key.length > 200) return undefined;
    const hash = sha256(key);
    const name = hash.toString('hex');
    const known = this.cache.get(name);
    if (known === null) return undefined;
    const record = known ?? (await this.cache.load(name, () => findCredentialByHash(this.deps.database.system, hash)));
    if (record === undefined) return undefined;
    const nowMs = this.deps.clock.nowMs();
    if (record.expiresAt !== null && Date.parse(record.expiresAt) <= nowMs) return undefined;
    this.uses.set(record.credentialId, nowMs);
    return principalOf(record);
  }

  /** For MQTT: a device's key goes with its own id as user name; keys of gateways and programs with any. */
  async byKey(username: string, key: string): Promise<Principal | undefined> {
    const principal = await this.principalOfKey(key);
    return principal?.kind === 'device' && principal.deviceId !== username ? undefined : principal;
  }

  /** For MQTT over TLS: the device named by a client certificate that the configured authority signed. */
  async byCertificate(commonName: string): Promise<DevicePrincipal | undefined> {
    const { certificateDevices } = this.deps;
    const device = certificateDevices.lookup(commonName) ?? (await certificateDevices.register?.(commonName));
    if (device === undefined) return undefined;
    return {
      kind: 'device',
      tenantId: device.tenantId,
      deviceId: commonName,
      credentialId: 'certificate',
      permissions: new Set(DEVICE_PERMISSIONS),
    };
  }

  /** Writes down now when keys were last used; what cannot be written is logged and left. */
  async flush(): Promise<void> {
    if (this.uses.size === 0) return;
    const uses = this.uses;
    this.uses = new Map();
    try {
      await touchCredentials(this.deps.database.system, uses);
    } catch (error) {
      this.deps.logger.warn({ reason: messageOf(error), keys: uses.size }, 'When keys were last used could not be written down.');
    }
  }
}

function permissionsOf(options: IssueOptions): readonly Permission[] {
  switch (options.kind) {
    case 'device':
      return DEVICE_PERMISSIONS;
    case 'gateway':
      return ['telemetry:write'];
    case 'program':
      return options.permissions ?? ['telemetry:write'];
  }
}

function isPermission(word: string): word is Permission {
  return Object.hasOwn(PERMISSIONS, word);
}

function principalOf(record: CredentialRecord): Principal {
  const { tenantId, credentialId, name } = record;
  const permissions = new Set(record.permissions.filter(isPermission));
  const proof = {
    tenantId,
    credentialId,
    permissions,
    ...(record.expiresAt === null ? {} : { expiresAtMs: Date.parse(record.expiresAt) }),
  };
  switch (record.kind) {
    case 'device':
      // The table guarantees it; an id that no device has keeps a broken row harmless.
      return { kind: 'device', ...proof, deviceId: record.deviceId ?? '' };
    case 'gateway':
      return { kind: 'gateway', ...proof, name, autoRegister: record.autoRegister };
    case 'program':
      return { kind: 'program', ...proof, name };
  }
}
