import { isDeepStrictEqual } from 'node:util';
import { changesOf } from '../auth/audit-changes.ts';
import type { TransactionalAudit } from '../auth/audit.ts';
import type { Dashboard, DashboardContent, DashboardSummary } from '../contracts/dashboards.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { NewId } from '../core/ids.ts';
import type { Database, Queryable } from '../storage/database.ts';
import {
  deleteDashboard,
  findDashboard,
  insertDashboard,
  listDashboards,
  lockDashboard,
  updateDashboard,
} from '../storage/repositories/dashboards.ts';
import type { DashboardQuery, DashboardViewer } from '../storage/repositories/dashboards.ts';

/** What the keeper of dashboards works with. */
export interface DashboardServiceDeps {
  db: Database;
  clock: Clock;
  newId: NewId;
  audit: TransactionalAudit;
}

/** Who changes a dashboard, and from where. */
export interface DashboardAuthor extends DashboardViewer {
  actor: string;
  address: string;
}

/** Which dashboard is to change, and the version that its author has read. */
export interface DashboardEdit {
  id: string;
  version: number;
  action: 'dashboard.replace' | 'dashboard.change';
}

/**
 * Dashboards: a public one is everybody's to see and every engineer's to change; any other is its owner's and the administrators', and for
 * everybody else it does not exist (NOT_FOUND). Each change stands in the audit log with what was before and after, written in
 * the same transaction.
 */
export class DashboardService {
  private readonly deps: DashboardServiceDeps;

  constructor(deps: DashboardServiceDeps) {
    this.deps = deps;
  }

  /** The dashboards that somebody may see, by name. */
  list(query: DashboardQuery): Promise<DashboardSummary[]> {
    return this.deps.db.asTenant(query.viewer.tenantId, (tx) => listDashboards(tx, query));
  }

  /** One dashboard; NOT_FOUND. */
  get(viewer: DashboardViewer, id: string): Promise<Dashboard> {
    return this.deps.db.asTenant(viewer.tenantId, async (tx) => present(await findDashboard(tx, viewer, id), id));
  }

  /** Keeps a new dashboard of the author. INVALID_REQUEST for a program that would never see it again. */
  async create(author: DashboardAuthor, content: DashboardContent): Promise<Dashboard> {
    const { db, clock, newId } = this.deps;
    if (author.userId === undefined && !author.isAdministrator && !content.is_public) {
      const message = '"is_public" is false, and a key has no dashboards of its own: nobody but administrators would see it. Send true.';
      throw new AppError('INVALID_REQUEST', message, { errors: [{ field: 'is_public', message }] });
    }
    const { tenantId, userId: ownerId, actor } = author;
    const id = newId();
    return db.asTenant(tenantId, async (tx) => {
      await insertDashboard(tx, { id, tenantId, ownerId, content, actor, atMs: clock.nowMs() });
      const dashboard = await this.written(tx, author, id);
      await this.recordDone(tx, author, { action: 'dashboard.create', after: dashboard });
      return dashboard;
    });
  }

  /**
   * Changes a dashboard to what `change` makes of it, which may throw to refuse. NOT_FOUND; CONFLICT for another version than the present
   * one; FORBIDDEN for hiding a public dashboard of somebody else.
   */
  async edit(author: DashboardAuthor, edit: DashboardEdit, change: (content: DashboardContent) => DashboardContent): Promise<Dashboard> {
    const { db, clock } = this.deps;
    const { tenantId, actor } = author;
    return db.asTenant(tenantId, async (tx) => {
      const before = present(await lockDashboard(tx, author, edit.id), edit.id);
      if (before.version !== edit.version) throw changedMeanwhile(before, edit.version);
      const content = change(contentOf(before));
      if (!content.is_public) assertMayHide(author, before);
      if (isDeepStrictEqual(contentOf(before), contentOf(content))) return before;
      await updateDashboard(tx, { tenantId, id: edit.id, actor, atMs: clock.nowMs() }, content);
      const after = await this.written(tx, author, edit.id);
      await this.recordDone(tx, author, { action: edit.action, before, after });
      return after;
    });
  }

  /** Deletes a dashboard; NOT_FOUND. */
  async remove(author: DashboardAuthor, id: string): Promise<void> {
    await this.deps.db.asTenant(author.tenantId, async (tx) => {
      const dashboard = present(await lockDashboard(tx, author, id), id);
      await deleteDashboard(tx, author.tenantId, id);
      await this.recordDone(tx, author, { action: 'dashboard.remove', before: dashboard });
    });
  }

  /** What was written is shown to whoever wrote it, also when it is out of sight from now on. */
  private async written(tx: Queryable, { tenantId, userId }: DashboardAuthor, id: string): Promise<Dashboard> {
    return present(await findDashboard(tx, { tenantId, userId, isAdministrator: true }, id), id);
  }

  private recordDone(
    tx: Queryable,
    { tenantId, actor, address }: DashboardAuthor,
    { action, before, after }: { action: string; before?: Dashboard; after?: Dashboard },
  ): Promise<void> {
    const changes = changesOf(before && auditedOf(before), after && auditedOf(after));
    const { id, name, version } = after ?? before ?? { id: '', name: '', version: 0 };
    return this.deps.audit.recordIn(tx, {
      tenantId,
      actor,
      action,
      target: id,
      outcome: 'ok',
      address,
      details: { name, version, ...changes },
    });
  }
}

function contentOf({ name, description, layout, widgets, is_public }: DashboardContent): DashboardContent {
  return { name, description, layout, widgets, is_public };
}

/** One entry per widget and position, so that the log holds only those that changed. */
function auditedOf({ name, description, is_public, owner_id, widgets, layout }: Dashboard): Record<string, unknown> {
  const entries: [string, unknown][] = [
    ...widgets.map((widget): [string, unknown] => [`widgets.${widget.id}`, widget]),
    ...Object.entries(layout).map(([id, position]): [string, unknown] => [`layout.${id}`, position]),
  ];
  return { name, description, is_public, owner_id, ...Object.fromEntries<unknown>(entries) };
}

function assertMayHide(author: DashboardAuthor, { id, name, is_public: isPublic, owner, owner_id: ownerId }: Dashboard): void {
  if (!isPublic || author.isAdministrator || (author.userId !== undefined && ownerId === author.userId)) return;
  const whose = owner === null ? 'the administrators' : owner;
  throw new AppError(
    'FORBIDDEN',
    `The dashboard "${name}" belongs to ${whose}, who alone may take it out of sight of others. Leave "is_public" true, or ask them.`,
    {
      details: { id, owner },
    },
  );
}

function changedMeanwhile({ id, name, version, updated_by: by }: Dashboard, expected: number): AppError {
  return new AppError(
    'CONFLICT',
    `The dashboard "${name}" is version ${String(version)} by now (${by} changed it), and your change was made from version ${String(expected)}. Read it again and repeat the change.`,
    { details: { id, expected_version: expected, current_version: version } },
  );
}

function present(dashboard: Dashboard | undefined, id: string): Dashboard {
  if (dashboard !== undefined) return dashboard;
  throw new AppError('NOT_FOUND', `There is no dashboard ${id}. GET /api/v1/dashboards lists those that you may see.`);
}
