-- Up Migration

-- Tenants, people, keys ------------------------------------------------------------------------------------------------

create table tenants (
  tenant_id  text primary key,
  name       text not null,
  created_at timestamptz not null default now()
);
insert into tenants (tenant_id, name) values ('default', 'Default');

create table users (
  user_id              uuid primary key,
  tenant_id            text not null references tenants,
  username             text not null,
  email                text,
  password_hash        text not null,
  role                 text not null check (role in ('admin', 'engineer', 'operator', 'viewer')),
  must_change_password boolean not null default false,
  disabled_at          timestamptz,
  created_at           timestamptz not null default now(),
  updated_at           timestamptz not null default now()
);
create unique index users_username on users (lower(username));
create unique index users_email on users (lower(email));

-- One row per refresh token; a family is one login. Reuse of a spent token revokes its family.
create table refresh_tokens (
  token_hash bytea primary key,
  family_id  uuid not null,
  tenant_id  text not null references tenants,
  user_id    uuid not null references users on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  spent_at   timestamptz,
  revoked_at timestamptz
);
create index refresh_tokens_family on refresh_tokens (family_id);
create index refresh_tokens_user on refresh_tokens (user_id);

-- Devices --------------------------------------------------------------------------------------------------------------

create table devices (
  device_id    text primary key,
  tenant_id    text not null references tenants,
  name         text not null,
  type         text not null default '',
  location     text not null default '',
  area         text not null default '',
  metadata     jsonb not null default '{}',
  origin       text not null default 'user' check (origin in ('user', 'gateway', 'certificate', 'demo')),
  status       text not null default 'unknown' check (status in ('unknown', 'online', 'offline', 'error')),
  status_at    timestamptz,
  last_seen_at timestamptz,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now()
);
create index devices_tenant on devices (tenant_id, device_id);

-- Keys of devices, gateways and programs. Only the SHA-256 of a key is stored; the prefix lets people recognise it.
create table credentials (
  credential_id uuid primary key,
  tenant_id     text not null references tenants,
  kind          text not null check (kind in ('device', 'gateway', 'program')),
  device_id     text references devices on delete cascade,
  name          text not null,
  prefix        text not null,
  key_hash      bytea not null unique,
  permissions   text[] not null default '{}',
  auto_register boolean not null default false,
  origin        text not null default 'user' check (origin in ('user', 'demo')),
  created_at    timestamptz not null default now(),
  expires_at    timestamptz,
  last_used_at  timestamptz,
  revoked_at    timestamptz,
  check ((kind = 'device') = (device_id is not null))
);
create index credentials_device on credentials (device_id) where device_id is not null;
create index credentials_tenant on credentials (tenant_id, kind);

-- Telemetry (DESIGN sections 4 and 11) ---------------------------------------------------------------------------------

create table series (
  series_id    int generated always as identity primary key,
  tenant_id    text not null references tenants,
  device_id    text not null references devices on delete cascade,
  key          text not null,
  kind         text not null check (kind in ('number', 'boolean', 'text')),
  unit         text,
  display_name text,
  decimals     smallint,
  created_at   timestamptz not null default now(),
  unique (device_id, key)
);
create index series_tenant on series (tenant_id);

-- Eight-byte columns first, the smallint last: quality costs no space. Partitioned by day (UTC), never a default partition:
-- it would block detaching and make adding a day scan it. Booleans are 0 and 1; the series knows its kind.
create table telemetry (
  time      timestamptz not null,
  value     float8 not null,
  series_id int not null,
  quality   smallint not null,
  primary key (series_id, time)
) partition by range (time);

create table telemetry_text (
  time      timestamptz not null,
  value     text not null,
  series_id int not null,
  quality   smallint not null,
  primary key (series_id, time)
) partition by range (time);

-- The newest point of each series; written from memory once a second, rebuilt from telemetry at start.
create table telemetry_latest (
  series_id  int primary key references series on delete cascade,
  time       timestamptz not null,
  value      float8,
  text_value text,
  quality    smallint not null
) with (fillfactor = 50);

