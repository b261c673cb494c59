import type { PlatformEvents } from '../contracts/events.ts';
import type { Clock } from '../core/clock.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { EventBus } from '../core/events.ts';
import type { NewId } from '../core/ids.ts';
import type { Logger } from '../core/logger.ts';
import { DEVICE_PERMISSIONS, PERMISSIONS } from '../core/permissions.ts';
import type { Permission } from '../core/permissions.ts';
import { actorOf } from '../core/principal.ts';
import type { DevicePrincipal, Principal } from '../core/principal.ts';
import type { Database } from '../storage/database.ts';
import {
  findCredential,
  findCredentialByHash,
  insertCredential,
  listCredentials,
  lockCredential,
  replaceCredential,
  revokeCredential,
  touchCredentials,
} from '../storage/repositories/credentials.ts';
import type {
  CredentialKind,
  CredentialQuery,
  CredentialRecord,
  CredentialTarget,
  NewCredential,
} from '../storage/repositories/credentials.ts';
import { CredentialCache } from './credential-cache.ts';
import { newKey } from './new-key.ts';
import { KeyEndings } from './key-endings.ts';
import { sha256 } from './tokens.ts';

export type { CredentialRecord };

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
  /** Requests an hour; undefined: no limit of its own. */
  hourlyLimit?: number | undefined;
  /** Who issues it: the key may do nothing that its maker may not. Undefined: the platform itself. */
  maker?: Principal | undefined;
}

/** How a key is rotated. */
export interface RotateOptions {
  /** How long the old key goes on working, from 0. */
  overlapSeconds: number;
  /** When the new key ends; undefined: it lives as long as the old one was meant to live, without end if that had none. */
  expiresAt: string | undefined;
  maker: Principal;
}

/** A key, the only moment it can be seen. */
export interface IssuedKey {
  id: string;
  key: string;
  prefix: string;
}

/** What a rotation made: the new key, and the old one as it is now. */
export interface RotatedKey extends IssuedKey {
  old: CredentialRecord;
  oldEndsAt: string;
  expiresAt: string | undefined;
}

const FLUSH_MS = 60_000;

/**
 * Keys of devices, gateways and programs: issued once, kept as SHA-256 (they have 256 bits of their own, so no slow hash is needed),
 * looked up from memory. `start()` begins to follow removed devices and to write down when keys were last used (once a minute).
 */
export class CredentialService {
  private readonly deps: CredentialServiceDeps;
  private readonly cache: CredentialCache;
  private readonly endings: KeyEndings;
  private uses = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private unsubscribe: (() => void) | undefined;

  constructor(deps: CredentialServiceDeps) {
    this.deps = deps;
    this.cache = new CredentialCache(deps.clock);
    this.endings = new KeyEndings(deps);
  }

  start(): void {
    this.unsubscribe ??= this.deps.events.on('device.changed', ({ deviceId, change }) => {
      if (change === 'removed') this.cache.forget((record) => record.deviceId === deviceId);
    });
    this.endings.start();
    this.timer ??= setInterval(() => void this.flush(), FLUSH_MS).unref();
  }

  async stop(): Promise<void> {
    this.endings.stop();
    clearInterval(this.timer);
    this.timer = undefined;
    this.unsubscribe?.();
    this.unsubscribe = undefined;
    await this.flush();
  }

  /**
   * Issues a key. Fails with NOT_FOUND when its device does not exist, and with FORBIDDEN when it could do what its maker may not.
   */
  async issue(options: IssueOptions): Promise<IssuedKey> {
    const { tenantId, kind, deviceId, maker } = options;
    const permissions = permissionsOf(options);
    assertMayGive(maker, permissions);
    const { record, key } = newRecord(this.deps.newId(), {
      tenantId,
      kind,
      deviceId,
      name: options.name,
      permissions,
      autoRegister: kind === 'gateway' && options.autoRegister === true,
      origin: options.origin ?? 'user',
      expiresAt: options.expiresAt,
      hourlyLimit: options.hourlyLimit,
      createdBy: maker === undefined ? undefined : actorOf(maker),
    });
    const inserted = await this.deps.database.asTenant(tenantId, (tx) => insertCredential(tx, record));
    if (!inserted) throw new AppError('NOT_FOUND', `There is no device "${deviceId ?? ''}". GET /api/v1/devices lists those that exist.`);
    return { id: record.credentialId, key, prefix: record.prefix };
  }

