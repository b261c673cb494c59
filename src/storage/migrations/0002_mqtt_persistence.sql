-- Up Migration

-- What the MQTT broker keeps between two runs. It works in memory and writes its state through; these tables are read once, at start.

create table mqtt_sessions (
  client_id     text primary key,
  tenant_id     text not null references tenants,
  subscriptions jsonb not null,
  updated_at    timestamptz not null default now()
);

create table mqtt_retained (
  topic      text primary key,
  tenant_id  text not null references tenants,
  payload    bytea not null,
  qos        smallint not null check (qos between 0 and 2),
  updated_at timestamptz not null default now()
);

-- The last will of every connection; one that is here at start belongs to a connection whose end nobody saw.
create table mqtt_wills (
  client_id  text primary key,
  tenant_id  text not null references tenants,
  topic      text not null,
  payload    bytea not null,
  qos        smallint not null check (qos between 0 and 2),
  retain     boolean not null,
  updated_at timestamptz not null default now()
);

-- Messages that wait for a session, in the order of `position`; a `pubrel` is the second half of a QoS 2 handshake.
create table mqtt_queue (
  position   bigint primary key,
  client_id  text not null,
  tenant_id  text not null references tenants,
  command    text not null check (command in ('publish', 'pubrel')),
  topic      text not null,
  payload    bytea not null,
  qos        smallint not null check (qos between 0 and 2),
  message_id int
);

-- QoS 2 messages that were taken and whose sender has not confirmed yet: a repeat is recognised by its number.
create table mqtt_incoming (
  client_id  text not null,
  message_id int not null,
  tenant_id  text not null references tenants,
  primary key (client_id, message_id)
);

-- Only the platform itself (insa_ingest) touches them; requests have no business here.
select insa_protect('mqtt_sessions', ''), insa_protect('mqtt_retained', ''), insa_protect('mqtt_wills', ''),
       insa_protect('mqtt_queue', ''), insa_protect('mqtt_incoming', '');
