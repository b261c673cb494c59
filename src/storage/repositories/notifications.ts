import type { ChannelName } from '../../contracts/actions.ts';
import type {
  AttemptOutcome,
  Notification,
  NotificationAttempt,
  NotificationEvent,
  NotificationStatus,
} from '../../contracts/notifications.ts';
import type { Queryable } from '../database.ts';
import { epochUs, fromEpochUs, isoMs } from './columns.ts';

/** A notification as it is queued. */
export interface NotificationInsert {
  id: string;
  tenantId: string;
  dedupKey: string;
  event: NotificationEvent;
  channel: ChannelName;
  recipient: string;
  alertId: string | null;
  deviceId: string | null;
  ruleId: string | null;
  requestId?: string | null;
  content: object;
}

/** Adds what is not there under its key; answers the ids of what was added. */
export async function insertNotifications(tx: Queryable, rows: readonly NotificationInsert[]): Promise<string[]> {
  const { rows: added } = await tx.query<{ id: string }>(
    `insert into notifications (notification_id, tenant_id, dedup_key, event, channel, recipient, alert_id, device_id, rule_id, request_id, content, created_at,
       next_attempt_at)
     select id, "tenantId", "dedupKey", event, channel, recipient, "alertId", "deviceId", "ruleId", "requestId", content, clock_timestamp(), now()
       from jsonb_to_recordset($1::jsonb) as given (id uuid, "tenantId" text, "dedupKey" text, event text, channel text, recipient text,
                                                    "alertId" uuid, "deviceId" text, "ruleId" uuid, "requestId" text, content jsonb)
     on conflict (tenant_id, dedup_key) do nothing returning notification_id as id`,
    [JSON.stringify(rows)],
  );
  return added.map(({ id }) => id);
}

/** Those of some notifications under whose keys something is queued, or was. */
export async function queuedBefore(tx: Queryable, notifications: readonly { tenantId: string; key: string }[]): Promise<Set<string>> {
  const { rows } = await tx.query<{ key: string }>(
    `select n.dedup_key as key from notifications n
       join unnest($1::text[], $2::text[]) as given (tenant_id, key) on n.tenant_id = given.tenant_id and n.dedup_key = given.key`,
    [notifications.map(({ tenantId }) => tenantId), notifications.map(({ key }) => key)],
  );
  return new Set(rows.map(({ key }) => key));
}

/** A notification that is still to be delivered. */
export interface PendingNotification extends NotificationInsert {
  /** Attempts that are recorded. */
  attempts: number;
  createdAtMs: number;
}

/** Those of `ids` that are still to be delivered, in the order in which they were queued. */
export async function pendingNotifications(db: Queryable, ids: readonly string[]): Promise<PendingNotification[]> {
  const { rows } = await db.query<Omit<PendingNotification, 'createdAtMs'> & { createdAtMs: string }>(
    `select notification_id as id, tenant_id as "tenantId", dedup_key as "dedupKey", event, channel, recipient, alert_id as "alertId",
            device_id as "deviceId", rule_id as "ruleId", request_id as "requestId", content, attempts, (extract(epoch from created_at) * 1000)::int8 as "createdAtMs"
       from notifications where notification_id = any($1::uuid[]) and status = 'pending' order by notifications.created_at, notification_id`,
    [ids],
  );
  return rows.map((row) => ({ ...row, createdAtMs: Number(row.createdAtMs) }));
}

/** One attempt, with what the notification is after it. */
export interface AttemptRecord {
  id: string;
  attempt: number;
  /** When it began, ISO 8601. */
  at: string;
  durationMs: number;
  outcome: AttemptOutcome;
  reason: string;
  /** Of the next one; null: there is none. */
  nextAt: string | null;
}

/**
 * Records attempts: their lines and what their notifications are now. One that was recorded already (the answer to a commit was lost) or
 * whose notification is not pending any more changes nothing.
 */
export async function recordAttempts(tx: Queryable, records: readonly AttemptRecord[]): Promise<void> {
  await tx.query(
    `with given as (
       select * from jsonb_to_recordset($1::jsonb) as r (id uuid, attempt int, at timestamptz, "durationMs" int, outcome text, reason text, "nextAt" timestamptz)
     ), changed as (
       update notifications n
          set attempts = g.attempt, reason = g.reason, next_attempt_at = g."nextAt",
              status = case g.outcome when 'retry' then 'pending' else g.outcome end,
              finished_at = case when g.outcome <> 'retry' then g.at + g."durationMs" * interval '1 millisecond' end
         from given g
        where n.notification_id = g.id and n.status = 'pending' and n.attempts = g.attempt - 1
       returning n.tenant_id, n.notification_id
     )
     insert into notification_attempts (tenant_id, notification_id, attempt, at, duration_ms, outcome, reason)
     select c.tenant_id, c.notification_id, g.attempt, g.at, g."durationMs", g.outcome, g.reason
       from changed c join given g on g.id = c.notification_id`,
    [JSON.stringify(records)],
  );
}

/** Which lines of the ledger, newest first, after the cursor. Absent filters take all. */
export interface NotificationQuery {
  tenantId: string;
  alertId: string | undefined;
  channel: ChannelName | undefined;
  status: NotificationStatus | undefined;
  event: NotificationEvent | undefined;
  deviceId: string | undefined;
  /** Queued from this instant on, in whole epoch microseconds as text. */
  startUs: string | undefined;
  /** Queued before this instant. */
  endUs: string | undefined;
  after: { createdUs: string; id: string } | undefined;
  limit: number;
}

