-- Up Migration

-- A person holds at least one role, by name: the built-in ones are in the program, the others in `roles`.
alter table users add column roles text[];
update users set roles = array[role];
alter table users alter column roles set not null;
alter table users add constraint users_roles_check check (cardinality(roles) >= 1 and array_position(roles, null) is null);
alter table users drop column role;
alter table users add column display_name text;
alter table users add column last_login_at timestamptz;
create index users_tenant on users (tenant_id, lower(username), user_id);

-- Roles that administrators make. Words that a later version does not know are kept and give nothing.
create table roles (
  role_id     uuid primary key,
  tenant_id   text not null references tenants,
  name        text not null,
  description text not null default '',
  permissions text[] not null,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now()
);
create unique index roles_name on roles (tenant_id, lower(name));

-- Everything that somebody may type to log in: user names and e-mail addresses together, so that no address equals another person's
-- name. Unique in the installation, whatever the tenant.
create table login_names (
  name      text primary key,
  tenant_id text not null references tenants,
  user_id   uuid not null references users on delete cascade
);
create index login_names_user on login_names (user_id);
insert into login_names (name, tenant_id, user_id) select lower(username), tenant_id, user_id from users;
insert into login_names (name, tenant_id, user_id) select lower(email), tenant_id, user_id from users where email is not null
  on conflict do nothing;

-- As the owner: a request may not see the names of other tenants, but it must not take one of them either.
create function insa_keep_login_names() returns trigger language plpgsql security definer set search_path from current as $$
begin
  delete from login_names where user_id = new.user_id;
  insert into login_names (name, tenant_id, user_id)
    select distinct lower(typed), new.tenant_id, new.user_id from unnest(array[new.username, new.email]) typed where typed is not null;
  return null;
end $$;
create trigger users_login_names after insert or update of username, email on users for each row execute function insa_keep_login_names();
drop index users_username;
drop index users_email;

-- From where a person has logged in: while an account is being guessed at, these places stay as free as ever.
create table login_places (
  user_id   uuid not null references users on delete cascade,
  place     text not null,
  tenant_id text not null references tenants,
  last_at   timestamptz not null,
  primary key (user_id, place)
);

-- What was ended lately, for the process that did not end it itself.
create index refresh_tokens_revoked on refresh_tokens (revoked_at) where revoked_at is not null;

select insa_protect('roles', 'select, insert, update, delete'), insa_protect('login_names', ''), insa_protect('login_places', '');
