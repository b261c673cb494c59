import type { Queryable } from '../database.ts';

/** A place where actions are stored with the values of their headers unencrypted. */
export interface UnsealedVersion {
  ruleId: string;
  version: number;
  tenantId: string;
  actions: unknown[];
}

/** Whether actions at `path` of a column have values of headers that are stored as they were entered (`header-secrets.ts` says how others begin). */
const hasUnsealed = (column: string, path: string): string =>
  ['headers.*', 'header.value'].map((value) => `${column} @? '${path}.${value} ? (!(@ starts with "sealed:1:"))'`).join(' or ');

/** Versions of rules of which headers are not encrypted: an older program stored them. */
export async function versionsWithUnsealedHeaders(db: Queryable): Promise<UnsealedVersion[]> {
  const { rows } = await db.query<UnsealedVersion>(
    `select rule_id as "ruleId", version, tenant_id as "tenantId", definition -> 'actions' as actions from rule_versions
      where ${hasUnsealed('definition', '$.actions[*]')}`,
  );
  return rows;
}

/** Writes the actions of a version again; what the version says stays. */
export async function rewriteActionsOfVersion(db: Queryable, { ruleId, version, actions }: UnsealedVersion): Promise<void> {
  await db.query(
    `update rule_versions set definition = jsonb_set(definition, '{actions}', $3::jsonb) where rule_id = $1 and version = $2`,
    [ruleId, version, JSON.stringify(actions)],
  );
}

/** What is queued, or may be tried again, with headers that are not encrypted. */
export interface UnsealedNotification {
  id: string;
  tenantId: string;
  content: object;
}

/** At most `atMost` of them. */
export async function notificationsWithUnsealedHeaders(db: Queryable, atMost: number): Promise<UnsealedNotification[]> {
  const { rows } = await db.query<UnsealedNotification>(
    `select notification_id as id, tenant_id as "tenantId", content from notifications
      where status <> 'delivered' and channel in ('webhook', 'n8n') and (${hasUnsealed('content', '$.action')}) limit $1`,
    [atMost],
  );
  return rows;
}

/** Writes the content of a notification again. */
export async function rewriteNotification(db: Queryable, { id, content }: UnsealedNotification): Promise<void> {
  await db.query('update notifications set content = $2::jsonb where notification_id = $1', [id, JSON.stringify(content)]);
}
