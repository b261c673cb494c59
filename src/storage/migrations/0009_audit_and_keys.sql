-- Up Migration

-- Keys: how many requests an hour, who made them, and which key took the place of one that was rotated.
alter table credentials add column hourly_limit int check (hourly_limit > 0);
alter table credentials add column created_by text;
alter table credentials add column replaced_by uuid;

-- Questions asked of the log, each newest first. What stands before the first dot of an action serves its prefixes (`device.`).
create index audit_log_at on audit_log (tenant_id, at desc, audit_id desc);
create index audit_log_actor on audit_log (tenant_id, actor, at desc, audit_id desc);
create index audit_log_action on audit_log (tenant_id, action, at desc, audit_id desc);
create index audit_log_area on audit_log (tenant_id, split_part(action, '.', 1), at desc, audit_id desc);
create index audit_log_target on audit_log (tenant_id, target, at desc, audit_id desc) where target is not null;
create index audit_log_address on audit_log (tenant_id, address, at desc, audit_id desc) where address is not null;
create index audit_log_outcome on audit_log (tenant_id, outcome, at desc, audit_id desc) where outcome <> 'ok';
drop index audit_log_tenant;

-- The log is append-only for both roles by their rights, and by this trigger for the owner too: where the roles are absent, the platform is
-- the owner.
create function insa_audit_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'The audit log is append-only: % is refused', tg_op using errcode = 'insufficient_privilege';
end $$;
create trigger audit_log_append_only before update or delete or truncate on audit_log
  for each statement execute function insa_audit_is_append_only();

do $$
begin
  if insa_role_exists('insa_ingest') then
    revoke update, delete, truncate, references, trigger on audit_log from insa_ingest;
  end if;
  if insa_role_exists('insa_api') then
    revoke update, delete, truncate, references, trigger on audit_log from insa_api;
  end if;
end $$;