-- One row per group commit, written in its transaction: its points in arrival order, until every rule has judged them.
create table ingest_batches (
  lane       smallint not null,
  batch      bigint not null,
  created_at timestamptz not null default now(),
  points     bytea not null,
  primary key (lane, batch)
);
-- These rows live for seconds: compressing them would only cost time.
alter table ingest_batches alter column points set storage external;

create table rejected_messages (
  rejected_id bigint generated always as identity primary key,
  tenant_id   text not null references tenants,
  received_at timestamptz not null,
  device_id   text,
  source      text not null check (source in ('mqtt', 'http', 'flow')),
  topic       text,
  reason      text not null,
  message     text not null,
  field       text,
  raw         bytea not null,
  size_bytes  int not null
);
create index rejected_messages_tenant on rejected_messages (tenant_id, rejected_id desc);
create index rejected_messages_age on rejected_messages (received_at);

-- Rules and alerts -----------------------------------------------------------------------------------------------------

create table rules (
  rule_id    uuid primary key,
  tenant_id  text not null references tenants,
  origin     text not null check (origin in ('flow', 'stored')),
  node_id    text,
  version    int not null,
  enabled    boolean not null default true,
  removed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index rules_tenant on rules (tenant_id);

-- Every version of every rule, for good: an alert names the version that raised it.
create table rule_versions (
  rule_id    uuid not null references rules on delete cascade,
  version    int not null,
  tenant_id  text not null references tenants,
  definition jsonb not null,
  created_at timestamptz not null default now(),
  primary key (rule_id, version)
);

-- The reducer's state per rule and device, and the timer it set.
create table rule_states (
  rule_id    uuid not null references rules on delete cascade,
  device_id  text not null references devices on delete cascade,
  tenant_id  text not null references tenants,
  state      jsonb not null,
  due_at     timestamptz,
  updated_at timestamptz not null default now(),
  primary key (rule_id, device_id)
);

-- What a rule decided, written with the state it left. Unconsumed ones are sent through the flow again at start.
create table rule_transitions (
  transition_id uuid primary key,
  tenant_id     text not null references tenants,
  rule_id       uuid not null references rules on delete cascade,
  device_id     text not null,
  kind          text not null check (kind in ('raised', 'repeated', 'cleared')),
  body          jsonb not null,
  created_at    timestamptz not null default now(),
  consumed_at   timestamptz
);
create index rule_transitions_unconsumed on rule_transitions (rule_id, created_at) where consumed_at is null;

create table alerts (
  alert_id        uuid primary key,
  tenant_id       text not null references tenants,
  rule_id         uuid not null,
  rule_version    int not null,
  rule_name       text not null,
  device_id       text not null,
  key             text not null,
  severity        text not null check (severity in ('info', 'warning', 'critical')),
  status          text not null check (status in ('active', 'acknowledged', 'resolved')),
  message         text not null,
  value           jsonb,
  threshold       float8,
  unit            text,
  occurrences     int not null default 1,
  raised_at       timestamptz not null,
  known_at        timestamptz not null,
  last_value      jsonb,
  last_at         timestamptz not null,
  acknowledged_by text,
  acknowledged_at timestamptz,
  resolved_by     text,
  resolved_at     timestamptz
);
create unique index alerts_one_open on alerts (rule_id, device_id) where status <> 'resolved';
create index alerts_tenant on alerts (tenant_id, known_at desc, alert_id desc);

create table alert_history (
  history_id bigint generated always as identity primary key,
  tenant_id  text not null references tenants,
  alert_id   uuid not null references alerts on delete cascade,
  at         timestamptz not null,
  change     text not null check (change in ('raised', 'repeated', 'cleared', 'acknowledged', 'resolved', 'note')),
  actor      text not null,
  note       text,
  body       jsonb
);
create index alert_history_alert on alert_history (alert_id, history_id);

-- Audit and settings ---------------------------------------------------------------------------------------------------

create table audit_log (
  audit_id   bigint generated always as identity primary key,
  tenant_id  text not null references tenants,
  at         timestamptz not null default now(),
  actor      text not null,
  action     text not null,
  target     text,
  outcome    text not null check (outcome in ('ok', 'refused', 'failed')),
  address    text,
  details    jsonb not null default '{}'
);
create index audit_log_tenant on audit_log (tenant_id, audit_id desc);

create table platform_settings (
  tenant_id text not null references tenants,
  name      text not null,
  value     jsonb not null,
  primary key (tenant_id, name)
);

-- Rights ---------------------------------------------------------------------------------------------------------------
-- `insa_ingest` runs the platform itself and sees every tenant; `insa_api` serves requests and sees the tenant that the
-- transaction names in `app.tenant`. Neither owns a table. On an external server whose user may not create roles they are
-- absent and isolation is by query alone (/health says so).

create function insa_role_exists(role_name text) returns boolean language sql stable as
  $$ select exists (select 1 from pg_roles where rolname = role_name) $$;

create function insa_current_tenant() returns text language sql stable as
  $$ select nullif(current_setting('app.tenant', true), '') $$;

-- Telemetry carries no tenant of its own: the api role reads it through views joined to series.
create view telemetry_readings with (security_barrier) as
  select s.tenant_id, s.device_id, s.key, s.kind, s.unit, s.series_id, t.time, t.value, null::text as text_value, t.quality
    from telemetry t join series s using (series_id) where s.tenant_id = insa_current_tenant()
  union all
  select s.tenant_id, s.device_id, s.key, s.kind, s.unit, s.series_id, t.time, null, t.value, t.quality
    from telemetry_text t join series s using (series_id) where s.tenant_id = insa_current_tenant();

create view telemetry_latest_readings with (security_barrier) as
  select s.tenant_id, s.device_id, s.key, s.kind, s.unit, s.series_id, l.time, l.value, l.text_value, l.quality
    from telemetry_latest l join series s using (series_id) where s.tenant_id = insa_current_tenant();

-- Called at the end of each migration that adds tables with a tenant: the same wall around each of them.
create function insa_protect(table_name text, api_rights text) returns void language plpgsql as $$
begin
  execute format('alter table %I enable row level security', table_name);
  if insa_role_exists('insa_ingest') then
    execute format('grant select, insert, update, delete on %I to insa_ingest', table_name);
    execute format('create policy platform on %I to insa_ingest using (true) with check (true)', table_name);
  end if;
  if insa_role_exists('insa_api') and api_rights <> '' then
    execute format('grant %s on %I to insa_api', api_rights, table_name);
    execute format('create policy tenant on %I to insa_api using (tenant_id = insa_current_tenant()) with check (tenant_id = insa_current_tenant())', table_name);
  end if;
end $$;

select insa_protect('tenants', 'select'), insa_protect('users', 'select, insert, update, delete'),
       insa_protect('refresh_tokens', ''), insa_protect('devices', 'select, insert, update, delete'),
       insa_protect('credentials', 'select, insert, update, delete'), insa_protect('series', 'select, update'),
       insa_protect('rejected_messages', 'select'), insa_protect('rules', 'select, insert, update, delete'),
       insa_protect('rule_versions', 'select, insert'), insa_protect('rule_states', 'select'),
       insa_protect('rule_transitions', 'select'), insa_protect('alerts', 'select, update'),
       insa_protect('alert_history', 'select, insert'), insa_protect('audit_log', 'select, insert'),
       insa_protect('platform_settings', 'select, insert, update, delete');

do $$
begin
  if insa_role_exists('insa_ingest') then
    grant usage on schema public to insa_ingest;
    grant select, insert, update, delete on telemetry, telemetry_text, telemetry_latest, ingest_batches to insa_ingest;
    -- The log is append-only for whoever writes it.
    revoke update, delete on audit_log from insa_ingest;
  end if;
  if insa_role_exists('insa_api') then
    grant usage on schema public to insa_api;
    grant select on telemetry_readings, telemetry_latest_readings to insa_api;
  end if;
end $$;
