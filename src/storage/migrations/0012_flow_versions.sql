-- Up Migration

-- Every deployment of flows. `json` and not `jsonb`: it keeps the text as it was, the order of properties and NUL in the code of functions too.
create table flow_versions (
  id               uuid primary key,
  tenant_id        text not null references tenants,
  number           int not null,
  created_at       timestamptz not null,
  author           text not null,
  origin           text not null check (origin in ('editor', 'api', 'rollback', 'platform')),
  summary          text not null,
  note             text,
  rolled_back_from int,
  flows            json not null,
  unique (tenant_id, number)
);

select insa_protect('flow_versions', 'select');
