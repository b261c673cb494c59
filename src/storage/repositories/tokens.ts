import type { Queryable } from '../database.ts';
import { OWN_PERMISSIONS } from './users.ts';

/** A refresh token as it is kept: by its SHA-256 only. All tokens of one login are one family. */
export interface RefreshTokenRecord {
  tokenHash: Buffer;
  familyId: string;
  tenantId: string;
  userId: string;
  createdAtMs: number;
  expiresAtMs: number;
}

/** A login that is still good, with the person as he is now. */
export interface ActiveLogin {
  familyId: string;
  userId: string;
  tenantId: string;
  username: string;
  /** Names of roles, and the words of those among them that are not built in. */
  roles: string[];
  ownPermissions: string[];
  mustChangePassword: boolean;
  expiresAtMs: number;
}

/** Keeps a new refresh token. */
export async function insertRefreshToken(db: Queryable, token: RefreshTokenRecord): Promise<void> {
  await db.query(
    `insert into refresh_tokens (token_hash, family_id, tenant_id, user_id, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)`,
    [token.tokenHash, token.familyId, token.tenantId, token.userId, new Date(token.createdAtMs), new Date(token.expiresAtMs)],
  );
}

interface LockedRow {
  family_id: string;
  tenant_id: string;
  user_id: string;
  spent: boolean;
  revoked: boolean;
  expired: boolean;
}

/** Whose a refresh token is, whatever its state; undefined when nobody was ever given it. */
export async function ownerOfRefreshToken(db: Queryable, tokenHash: Buffer): Promise<string | undefined> {
  const { rows } = await db.query<{ user_id: string }>('select user_id from refresh_tokens where token_hash = $1', [tokenHash]);
  return rows[0]?.user_id;
}

/** What a presented refresh token is, locked so that of two uses at the same time one finds it spent. */
export async function lockRefreshToken(tx: Queryable, tokenHash: Buffer, nowMs: number): Promise<LockedRow | undefined> {
  const { rows } = await tx.query<LockedRow>(
    `select family_id, tenant_id, user_id, spent_at is not null as spent, revoked_at is not null as revoked, expires_at <= $2 as expired
       from refresh_tokens where token_hash = $1 for update`,
    [tokenHash, new Date(nowMs)],
  );
  return rows[0];
}

/** Marks a token as used: a second use of it revokes its family. */
export async function spendRefreshToken(tx: Queryable, tokenHash: Buffer, nowMs: number): Promise<void> {
  await tx.query('update refresh_tokens set spent_at = $2 where token_hash = $1', [tokenHash, new Date(nowMs)]);
}

/** Ends one login. */
export async function revokeFamily(db: Queryable, familyId: string, nowMs: number): Promise<void> {
  await db.query('update refresh_tokens set revoked_at = $2 where family_id = $1 and revoked_at is null', [familyId, new Date(nowMs)]);
}

/** Ends every login of a person; answers the families that ended. */
export async function revokeAllFamilies(db: Queryable, userId: string, nowMs: number): Promise<string[]> {
  const { rows } = await db.query<{ family_id: string }>(
    'update refresh_tokens set revoked_at = $2 where user_id = $1 and revoked_at is null returning family_id',
    [userId, new Date(nowMs)],
  );
  return [...new Set(rows.map((row) => row.family_id))];
}

/** Ends every login of everybody who is disabled: those are left whose account was disabled by a statement of SQL. */
export async function revokeLoginsOfDisabled(db: Queryable, nowMs: number): Promise<void> {
  await db.query(
    `update refresh_tokens t set revoked_at = $1 from users u
      where u.user_id = t.user_id and u.disabled_at is not null and t.revoked_at is null and t.expires_at > $1`,
    [new Date(nowMs)],
  );
}

/** The logins of these people that have not ended. */
export async function loginsOf(db: Queryable, userIds: readonly string[]): Promise<{ userId: string; loginId: string }[]> {
  const { rows } = await db.query<{ user_id: string; family_id: string }>(
    'select distinct user_id, family_id from refresh_tokens where user_id = any($1::uuid[]) and revoked_at is null and spent_at is null',
    [userIds],
  );
  return rows.map((row) => ({ userId: row.user_id, loginId: row.family_id }));
}

/** A login that was ended, and when. */
export interface RevokedLogin {
  tenantId: string;
  userId: string;
  loginId: string;
  revokedAtMs: number;
}

/** Logins that were ended since the instant, by whichever process. */
export async function loginsRevokedSince(db: Queryable, sinceMs: number): Promise<RevokedLogin[]> {
  const { rows } = await db.query<RevokedLogin>(
    `select tenant_id as "tenantId", user_id as "userId", family_id as "loginId",
            (extract(epoch from max(revoked_at)) * 1000)::float8 as "revokedAtMs"
       from refresh_tokens where revoked_at >= $1 group by tenant_id, user_id, family_id`,
    [new Date(sinceMs)],
  );
  return rows;
}

interface ActiveRow {
  family_id: string;
  user_id: string;
  tenant_id: string;
  username: string;
  roles: string[];
  own_permissions: string[];
  must_change_password: boolean;
  expires_ms: string;
}

/** The login of a family while one of its tokens is unspent, unrevoked and unexpired and the person is not disabled. */
export async function findActiveLogin(db: Queryable, familyId: string, nowMs: number): Promise<ActiveLogin | undefined> {
  const { rows } = await db.query<ActiveRow>(
    `select t.family_id, u.user_id, u.tenant_id, u.username, u.roles, ${OWN_PERMISSIONS} as own_permissions, u.must_change_password,
            (extract(epoch from t.expires_at) * 1000)::int8::text as expires_ms
       from refresh_tokens t join users u using (user_id)
      where t.family_id = $1 and t.spent_at is null and t.revoked_at is null and t.expires_at > $2 and u.disabled_at is null`,
    [familyId, new Date(nowMs)],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    familyId: row.family_id,
    userId: row.user_id,
    tenantId: row.tenant_id,
    username: row.username,
    roles: row.roles,
    ownPermissions: row.own_permissions,
    mustChangePassword: row.must_change_password,
    expiresAtMs: Number(row.expires_ms),
  };
}

/** Forgets tokens that expired; spent ones are kept until then, because their reuse must still be recognised. */
export async function deleteExpiredTokens(db: Queryable, nowMs: number): Promise<void> {
  await db.query('delete from refresh_tokens where expires_at < $1', [new Date(nowMs)]);
}
