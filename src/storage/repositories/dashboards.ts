import type { Dashboard, DashboardContent, DashboardShow, DashboardSummary } from '../../contracts/dashboards.ts';
import type { Queryable } from '../database.ts';
import { isoMs } from './columns.ts';

/** Who looks: people see what is public and their own, administrators everything. */
export interface DashboardViewer {
  tenantId: string;
  /** Undefined: a program, which has none of its own. */
  userId: string | undefined;
  isAdministrator: boolean;
}

/** Which dashboards, by name and id after the cursor. */
export interface DashboardQuery {
  viewer: DashboardViewer;
  /** Found in name or description. */
  search: string | undefined;
  /** Those of the viewer alone, or those that everybody sees; undefined: all that may be seen. */
  show: DashboardShow | undefined;
  after: { name: string; id: string } | undefined;
  limit: number;
}

/** A new dashboard. */
export interface NewDashboard {
  id: string;
  tenantId: string;
  ownerId: string | undefined;
  content: DashboardContent;
  actor: string;
  atMs: number;
}

const KEPT = `d.dashboard_id as id, d.name, d.description, d.is_public, u.username as owner, d.owner_id, d.version,
  ${isoMs('d.created_at')} as created_at, ${isoMs('d.updated_at')} as updated_at, d.updated_by`;
const FROM = 'from dashboards d left join users u on u.user_id = d.owner_id';
const VISIBLE = 'd.tenant_id = $1 and (d.is_public or d.owner_id = $2::uuid or $3::boolean)';

function viewerValues({ tenantId, userId, isAdministrator }: DashboardViewer): unknown[] {
  return [tenantId, userId ?? null, isAdministrator];
}

/** The dashboards that somebody may see. */
export async function listDashboards(db: Queryable, { viewer, search, show, after, limit }: DashboardQuery): Promise<DashboardSummary[]> {
  const { rows } = await db.query<DashboardSummary>(
    `select ${KEPT}, jsonb_array_length(d.widgets) as widget_count ${FROM}
      where ${VISIBLE} and ($4::text is null or d.name ilike $4 or d.description ilike $4)
        and ($5::text is null or (d.name, d.dashboard_id) > ($5, $6::uuid))
        and ($7::text is null or ($7 = 'mine' and d.owner_id = $2::uuid) or ($7 = 'public' and d.is_public))
      order by d.name, d.dashboard_id limit $8`,
    [
      ...viewerValues(viewer),
      search === undefined ? null : `%${search.replace(/[\\%_]/g, '\\$&')}%`,
      after?.name ?? null,
      after?.id ?? null,
      show ?? null,
      limit,
    ],
  );
  return rows;
}

/** One dashboard, if the viewer may see it. */
export async function findDashboard(db: Queryable, viewer: DashboardViewer, id: string): Promise<Dashboard | undefined> {
  const { rows } = await db.query<Dashboard>(`select ${KEPT}, d.layout, d.widgets ${FROM} where ${VISIBLE} and d.dashboard_id = $4`, [
    ...viewerValues(viewer),
    id,
  ]);
  return rows[0];
}

/** The same, locked until the transaction ends, so that of two changes of one version the second one sees the first. */
export async function lockDashboard(tx: Queryable, viewer: DashboardViewer, id: string): Promise<Dashboard | undefined> {
  await tx.query('select 1 from dashboards where tenant_id = $1 and dashboard_id = $2 for update', [viewer.tenantId, id]);
  return findDashboard(tx, viewer, id);
}

/** Adds a dashboard as version 1. */
export async function insertDashboard(tx: Queryable, { id, tenantId, ownerId, content, actor, atMs }: NewDashboard): Promise<void> {
  await tx.query(
    `insert into dashboards (dashboard_id, tenant_id, owner_id, name, description, layout, widgets, is_public, created_at, updated_at, updated_by)
     values ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8, $9, $9, $10)`,
    [id, tenantId, ownerId ?? null, ...contentValues(content), new Date(atMs), actor],
  );
}

/** Writes what a dashboard says from now on, as its next version. */
export async function updateDashboard(
  tx: Queryable,
  of: { tenantId: string; id: string; actor: string; atMs: number },
  content: DashboardContent,
): Promise<void> {
  await tx.query(
    `update dashboards set name = $3, description = $4, layout = $5::jsonb, widgets = $6::jsonb, is_public = $7, version = version + 1,
            updated_at = $8, updated_by = $9
      where tenant_id = $1 and dashboard_id = $2`,
    [of.tenantId, of.id, ...contentValues(content), new Date(of.atMs), of.actor],
  );
}

/** Deletes a dashboard. */
export async function deleteDashboard(tx: Queryable, tenantId: string, id: string): Promise<void> {
  await tx.query('delete from dashboards where tenant_id = $1 and dashboard_id = $2', [tenantId, id]);
}

function contentValues({ name, description, layout, widgets, is_public: isPublic }: DashboardContent): unknown[] {
  return [name, description, JSON.stringify(layout), JSON.stringify(widgets), isPublic];
}
