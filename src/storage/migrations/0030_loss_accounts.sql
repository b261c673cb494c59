-- Up Migration

-- What became of everything that arrived, by device and hour of arrival (docs/loss-accountant.md). Counts are of points unless they say otherwise.
-- Only the accountant writes here, from `account_entries`.
create table telemetry_accounts (
  hour         timestamptz not null,
  messages     bigint not null default 0,
  received     bigint not null default 0,
  stored       bigint not null default 0,
  duplicates   bigint not null default 0,
  -- Conflicts among them.
  rejected     bigint not null default 0,
  conflicts    bigint not null default 0,
  -- Of `stored`: as history, which nobody judges, and those that every rule has judged.
  history      bigint not null default 0,
  judged       bigint not null default 0,
  -- Numbered messages: how many different ones came, how many numbers were passed over, and what else was noticed.
  numbered     bigint not null default 0,
  missing      bigint not null default 0,
  restarts     int not null default 0,
  unreadable   int not null default 0,
  first_number bigint,
  last_number  bigint,
  tenant_id    text not null references tenants,
  device_id    text not null references devices on delete cascade,
  primary key (device_id, hour)
) with (fillfactor = 70);
create index telemetry_accounts_hour on telemetry_accounts (hour);

-- One row for each commit that decided about points, written in its transaction, until the accountant has added it up. `lane` and `batch` name the
-- commit, so that one whose end was unknown is never counted twice. No tenant: a commit may hold messages of several.
create table account_entries (
  lane  smallint not null,
  batch bigint not null,
  body  text not null,
  primary key (lane, batch)
);
-- These rows live for a second: compressing them would only cost time.
alter table account_entries alter column body set storage external;
create sequence account_refusals;

-- Up to which commit of each lane entries have been added up.
create table account_lanes (
  lane    smallint primary key,
  through bigint not null
);

-- Stored points that are added up and not judged yet: gone with the last of the `ingest_batches` between both numbers.
create table account_waiting (
  waiting_id  bigint generated always as identity primary key,
  lane        smallint not null,
  first_batch bigint not null,
  last_batch  bigint not null,
  since       timestamptz not null,
  body        text not null
);

-- How many readings of a day (UTC, of their own time) were stored for a device: what the reconciliation counts again in the tables.
create table account_days (
  day        date not null,
  stored     bigint not null,
  -- Readings found less readings counted, when they were last compared.
  difference bigint not null default 0,
  checked_at timestamptz,
  tenant_id  text not null references tenants,
  device_id  text not null references devices on delete cascade,
  primary key (device_id, day)
) with (fillfactor = 70);
create index account_days_checked on account_days (checked_at nulls first);
create index account_days_wrong on account_days (device_id) where difference <> 0;

-- Days that had readings before anybody counted them: they cannot be compared.
create table account_uncounted_days (
  day date primary key
);

-- Where each device that numbers its messages stands.
create table account_sequences (
  tenant_id  text not null references tenants,
  device_id  text primary key references devices on delete cascade,
  state      jsonb not null
);

select insa_protect('telemetry_accounts', 'select'), insa_protect('account_days', 'select'), insa_protect('account_sequences', '');

do $$
declare
  part regclass;
  filled boolean;
begin
  for part in select inhrelid::regclass from pg_inherits where inhparent in ('telemetry'::regclass, 'telemetry_text'::regclass) loop
    execute format('select exists (select from %s)', part) into filled;
    if filled and part::text ~ '_[0-9]{8}$' then
      insert into account_uncounted_days select to_date(right(part::text, 8), 'YYYYMMDD') on conflict do nothing;
    end if;
  end loop;
  if insa_role_exists('insa_ingest') then
    grant select, insert, update, delete on account_entries, account_lanes, account_waiting, account_uncounted_days to insa_ingest;
    grant usage on sequence account_refusals to insa_ingest;
  end if;
end $$;