  /**
   * Issues a key with the properties of another one, which goes on working for the overlap; undefined when there is none such. Fails with
   * CONFLICT when that one was rotated before or has expired, with FORBIDDEN when it may do what the maker may not.
   */
  async rotate(target: CredentialTarget, options: RotateOptions): Promise<RotatedKey | undefined> {
    const { clock, database, newId } = this.deps;
    const nowMs = clock.nowMs();
    const rotated = await database.asTenant(target.tenantId, async (tx) => {
      const old = await lockCredential(tx, target);
      if (old === undefined) return undefined;
      const permissions = old.permissions.filter(isPermission);
      assertMayGive(options.maker, permissions);
      assertRotatable(old, nowMs);
      const expiresAt = options.expiresAt ?? sameLifetime(old, nowMs);
      const { record, key } = newRecord(newId(), {
        tenantId: old.tenantId,
        kind: old.kind,
        deviceId: old.deviceId ?? undefined,
        name: old.name,
        permissions,
        autoRegister: old.autoRegister,
        origin: 'user',
        expiresAt,
        hourlyLimit: old.hourlyLimit ?? undefined,
        createdBy: actorOf(options.maker),
      });
      await insertCredential(tx, record);
      const endsAtMs = Math.min(nowMs + options.overlapSeconds * 1_000, endOf(old));
      await replaceCredential(tx, target, { replacedBy: record.credentialId, endsAtMs });
      return { old, oldEndsAt: new Date(endsAtMs).toISOString(), expiresAt, id: record.credentialId, key, prefix: record.prefix };
    });
    if (rotated === undefined) return undefined;
    this.cache.forget((record) => record.credentialId === target.credentialId);
    this.endings.add({ tenantId: target.tenantId, credentialId: target.credentialId, atMs: Date.parse(rotated.oldEndsAt) });
    return rotated;
  }

  /** One key that was not revoked. */
  find(target: CredentialTarget): Promise<CredentialRecord | undefined> {
    return this.deps.database.asTenant(target.tenantId, (tx) => findCredential(tx, target));
  }

  /** The keys that were not revoked, newest first. */
  list(query: CredentialQuery): Promise<CredentialRecord[]> {
    return this.deps.database.asTenant(query.tenantId, (tx) => listCredentials(tx, query));
  }

  /** Revokes a key, ends its connections and answers what it was; undefined when there is none such. */
  async revoke(tenantId: string, credentialId: string, deviceId: string | undefined): Promise<CredentialRecord | undefined> {
    const { database, clock, events } = this.deps;
    const revoked = await database.asTenant(tenantId, (tx) => revokeCredential(tx, { tenantId, credentialId, deviceId }, clock.nowMs()));
    if (revoked === undefined) return undefined;
    this.cache.forget((record) => record.credentialId === credentialId);
    events.emit('credential.revoked', { tenantId, credentialId });
    return revoked;
  }

  /** Whether a key is in memory because it was good a moment ago; nobody is asked. */
  isRemembered(key: string): boolean {
    return key.length <= 200 && (this.cache.get(sha256(key).toString('hex')) ?? null) !== null;
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

/** What a key is made of, apart from its secret. */
type KeyProperties = Omit<NewCredential, 'credentialId' | 'prefix' | 'keyHash'>;

function newRecord(credentialId: string, properties: KeyProperties): { record: NewCredential; key: string } {
  const { key, prefix, keyHash } = newKey(properties.kind);
  return { record: { ...properties, credentialId, prefix, keyHash }, key };
}

function assertMayGive(maker: Principal | undefined, permissions: readonly Permission[]): void {
  const missing = maker === undefined ? undefined : permissions.find((permission) => !maker.permissions.has(permission));
  if (missing === undefined) return;
  const message = `You cannot give the permission "${missing}", which you do not have yourself. Ask an administrator.`;
  throw new AppError('FORBIDDEN', message, { details: { permission: missing } });
}

function assertRotatable(old: CredentialRecord, nowMs: number): void {
  if (old.replacedBy !== null)
    throw new AppError('CONFLICT', `This key was rotated already; rotate the key ${old.replacedBy}, which took its place.`);
  if (endOf(old) <= nowMs)
    throw new AppError('CONFLICT', `This key has expired (${old.expiresAt ?? ''}), so it cannot be rotated; issue a new one.`);
}

/** When a key ends, epoch milliseconds; infinite without an end. */
function endOf({ expiresAt }: CredentialRecord): number {
  return expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
}

/** The end of a key that begins now and lives as long as another one was meant to. */
function sameLifetime(old: CredentialRecord, nowMs: number): string | undefined {
  if (old.expiresAt === null) return undefined;
  return new Date(nowMs + Date.parse(old.expiresAt) - Date.parse(old.createdAt)).toISOString();
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
    ...(record.hourlyLimit === null ? {} : { hourlyLimit: record.hourlyLimit }),
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
