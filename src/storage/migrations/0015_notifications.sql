-- Up Migration

-- The ledger: what is to be told, to whom, and what became of it. Queued in the transaction that records what is told; `dedup_key` keeps whoever queues
-- it again from telling it twice. When it is tried is up to the queue (pg-boss, schema pgboss); `next_attempt_at` is for people.
create table notifications (
  notification_id uuid primary key,
  tenant_id       text not null references tenants,
  dedup_key       text not null,
  event           text not null,
  channel         text not null,
  recipient       text not null,
  alert_id        uuid references alerts on delete set null,
  device_id       text,
  rule_id         uuid,
  content         jsonb not null,
  status          text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
  attempts        int not null default 0,
  created_at      timestamptz not null default now(),
  next_attempt_at timestamptz,
  finished_at     timestamptz,
  reason          text,
  unique (tenant_id, dedup_key)
);
create index notifications_tenant on notifications (tenant_id, created_at desc, notification_id desc);
create index notifications_alert on notifications (alert_id) where alert_id is not null;
create index notifications_pending on notifications (channel) where status = 'pending';
create index notifications_failed on notifications (tenant_id, finished_at desc) where status = 'failed';
create index notifications_delivered on notifications (finished_at) where status = 'delivered';

-- Append-only: one row for each attempt.
create table notification_attempts (
  attempt_id      bigint generated always as identity primary key,
  tenant_id       text not null references tenants,
  notification_id uuid not null references notifications on delete cascade,
  attempt         int not null,
  at              timestamptz not null,
  duration_ms     int not null,
  outcome         text not null check (outcome in ('delivered', 'retry', 'failed')),
  reason          text not null
);
create index notification_attempts_of on notification_attempts (notification_id, attempt_id);

select insa_protect('notifications', 'select, update'), insa_protect('notification_attempts', 'select');

-- What an applied transition did, so that what was sent to action nodes just before a crash can be sent to them again.
alter table rule_transitions add column outcome text, add column alert_id uuid;
