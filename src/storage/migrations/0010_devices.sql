-- Up Migration

-- Which commands may be sent by those who may not send any they like.
alter table devices add column allowed_commands text[] not null default '{}';

-- How a series is shown, and between which values it is expected.
alter table series add column lower_limit float8;
alter table series add column upper_limit float8;
alter table series add constraint series_limits_check check (lower_limit <= upper_limit);
alter table series add constraint series_decimals_check check (decimals between 0 and 10);

-- The configuration that a device was given last; the MQTT broker keeps the same as retained message.
create table device_configs (
  device_id  text primary key references devices on delete cascade,
  tenant_id  text not null references tenants,
  version    int not null,
  config     jsonb not null,
  updated_by text not null,
  updated_at timestamptz not null
);

-- Every command and what became of it. A row exists before the message does, and its time-out is the row's.
create table device_commands (
  command_id      uuid primary key,
  tenant_id       text not null references tenants,
  device_id       text not null references devices on delete cascade,
  command         text not null,
  params          jsonb not null,
  status          text not null check (status in ('sent', 'not_delivered', 'completed', 'failed', 'timed_out')),
  reason          text,
  timeout_seconds int not null,
  sent_by         text not null,
  created_at      timestamptz not null,
  due_at          timestamptz not null,
  answer          text check (answer in ('completed', 'failed')),
  result          jsonb,
  answered_at     timestamptz,
  check ((answer is null) = (answered_at is null))
);
create index device_commands_device on device_commands (device_id, created_at desc, command_id desc);
create index device_commands_due on device_commands (due_at) where status = 'sent';
create index device_commands_age on device_commands (created_at);

-- Keys of devices read their own configuration and commands now.
update credentials set permissions = array['telemetry:write', 'config:read', 'commands:read'] where kind = 'device';

select insa_protect('device_configs', 'select, insert, update'), insa_protect('device_commands', 'select, insert, update');
