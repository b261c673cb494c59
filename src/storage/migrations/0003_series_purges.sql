-- Up Migration

-- Series of removed devices whose telemetry is still to be deleted: done in small steps, across restarts. Nothing shows that
-- telemetry meanwhile, because every view joins it to its series.
create table series_purges (
  series_id  int primary key,
  tenant_id  text not null references tenants,
  removed_at timestamptz not null default now()
);

select insa_protect('series_purges', 'select, insert');
