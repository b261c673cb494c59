import type { Queryable } from '../database.ts';
import { epochUs, fromEpochUs, isoMs } from './columns.ts';

export type CredentialKind = 'device' | 'gateway' | 'program';

/** A key as it is kept: its SHA-256 and the few characters that people recognise it by. */
export interface CredentialRecord {
  credentialId: string;
  tenantId: string;
  kind: CredentialKind;
  deviceId: string | null;
  name: string;
  prefix: string;
  permissions: string[];
  autoRegister: boolean;
  createdAt: string;
  createdUs: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
  /** Requests an hour; null: no limit of its own. */
  hourlyLimit: number | null;
  createdBy: string | null;
  /** The key that took its place; null while it was not rotated. */
  replacedBy: string | null;
}

interface CredentialRow {
  credential_id: string;
  tenant_id: string;
  kind: CredentialKind;
  device_id: string | null;
  name: string;
  prefix: string;
  permissions: string[];
  auto_register: boolean;
  created: string;
  created_us: string;
  expires: string | null;
  last_used: string | null;
  hourly_limit: number | null;
  created_by: string | null;
  replaced_by: string | null;
}

const COLUMNS = `credential_id, tenant_id, kind, device_id, name, prefix, permissions, auto_register, ${isoMs('created_at')} as created,
  ${epochUs('created_at')} as created_us, ${isoMs('expires_at')} as expires, ${isoMs('last_used_at')} as last_used,
  hourly_limit, created_by, replaced_by`;

function credentialOf(row: CredentialRow): CredentialRecord {
  return {
    credentialId: row.credential_id,
    tenantId: row.tenant_id,
    kind: row.kind,
    deviceId: row.device_id,
    name: row.name,
    prefix: row.prefix,
    permissions: row.permissions,
    autoRegister: row.auto_register,
    createdAt: row.created,
    createdUs: row.created_us,
    expiresAt: row.expires,
    lastUsedAt: row.last_used,
    hourlyLimit: row.hourly_limit,
    createdBy: row.created_by,
    replacedBy: row.replaced_by,
  };
}

/** A key as it is first written. */
export interface NewCredential {
  credentialId: string;
  tenantId: string;
  kind: CredentialKind;
  deviceId: string | undefined;
  name: string;
  prefix: string;
  keyHash: Buffer;
  permissions: readonly string[];
  autoRegister: boolean;
  origin: 'user' | 'demo';
  expiresAt: string | undefined;
  hourlyLimit: number | undefined;
  createdBy: string | undefined;
}

