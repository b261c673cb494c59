-- Up Migration

-- Dashboards of people. One without an owner (the account was removed, or a program made it) belongs to the administrators.
create table dashboards (
  dashboard_id uuid primary key,
  tenant_id    text not null references tenants,
  owner_id     uuid references users on delete set null,
  name         text not null,
  description  text not null default '',
  layout       jsonb not null default '{}',
  widgets      jsonb not null default '[]',
  is_public    boolean not null default false,
  version      int not null default 1,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  updated_by   text not null
);
create index dashboards_tenant on dashboards (tenant_id, name, dashboard_id);
create index dashboards_owner on dashboards (owner_id) where owner_id is not null;

-- What is open now, for the statistics of alerts: few rows, whatever the history holds. What was raised in a period is found by alerts_tenant.
create index alerts_open_tenant on alerts (tenant_id) where status <> 'resolved';

select insa_protect('dashboards', 'select, insert, update, delete');
