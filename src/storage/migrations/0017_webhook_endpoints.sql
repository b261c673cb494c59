-- Up Migration

-- URLs that webhooks go to, as far as something is to be known of them: a secret of their own, or that they are switched off. What nobody registered is
-- signed with the installation's own secret and has no row. Secrets are encrypted (AES-256-GCM) with a key that is not in the database.
create table webhook_endpoints (
  endpoint_id     uuid primary key,
  tenant_id       text not null references tenants,
  url             text not null,
  name            text not null,
  secret          bytea,
  previous_secret bytea,
  previous_until  timestamptz,
  disabled_at     timestamptz,
  disabled_reason text,
  created_at      timestamptz not null default now(),
  updated_at      timestamptz not null default now(),
  updated_by      text not null,
  unique (tenant_id, url)
);
create index webhook_endpoints_tenant on webhook_endpoints (tenant_id, name, endpoint_id);

select insa_protect('webhook_endpoints', 'select, insert, update, delete');