/** Keeps a new key; false when its device does not exist in the tenant. */
export async function insertCredential(db: Queryable, credential: NewCredential): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into credentials (credential_id, tenant_id, kind, device_id, name, prefix, key_hash, permissions, auto_register, origin, expires_at,
                              hourly_limit, created_by)
     select $1::uuid, $2::text, $3::text, $4::text, $5::text, $6::text, $7::bytea, $8::text[], $9::boolean, $10::text, $11::timestamptz,
            $12::int, $13::text
      where $4::text is null or exists (select 1 from devices where tenant_id = $2 and device_id = $4)`,
    [
      credential.credentialId,
      credential.tenantId,
      credential.kind,
      credential.deviceId ?? null,
      credential.name,
      credential.prefix,
      credential.keyHash,
      credential.permissions,
      credential.autoRegister,
      credential.origin,
      credential.expiresAt ?? null,
      credential.hourlyLimit ?? null,
      credential.createdBy ?? null,
    ],
  );
  return rowCount === 1;
}

/** The key with this SHA-256, unless it was revoked. Whether it has expired is for the caller to see. */
export async function findCredentialByHash(db: Queryable, keyHash: Buffer): Promise<CredentialRecord | undefined> {
  const { rows } = await db.query<CredentialRow>(`select ${COLUMNS} from credentials where key_hash = $1 and revoked_at is null`, [
    keyHash,
  ]);
  return rows[0] === undefined ? undefined : credentialOf(rows[0]);
}

/** Which keys to list: those of one device, or those bound to no device. Newest first, after the cursor. */
export interface CredentialQuery {
  tenantId: string;
  deviceId: string | undefined;
  limit: number;
  after: { createdUs: string; credentialId: string } | undefined;
}

/** The keys that were not revoked. */
export async function listCredentials(db: Queryable, query: CredentialQuery): Promise<CredentialRecord[]> {
  const { rows } = await db.query<CredentialRow>(
    `select ${COLUMNS} from credentials
      where tenant_id = $1 and device_id is not distinct from $2 and revoked_at is null
        and ($3::int8 is null or (created_at, credential_id) < (${fromEpochUs('$3')}, $4::uuid))
      order by created_at desc, credential_id desc limit $5`,
    [query.tenantId, query.deviceId ?? null, query.after?.createdUs ?? null, query.after?.credentialId ?? null, query.limit],
  );
  return rows.map(credentialOf);
}

/** A key of one device, or (device undefined) one bound to no device. */
export interface CredentialTarget {
  tenantId: string;
  credentialId: string;
  deviceId: string | undefined;
}

const IS_TARGET = 'tenant_id = $1 and credential_id = $2 and device_id is not distinct from $3 and revoked_at is null';

/** One key that was not revoked. */
export async function findCredential(db: Queryable, { tenantId, credentialId, deviceId }: CredentialTarget) {
  const { rows } = await db.query<CredentialRow>(`select ${COLUMNS} from credentials where ${IS_TARGET}`, [
    tenantId,
    credentialId,
    deviceId ?? null,
  ]);
  return rows[0] === undefined ? undefined : credentialOf(rows[0]);
}

/** The same, locked until the transaction ends, so that two rotations at the same time wait for each other. */
export async function lockCredential(tx: Queryable, { tenantId, credentialId, deviceId }: CredentialTarget) {
  const { rows } = await tx.query<CredentialRow>(`select ${COLUMNS} from credentials where ${IS_TARGET} for update`, [
    tenantId,
    credentialId,
    deviceId ?? null,
  ]);
  return rows[0] === undefined ? undefined : credentialOf(rows[0]);
}

/** Another key takes the place of one, which ends at an instant, or earlier if it was to. */
export async function replaceCredential(
  tx: Queryable,
  { tenantId, credentialId }: CredentialTarget,
  { replacedBy, endsAtMs }: { replacedBy: string; endsAtMs: number },
): Promise<void> {
  await tx.query(
    `update credentials set replaced_by = $3, expires_at = least(coalesce(expires_at, 'infinity'), $4::timestamptz)
      where tenant_id = $1 and credential_id = $2`,
    [tenantId, credentialId, replacedBy, new Date(endsAtMs)],
  );
}

/** Revokes a key and answers what it was; undefined when there is none such. */
export async function revokeCredential(
  db: Queryable,
  { tenantId, credentialId, deviceId }: CredentialTarget,
  nowMs: number,
): Promise<CredentialRecord | undefined> {
  const { rows } = await db.query<CredentialRow>(`update credentials set revoked_at = $4 where ${IS_TARGET} returning ${COLUMNS}`, [
    tenantId,
    credentialId,
    deviceId ?? null,
    new Date(nowMs),
  ]);
  return rows[0] === undefined ? undefined : credentialOf(rows[0]);
}

/** Writes down when keys were last used, many at once. */
export async function touchCredentials(db: Queryable, uses: ReadonlyMap<string, number>): Promise<void> {
  await db.query(
    `update credentials c set last_used_at = u.at
       from unnest($1::uuid[], $2::timestamptz[]) as u(id, at) where c.credential_id = u.id and (c.last_used_at is null or c.last_used_at < u.at)`,
    [[...uses.keys()], [...uses.values()].map((atMs) => new Date(atMs).toISOString())],
  );
}