/** A line of the ledger with its place in the order. */
export type NotificationRow = Notification & { created_us: string };

const LINE = `notification_id as id, event, channel, recipient, alert_id, device_id, rule_id, status, attempts, ${isoMs('created_at')} as created_at,
  ${isoMs('next_attempt_at')} as next_attempt_at, ${isoMs('finished_at')} as finished_at, reason, request_id`;

/** Lines of the ledger of one tenant. */
export async function listNotifications(db: Queryable, query: NotificationQuery): Promise<NotificationRow[]> {
  const { after } = query;
  const { rows } = await db.query<NotificationRow>(
    `select ${LINE}, ${epochUs('created_at')} as created_us
       from notifications
      where tenant_id = $1
        and ($2::uuid is null or alert_id = $2)
        and ($3::text is null or channel = $3)
        and ($4::text is null or status = $4)
        and ($5::text is null or event = $5)
        and ($6::text is null or device_id = $6)
        and ($7::int8 is null or (created_at, notification_id) < (${fromEpochUs('$7')}, $8::uuid))
        and ($10::int8 is null or notifications.created_at >= ${fromEpochUs('$10')})
        and ($11::int8 is null or notifications.created_at < ${fromEpochUs('$11')})
      order by notifications.created_at desc, notification_id desc limit $9`,
    [
      query.tenantId,
      query.alertId ?? null,
      query.channel ?? null,
      query.status ?? null,
      query.event ?? null,
      query.deviceId ?? null,
      after?.createdUs ?? null,
      after?.id ?? null,
      query.limit,
      query.startUs ?? null,
      query.endUs ?? null,
    ],
  );
  return rows;
}

/** One line of the ledger. */
export async function findNotification(db: Queryable, tenantId: string, id: string): Promise<Notification | undefined> {
  const { rows } = await db.query<Notification>(`select ${LINE} from notifications where tenant_id = $1 and notification_id = $2`, [
    tenantId,
    id,
  ]);
  return rows[0];
}

/** The attempts of a notification, oldest first. */
export async function listAttempts(db: Queryable, tenantId: string, id: string): Promise<NotificationAttempt[]> {
  const { rows } = await db.query<NotificationAttempt>(
    `select attempt, ${isoMs('at')} as at, duration_ms, outcome, reason from notification_attempts
      where tenant_id = $1 and notification_id = $2 order by attempt_id`,
    [tenantId, id],
  );
  return rows;
}

/** Makes a failed notification pending again; undefined when it is not failed (any more). */
export async function reopenNotification(tx: Queryable, tenantId: string, id: string): Promise<Notification | undefined> {
  const { rows } = await tx.query<Notification>(
    `update notifications set status = 'pending', finished_at = null, next_attempt_at = now()
      where tenant_id = $1 and notification_id = $2 and status = 'failed' returning ${LINE}`,
    [tenantId, id],
  );
  return rows[0];
}

/** Pending notifications of a channel that no waiting job stands for, but those in `besides`; with the rest of their pause, milliseconds. */
export async function notificationsWithoutJob(
  tx: Queryable,
  channel: ChannelName,
  queue: string,
  besides: readonly string[],
): Promise<{ id: string; delayMs: number }[]> {
  const { rows } = await tx.query<{ id: string; delayMs: number }>(
    `select n.notification_id as id,
            greatest(0, coalesce(extract(epoch from n.next_attempt_at - now()) * 1000, 0))::float8 as "delayMs"
       from notifications n
      where n.channel = $1 and n.status = 'pending' and n.notification_id <> all($3::uuid[])
        and not exists (select from pgboss.job j where j.name = $2 and j.id = n.notification_id and j.state < 'active')
      order by n.created_at`,
    [channel, queue, besides],
  );
  return rows;
}

/** How many are pending, by channel; channels without any are left out. */
export async function countPending(db: Queryable): Promise<Map<ChannelName, number>> {
  const { rows } = await db.query<{ channel: ChannelName; count: number }>(
    `select channel, count(*)::int as count from notifications where status = 'pending' group by channel`,
  );
  return new Map(rows.map(({ channel, count }) => [channel, count]));
}

/** The newest of the notifications that failed. */
export interface LastFailure {
  channel: ChannelName;
  finished_at: string;
}

/** How many notifications failed since an instant that nobody has tried again, and the last of them. */
export async function failedNotifications(db: Queryable, sinceMs: number): Promise<{ count: number; last: LastFailure | undefined }> {
  const { rows } = await db.query<LastFailure & { count: number }>(
    `select count(*) over ()::int as count, channel, ${isoMs('finished_at')} as finished_at from notifications
      where status = 'failed' and finished_at >= $1 order by notifications.finished_at desc limit 1`,
    [new Date(sinceMs)],
  );
  const [last] = rows;
  return { count: last?.count ?? 0, last };
}

/**
 * Removes notifications that were delivered or given up before an instant, at most `atMost`; answers how many. Those of an alert stay until
 * the alert, too, has been over since before it.
 */
export async function deleteEnded(db: Queryable, beforeMs: number, atMost: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from notifications where notification_id in
       (select n.notification_id from notifications n
         where n.status <> 'pending' and n.finished_at < $1
           and not exists (select from alerts a where a.alert_id = n.alert_id and (a.resolved_at is null or a.resolved_at >= $1))
         order by n.finished_at limit $2)`,
    [new Date(beforeMs), atMost],
  );
  return rowCount ?? 0;
}
