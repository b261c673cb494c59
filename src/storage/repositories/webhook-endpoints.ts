import type { Webhook } from '../../contracts/webhooks.ts';
import type { Queryable } from '../database.ts';
import { isoMs } from './columns.ts';

/** A new endpoint; `secret` encrypted, null: it is signed for with the installation's own. */
export interface NewEndpoint {
  id: string;
  tenantId: string;
  url: string;
  name: string;
  secret: Buffer | null;
  actor: string;
  atMs: number;
}

/** What signing and sending need; secrets encrypted. */
export interface EndpointSecrets {
  id: string;
  secret: Buffer | null;
  previous_secret: Buffer | null;
  previous_until: Date | null;
  disabled_at: Date | null;
  disabled_reason: string | null;
}

/** Whose endpoint changes, who changes it, and when. */
export interface EndpointChange {
  tenantId: string;
  id: string;
  actor: string;
  atMs: number;
}

const SHOWN = `endpoint_id as id, url, name, disabled_at is null as enabled, ${isoMs('disabled_at')} as disabled_at, disabled_reason,
  secret is not null as has_own_secret, ${isoMs('previous_until')} as previous_secret_until,
  ${isoMs('created_at')} as created_at, ${isoMs('updated_at')} as updated_at, updated_by`;

/** Endpoints by name and id after the place of a cursor. */
export async function listEndpoints(
  db: Queryable,
  { tenantId, after, limit }: { tenantId: string; after: { name: string; id: string } | undefined; limit: number },
): Promise<Webhook[]> {
  const { rows } = await db.query<Webhook>(
    `select ${SHOWN} from webhook_endpoints
      where tenant_id = $1 and ($2::text is null or (name, endpoint_id) > ($2, $3::uuid)) order by name, endpoint_id limit $4`,
    [tenantId, after?.name ?? null, after?.id ?? null, limit],
  );
  return rows;
}

/** One endpoint, locked until the transaction ends. */
export async function lockEndpoint(tx: Queryable, tenantId: string, id: string): Promise<Webhook | undefined> {
  const { rows } = await tx.query<Webhook>(`select ${SHOWN} from webhook_endpoints where tenant_id = $1 and endpoint_id = $2 for update`, [
    tenantId,
    id,
  ]);
  return rows[0];
}

/** What is to be known of a URL; undefined for one that nobody registered. */
export async function findEndpointSecrets(db: Queryable, tenantId: string, url: string): Promise<EndpointSecrets | undefined> {
  const { rows } = await db.query<EndpointSecrets>(
    `select endpoint_id as id, secret, previous_secret, previous_until, disabled_at, disabled_reason
       from webhook_endpoints where tenant_id = $1 and url = $2`,
    [tenantId, url],
  );
  return rows[0];
}

/** Adds an endpoint; answers whether its URL was free. */
export async function insertEndpoint(tx: Queryable, { id, tenantId, url, name, secret, actor, atMs }: NewEndpoint): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into webhook_endpoints (endpoint_id, tenant_id, url, name, secret, created_at, updated_at, updated_by)
     values ($1, $2, $3, $4, $5, $6, $6, $7) on conflict (tenant_id, url) do nothing`,
    [id, tenantId, url, name, secret, new Date(atMs), actor],
  );
  return rowCount === 1;
}

/** Names an endpoint, and enables it (null) or says why and since when it is disabled. */
export async function updateEndpoint(
  tx: Queryable,
  { tenantId, id, actor, atMs }: EndpointChange,
  { name, disabledReason }: { name: string; disabledReason: string | null },
): Promise<void> {
  await tx.query(
    `update webhook_endpoints set name = $3, disabled_reason = $4, updated_at = $5, updated_by = $6,
            disabled_at = case when $4::text is null then null else coalesce(disabled_at, $5) end
      where tenant_id = $1 and endpoint_id = $2`,
    [tenantId, id, name, disabledReason, new Date(atMs), actor],
  );
}

/** Gives an endpoint another secret; the one before signs beside it until `previousUntilMs`. */
export async function rotateEndpointSecret(
  tx: Queryable,
  { tenantId, id, actor, atMs }: EndpointChange,
  { secret, previous, previousUntilMs }: { secret: Buffer; previous: Buffer | null; previousUntilMs: number | null },
): Promise<void> {
  await tx.query(
    `update webhook_endpoints set secret = $3, previous_secret = $4, previous_until = $5, updated_at = $6, updated_by = $7
      where tenant_id = $1 and endpoint_id = $2`,
    [tenantId, id, secret, previous, previousUntilMs === null ? null : new Date(previousUntilMs), new Date(atMs), actor],
  );
}

/** Removes an endpoint. */
export async function deleteEndpoint(tx: Queryable, tenantId: string, id: string): Promise<void> {
  await tx.query('delete from webhook_endpoints where tenant_id = $1 and endpoint_id = $2', [tenantId, id]);
}
